// What stands beside the roll: ways of playing, models and controls; takes; ports.

import { byId, el, following } from "./dom.js";
import { token } from "./link.js";
import { brief } from "./scale.js";

/** Tabs with their pages: [[name, elements]]. Arrow keys move between them. */
export function tabs(pages) {
  const buttons = pages.map(([name]) =>
    el(
      "button",
      { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `page-${name}` },
      name,
    ),
  );
  const panels = pages.map(([name, elements]) =>
    el(
      "div",
      { role: "tabpanel", id: `page-${name}`, "aria-labelledby": `tab-${name}`, className: "page" },
      elements,
    ),
  );
  const choose = (chosen, focus = false) => {
    buttons.forEach((button, index) => {
      button.setAttribute("aria-selected", index === chosen);
      button.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    });
    if (focus) buttons[chosen].focus();
  };
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  buttons.forEach((button, index) => {
    button.addEventListener("click", () => choose(index));
    button.addEventListener("keydown", ({ key }) => {
      if (key in steps) choose((index + steps[key] + buttons.length) % buttons.length, true);
    });
  });
  byId("tabs").replaceChildren(...buttons);
  byId("pages").replaceChildren(...panels);
  choose(0);
}

export class Ways {
  element = el("div", { className: "ways" });
  #buttons = new Map();
  #help = new Map();
  #about = el("p", { className: "about" });
  #model = el("select", { id: "model", "aria-label": "model" });
  #plays = following(this.#model);

  build({ presets, models }, send) {
    const button = ({ name, help }) =>
      el(
        "button",
        {
          type: "button",
          className: "preset",
          title: help,
          data: { preset: name },
          on: { click: () => send({ do: "preset", name }) },
        },
        name,
      );
    this.#buttons = new Map(presets.map((preset) => [preset.name, button(preset)]));
    this.#help = new Map(presets.map(({ name, help }) => [name, help]));
    this.#model.replaceChildren(...models.map((name) => el("option", { value: name }, name)));
    this.#model.onchange = () => send({ do: "model", name: this.#model.value });
    this.element.replaceChildren(
      el(
        "div",
        { className: "presets", role: "group", "aria-label": "presets" },
        ...this.#buttons.values(),
      ),
      this.#about,
      el("label", { className: "model" }, el("span", { className: "label" }, "model"), this.#model),
    );
  }

  show({ preset, model }) {
    for (const [name, button] of this.#buttons)
      button.setAttribute("aria-pressed", name === preset);
    this.#about.textContent =
      this.#help.get(preset) ?? "A preset sets the way of playing, the model and what they need.";
    if (!model) return;
    const names = [...this.#model.options].map((option) => option.value);
    if (!names.includes(model)) this.#model.append(el("option", { value: model }, model));
    this.#plays(model);
  }
}

// What the hands count: [words, how it is told].
const ms = (spread) =>
  spread && `${brief(spread.median)}, p99 ${brief(spread.p99)}, worst ${brief(spread.max)} ms`;
const FIGURES = {
  heard: ["messages heard", String],
  sounded: ["notes of the machine", String],
  yields: ["times it gave way to you", String],
  late_ms: ["behind its plan", ms],
  late_offs: ["note-offs over 5 ms late", String],
};

export class Ports {
  element = el("div", { className: "ports" });
  #shown = "";

  show({ ports, stats, sound }) {
    const told = Object.entries(FIGURES).filter(([name]) => stats?.[name] !== undefined);
    const rows = told.map(([name, [words, tell]]) => [words, tell(stats[name])]);
    const shown = JSON.stringify([ports, rows, sound]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const list = (heading, lines) => [
      el("h2", {}, heading),
      el(
        "ul",
        {},
        lines.map((line) => el("li", {}, line)),
      ),
    ];
    const table = rows.map(([words, figure]) => [el("dt", {}, words), el("dd", {}, figure)]);
    this.element.replaceChildren(
      ...list("Hears", ports?.inputs ?? []),
      ...list("Plays to", ports?.outputs ?? []),
      ...(sound ? list("Sounds through", [`${sound.device}, ${sound.font}`]) : []),
      el("h2", {}, "This session"),
      el("dl", {}, table.flat()),
      el("h2", {}, "For a beamer"),
      el(
        "a",
        {
          href: `visual.html?token=${encodeURIComponent(token)}`,
          target: "_blank",
          rel: "noopener",
        },
        "both sides as light",
      ),
    );
  }
}

const KEEP = 40;

/** What the instrument said: the newest over the roll, the rest on a page. */
export class Said {
  element = el("ol", { className: "log" });
  #timer = null;

  /** Anew, with what was said before this page was there. */
  begin(lines) {
    this.element.replaceChildren(...lines.map((line) => el("li", {}, line)).reverse());
  }

  say(line) {
    const [box, at] = [byId("said"), new Date().toTimeString().slice(0, 8)];
    box.textContent = line;
    box.classList.add("new");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => box.classList.remove("new"), 7000);
    this.element.prepend(el("li", {}, el("time", {}, at), line));
    if (this.element.children.length > KEEP) this.element.lastChild.remove();
  }
}
