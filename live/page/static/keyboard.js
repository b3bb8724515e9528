// The keyboard on the screen: mouse, fingers and computer keys.

import { byId, el, keysOf } from "./dom.js";
import {
  clamp,
  keyAt,
  keysFrom,
  letters,
  LIMITS,
  lowFor,
  PEDAL,
  pitchOf,
  STEPS,
  velocityAt,
} from "./keys.js";

const WHITE = 38; // px wide, about
const MOST_WHITES = 52;

export class Keyboard {
  #held;
  #play;
  #box = byId("keys");
  #keys = [];
  #elements = new Map(); // by pitch
  #fingers = new Map(); // pointer -> the key it is on
  #layout = null;
  #values = { octave: 4, velocity: 88 };
  #low = 0;
  #lit = "";
  #shown = {};
  #pointed = false; // whether what has the focus was pointed at

  /** play: sends messages. */
  constructor(held, play) {
    [this.#held, this.#play] = [held, play];
    this.#tools();
    this.#listen();
    new ResizeObserver(() => this.#build()).observe(this.#box);
    navigator.keyboard
      ?.getLayoutMap?.()
      .then((layout) => {
        this.#layout = layout;
        this.#build();
      })
      .catch(() => {});
  }

  // ---- what is seen

  #tools() {
    const step = (name, by, text) => {
      const label = `${name} ${by < 0 ? "down" : "up"}`;
      const press = () => this.#change(name, by);
      return el(
        "button",
        { type: "button", className: "step", "aria-label": label, on: { click: press } },
        text,
      );
    };
    const group = (name, by, low, high) => {
      this.#shown[name] = el("output", { "aria-label": name });
      return el(
        "div",
        { className: "tool", role: "group", "aria-label": name },
        el("span", { className: "caption" }, name),
        step(name, -by, low),
        this.#shown[name],
        step(name, by, high),
      );
    };
    this.#shown.pedal = el(
      "button",
      { type: "button", id: "pedal", className: "small pedal", "aria-pressed": "false" },
      "Pedal",
      el("kbd", {}, "space"),
    );
    this.#holdable(this.#shown.pedal, "pedal button");
    byId("tools").append(
      group("octave", 1, "Z", "X"),
      group("velocity", 12, "C", "V"),
      this.#shown.pedal,
    );
    this.#label();
  }

  #label() {
    this.#shown.octave.value = `C${this.#values.octave}`;
    this.#shown.velocity.value = this.#values.velocity;
  }

  #build() {
    const wide = this.#box.clientWidth;
    if (!wide) return;
    const whites = Math.min(MOST_WHITES, Math.max(8, Math.round(wide / WHITE)));
    this.#low = lowFor(this.#values.octave, whites, this.#low);
    this.#keys = keysFrom(this.#low, whites);
    const written = letters(this.#values.octave, this.#layout);
    this.#elements = new Map(this.#keys.map((key) => [key.pitch, this.#key(key, written)]));
    this.#box.replaceChildren(...this.#elements.values());
    this.#lit = "";
  }

  #key({ pitch, black, x, width }, written) {
    const name = pitch % 12 === 0 ? `C${pitch / 12 - 1}` : "";
    const made = el(
      "div",
      { className: black ? "key black" : "key", data: { pitch } },
      el("span", { className: "letter" }, written.get(pitch) ?? ""),
      el("span", { className: "name" }, name),
    );
    made.style.left = `${100 * x}%`;
    made.style.width = `${100 * width}%`;
    return made;
  }

  /** Light the keys that sound: [yours, the machine's]. */
  light([you, machine]) {
    const mine = new Set([...you, ...this.#held.pitches]);
    const lit = `${[...mine].join()} ${[...machine].join()} ${this.#held.pedalled}`;
    if (lit === this.#lit) return;
    this.#lit = lit;
    for (const [pitch, element] of this.#elements) {
      element.classList.toggle("you", mine.has(pitch));
      element.classList.toggle("machine", machine.has(pitch));
    }
    this.#shown.pedal.setAttribute("aria-pressed", this.#held.pedalled);
  }

  // ---- what is done

  #change(name, by) {
    this.#values[name] = clamp(this.#values[name] + by, LIMITS[name]);
    this.#label();
    if (name === "octave") this.#build();
  }

  #listen() {
    addEventListener("pointerdown", () => (this.#pointed = true), true);
    addEventListener("keydown", (event) => this.#down(event));
    addEventListener("keyup", (event) => this.#up(event));
    for (const [target, event] of [
      [window, "blur"],
      [window, "pagehide"],
      [document, "visibilitychange"],
    ]) {
      target.addEventListener(event, () => this.letGo());
    }
    const box = this.#box;
    box.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      document.activeElement.blur(); // a text that was typed into gives the keys back
      box.setPointerCapture(event.pointerId);
      this.#touch(event);
    });
    box.addEventListener("pointermove", (event) => {
      if (this.#fingers.has(event.pointerId)) this.#touch(event);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      box.addEventListener(end, (event) => this.#lift(event.pointerId));
    }
    box.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  #touch({ pointerId, clientX, clientY }) {
    const { left, top, width, height } = this.#box.getBoundingClientRect();
    const [x, y] = [(clientX - left) / width, (clientY - top) / height];
    const key = keyAt(this.#keys, x, y);
    const known = this.#fingers.has(pointerId);
    if (known && this.#fingers.get(pointerId) === key) return;
    this.#fingers.set(pointerId, key);
    const source = `finger ${pointerId}`;
    this.#play(
      key ? this.#held.press(source, key.pitch, velocityAt(key, y)) : this.#held.release(source),
    );
  }

  #lift(pointer) {
    this.#fingers.delete(pointer);
    this.#play(this.#held.release(`finger ${pointer}`));
  }

  #holdable(button, source) {
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      this.#play(this.#held.pedal(source, true));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      button.addEventListener(end, () => this.#play(this.#held.pedal(source, false)));
    }
  }

  #down(event) {
    const { code } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return this.letGo();
    if (code === "Tab") this.#pointed = false;
    const focused = keysOf(document.activeElement, this.#pointed);
    if (focused === "all") return;
    const pitch = pitchOf(code, this.#values.octave);
    const pedals = code === PEDAL && (focused === null || document.activeElement.id === "pedal");
    if (pitch !== null || pedals || code in STEPS) event.preventDefault();
    if (event.repeat) return;
    if (pitch !== null) this.#play(this.#held.press(code, pitch, this.#values.velocity));
    else if (pedals) this.#play(this.#held.pedal(code, true));
    else if (code in STEPS) this.#change(...STEPS[code]);
  }

  // A key let go is let go, wherever the focus has gone meanwhile.
  #up({ code }) {
    this.#play([...this.#held.release(code), ...this.#held.pedal(code, false)]);
  }

  /** Let go of all that fingers and computer keys hold. */
  letGo() {
    this.#fingers.clear();
    this.#play(this.#held.clear((source) => !source.startsWith("midi ")));
  }
}
