// The bar on top: who has the floor, mode, tempo, and what must be in reach.

import { counted } from "./beats.js";
import { byId, el, following, icon } from "./dom.js";
import { brief } from "./scale.js";

const FLOOR = { you: "you", machine: "Antiphon", both: "both", rest: "rest" };
// By kind: what is written over it, and whose it is.
const HARMONY = { key: ["key", ""], scale: ["scale", ""], chord: ["your chord", "you"] };
// By clock: what is written over the tempo, and whether start and stop are ours to say.
const KEEPERS = {
  free: ["tempo", false],
  internal: ["tempo", true],
  midi: ["tempo, by MIDI clock", false],
  link: ["tempo, by Link", true],
  follow: ["tempo, by you", false],
};

/** send: an order to the instrument. set: a control's value. state(): what is known. */
export class Bar {
  #send;
  #state = {};
  #dots = [];
  #mode = following(byId("mode"));
  #beat = null;

  constructor(send, set) {
    this.#send = send;
    byId("panic").addEventListener("click", () => this.panic());
    byId("record").addEventListener("click", () =>
      send({ do: "record", on: !this.#state.recording }),
    );
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
    this.#mode(state.mode || state.values?.mode || "");
    const [keeper, starts] = KEEPERS[state.values?.clock] ?? KEEPERS.free;
    byId("keeper").textContent = keeper;
    byId("transport").disabled = !starts;
    const records = Boolean(state.recording);
    face("record", "record", records ? "Recording" : "Record");
    byId("record").setAttribute("aria-pressed", records);
    this.#harmony(state.harmony);
    this.beat(this.#beat, null);
  }

  #harmony(harmony) {
    byId("harmony").hidden = !harmony;
    if (!harmony) return;
    const [caption, whose] = HARMONY[harmony.kind];
    byId("heard").textContent = caption;
    byId("harmony").dataset.whose = whose;
    const [first, ...rest] = harmony.text.split(" / ");
    const minor = rest.length ? el("small", {}, rest.join(" / ")) : null;
    byId("harmony").classList.toggle("long", first.length > 6);
    byId("key").replaceChildren(first, ...(minor ? [minor] : []));
  }

  /** Who has the floor. */
  floor(word) {
    if (document.body.dataset.floor === word) return;
    document.body.dataset.floor = word;
    byId("floor").textContent = FLOOR[word];
  }

  /** beat: the stretch that holds now; at: the beat itself, or null. */
  beat(beat, at) {
    this.#beat = beat;
    const { clock, tempo, bar = 4 } = this.#state.values ?? {};
    const free = clock === "free" && !beat?.running;
    const bpm = beat?.bpm ?? tempo ?? 0;
    const count = free ? 0 : (beat?.beats_per_bar ?? bar);
    const text = free ? "free" : brief(Math.round(bpm * 10) / 10);
    if (byId("tempo").textContent !== text) byId("tempo").textContent = text;
    byId("bpm").hidden = free;
    if (this.#dots.length !== count) {
      this.#dots = Array.from({ length: count }, () => el("i"));
      byId("dots").replaceChildren(...this.#dots);
    }
    const where = at === null || count === 0 ? null : counted(at, count);
    this.#dots.forEach((dot, index) => dot.classList.toggle("on", index + 1 === where?.count));
    const named = where === null ? "" : where.bar > 0 ? `bar ${where.bar}` : "count-in";
    if (byId("bar-number").textContent !== named) byId("bar-number").textContent = named;
    document.body.classList.toggle("counting", where !== null && where.bar <= 0);
    face("transport", this.#runs ? "stop" : "play", this.#runs ? "Stop" : "Start");
  }
}

function face(id, name, text) {
  const button = byId(id);
  if (button.textContent !== text) button.replaceChildren(icon(name), el("span", {}, text));
}
