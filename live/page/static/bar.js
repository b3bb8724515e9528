// The bar on top: who has the floor, mode, tempo, and what must be in reach.

import { byId, el, icon } from "./dom.js";
import { brief } from "./scale.js";

const FLOOR = { you: "you", machine: "Antiphon", both: "both", rest: "rest" };
const KEEPERS = { free: "tempo, free", internal: "tempo", midi: "MIDI clock", link: "Link", follow: "follows you" };

/** send: an order to the instrument. set: a control's value. state(): what is known. */
export class Bar {
  #send;
  #set;
  #state = {};
  #dots = [];
  #beat = null;

  constructor(send, set) {
    [this.#send, this.#set] = [send, set];
    byId("panic").addEventListener("click", () => this.panic());
    byId("record").addEventListener("click", () => send({ do: "record", on: !this.#state.recording }));
    byId("transport").addEventListener("click", () => set(this.#runs ? "stop" : "start", true));
    addEventListener("keydown", ({ code, repeat }) => {
      if (code === "Escape" && !repeat) this.panic();
    });
    // A button that was clicked does not keep the space bar, which is the pedal.
    addEventListener("click", ({ target, detail }) => {
      if (detail > 0) target.closest?.("button, summary, input[type=checkbox]")?.blur();
    });
  }

  panic() {
    this.#send({ do: "panic" });
    byId("panic").classList.add("done");
    setTimeout(() => byId("panic").classList.remove("done"), 300);
  }

  get #runs() {
    return Boolean(this.#beat?.running);
  }

  show(state) {
    this.#state = state;
    document.body.dataset.floor = state.floor ?? "rest";
    byId("floor").textContent = FLOOR[state.floor] ?? "rest";
    const mode = byId("mode");
    if (document.activeElement !== mode) mode.value = state.mode || state.values?.mode || "";
    byId("keeper").textContent = KEEPERS[state.values?.clock] ?? "tempo";
    const records = Boolean(state.recording);
    face("record", "record", records ? "Recording" : "Record");
    byId("record").setAttribute("aria-pressed", records);
    this.beat(this.#beat, null);
  }

  /** beat: the stretch that holds now; at: the beat itself, or null. */
  beat(beat, at) {
    this.#beat = beat;
    const bpm = beat?.bpm ?? this.#state.values?.tempo;
    const count = beat?.beats_per_bar ?? this.#state.values?.bar ?? 4;
    const text = bpm === undefined ? "–" : brief(Math.round(bpm * 10) / 10);
    if (byId("tempo").textContent !== text) byId("tempo").textContent = text;
    if (this.#dots.length !== count) {
      this.#dots = Array.from({ length: count }, () => el("i"));
      byId("dots").replaceChildren(...this.#dots);
    }
    const on = at === null ? -1 : Math.floor(at) % count;
    this.#dots.forEach((dot, index) => dot.classList.toggle("on", index === on));
    face("transport", this.#runs ? "stop" : "play", this.#runs ? "Stop" : "Start");
  }
}

function face(id, name, text) {
  const button = byId(id);
  if (button.textContent !== text) button.replaceChildren(icon(name), el("span", {}, text));
}
