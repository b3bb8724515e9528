// What stands beside the roll: ways of playing, models and controls; takes; ports.

import { byId, el } from "./dom.js";

/** Tabs with their pages: [[name, elements]]. Arrow keys move between them. */
export function tabs(pages) {
  const buttons = pages.map(([name]) =>
    el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `page-${name}` }, name));
  const panels = pages.map(([name, elements]) =>
    el("div", { role: "tabpanel", id: `page-${name}`, "aria-labelledby": `tab-${name}`, className: "page" }, elements));
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

  build({ presets, models }, send) {
    const button = ({ name, help }) =>
      el("button", {
        type: "button", className: "preset", title: help, data: { preset: name },
        on: { click: () => send({ do: "preset", name }) },
      }, name);
    this.#buttons = new Map(presets.map((preset) => [preset.name, button(preset)]));
    this.#help = new Map(presets.map(({ name, help }) => [name, help]));
    this.#model.replaceChildren(...models.map((name) => el("option", { value: name }, name)));
    this.#model.onchange = () => send({ do: "model", name: this.#model.value });
    this.element.replaceChildren(
      el("div", { className: "presets", role: "group", "aria-label": "presets" }, ...this.#buttons.values()),
      this.#about,
      el("label", { className: "model" }, el("span", { className: "label" }, "model"), this.#model));
  }

  show({ preset, model }) {
    for (const [name, button] of this.#buttons) button.setAttribute("aria-pressed", name === preset);
    this.#about.textContent = this.#help.get(preset) ?? "A preset sets the way of playing, the model and what they need.";
    if (model !== undefined && document.activeElement !== this.#model) this.#model.value = model;
  }
}

export class Ports {
  element = el("div", { className: "ports" });

  show({ ports, stats }) {
    const list = (heading, names) => [
      el("h2", {}, heading),
      el("ul", {}, (names?.length ? names : ["none"]).map((name) => el("li", {}, name))),
    ];
    const played = stats?.sounded ?? null;
    this.element.replaceChildren(
      ...list("Hears", ports?.inputs), ...list("Plays to", ports?.outputs),
      el("h2", {}, "This session"),
      el("ul", {}, el("li", {}, played === null ? "no notes of the machine yet" : `${played} notes of the machine`)));
  }
}

const KEEP = 40;

/** What the instrument said: the newest over the roll, the rest on a page. */
export class Said {
  element = el("ol", { className: "log" });
  #timer = null;

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
