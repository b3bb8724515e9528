// Every control that the instrument declares, as something to move.

import { byId, el, marked } from "./dom.js";
import { brief, stepOf, words } from "./scale.js";
import { arranged } from "./sections.js";

const TYPED = new Set(["text", "number"]);
const OPEN = new Set(["Playing", "Beat"]);
const REST = 1000; // ms: so long a control that was moved here is not moved by what comes back

/** By kind, what is made: {parts, show(value)}. set: sends a value. */
const WIDGETS = { number, "whole number": number, choice, switch: toggle, text, trigger };

function number(control, set) {
  const { name, low, high, unit } = control;
  const about = { min: low, max: high, "aria-label": words(name) };
  const whole = control.kind === "whole number";
  const box = el("input", { ...about, type: "number", step: whole ? 1 : "any" });
  const send = (value) => set(whole ? Math.round(value) : value);
  box.addEventListener(
    "change",
    () => box.checkValidity() && box.value !== "" && send(box.valueAsNumber),
  );
  const ranged = low !== null && high !== null;
  const slider = ranged ? el("input", { ...about, type: "range", step: stepOf(control) }) : null;
  const fill = (value) => slider?.style.setProperty("--share", (value - low) / (high - low));
  slider?.addEventListener("input", () => {
    fill(slider.valueAsNumber);
    box.value = brief(slider.value);
    send(slider.valueAsNumber);
  });
  const show = (value) => {
    box.value = brief(value);
    if (slider) slider.value = value;
    fill(value);
  };
  return {
    parts: [slider],
    value: [box, unit ? el("span", { className: "unit" }, unit) : null],
    show,
  };
}

function choice(control, set) {
  const usual = control.choices.includes(control.default) ? [] : [control.default];
  const options = [...usual, ...control.choices].map((value) =>
    el("option", { value }, value || "as the model has it"),
  );
  const select = el("select", { "aria-label": words(control.name) }, options);
  select.addEventListener("change", () => set(select.value));
  return { parts: [], value: [select], show: (value) => (select.value = value) };
}

function toggle(control, set) {
  const box = el("input", { type: "checkbox", role: "switch", "aria-label": words(control.name) });
  box.addEventListener("change", () => set(box.checked));
  return { parts: [], value: [box], show: (value) => (box.checked = Boolean(value)) };
}

function text(control, set) {
  const about = {
    type: "text",
    "aria-label": words(control.name),
    placeholder: "–",
    maxLength: 200,
  };
  const box = el("input", { ...about, spellcheck: false, autocomplete: "off" });
  box.addEventListener("change", () => set(box.value));
  return { parts: [box], value: [], show: (value) => (box.value = value) };
}

function trigger(control, set) {
  const press = { on: { click: () => set(true) } };
  const button = el(
    "button",
    { type: "button", className: "small trigger", ...press },
    words(control.name),
  );
  return { parts: [], value: [button], show: () => {} };
}

/** Return ends typing, and the keys of the computer are for music again. */
const done = ({ key, target }) => key === "Enter" && TYPED.has(target.type) && target.blur();

export class Controls {
  #send;
  #values = {}; // as the instrument has them
  #shown = new Map(); // name -> {show, learn, timer}; timer: it was moved just now
  #waiting = new Map(); // name -> value, sent once a frame

  /** send: an order to the instrument. */
  constructor(send) {
    this.#send = send;
  }

  /** The sections, made anew from what the instrument declares. */
  build(controls) {
    this.#shown.clear();
    return arranged(controls).map(([heading, own]) =>
      el(
        "details",
        { className: "section", open: OPEN.has(heading) },
        el("summary", {}, heading),
        own.map((control) => this.#row(control)),
      ),
    );
  }

  #row(control) {
    const { name, help } = control;
    const shown = { timer: null };
    const set = (value) => {
      this.set(name, value);
      // What the instrument did not take is not shown for long.
      const settle = () => {
        shown.timer = null;
        if (name in this.#values) shown.show(this.#values[name]);
      };
      clearTimeout(shown.timer);
      shown.timer = setTimeout(settle, REST);
    };
    const { parts, value, show } = WIDGETS[control.kind](control, set);
    const learn = control.kind === "text" ? null : this.#learn(name);
    this.#shown.set(name, Object.assign(shown, { show, learn, bound: false }));
    for (const box of [...value, ...parts]) box?.addEventListener("keydown", done);
    return el(
      "div",
      { className: `control ${control.kind.split(" ").at(-1)}`, data: { control: name } },
      el(
        "div",
        { className: "head" },
        el("span", { className: "label" }, words(name)),
        learn,
        value,
      ),
      parts,
      el("p", { className: "help" }, marked(help)),
    );
  }

  #learn(name) {
    const press = () => {
      const { bound } = this.#shown.get(name);
      this.#send({ do: bound ? "forget" : "learn", name });
    };
    return el("button", { type: "button", className: "learn", on: { click: press } });
  }

  /** Send a value; of one control the newest of a frame. */
  set(name, value) {
    if (this.#waiting.size === 0) requestAnimationFrame(() => this.#flush());
    this.#waiting.set(name, value);
  }

  #flush() {
    for (const [name, value] of this.#waiting) this.#send({ do: "set", name, value });
    this.#waiting.clear();
  }

  /** Show what has changed of the instrument's state. */
  show({ values: changed = {} }, { values, bindings, learning }) {
    this.#values = values;
    for (const [name, value] of Object.entries(changed)) {
      const shown = this.#shown.get(name);
      if (shown?.timer === null) shown.show(value);
    }
    for (const [name, shown] of this.#shown) {
      if (shown.learn) this.#mark(name, shown, bindings?.[name], learning === name);
    }
  }

  #mark(name, shown, knob, learning) {
    const face = learning ? "move a knob" : (knob?.replace(" on channel ", " ch ") ?? "learn");
    const state = learning ? "learning" : knob ? "bound" : "free";
    const does = { learning: "stop learning", bound: `forget ${knob}`, free: "learn a knob" };
    const label = `${words(name)}: ${does[state]}`;
    shown.bound = learning || Boolean(knob);
    if (shown.learn.dataset.state === state && shown.learn.textContent === face) return;
    shown.learn.textContent = face;
    shown.learn.dataset.state = state;
    shown.learn.setAttribute("aria-label", label);
    shown.learn.title = label;
  }
}

/** The mode, large, in the bar. */
export function modeSelect(controls, set) {
  const mode = controls.find(({ name }) => name === "mode");
  const select = byId("mode");
  select.replaceChildren(...(mode?.choices ?? []).map((value) => el("option", { value }, value)));
  select.onchange = () => set("mode", select.value);
}
