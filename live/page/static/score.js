// What was played and what is planned, as the roll draws it. Times are seconds.

import { Beats } from "./beats.js";

export const [YOU, MACHINE] = [0, 1];
const KEEP = 40; // seconds of what was played
const FADE = 0.45; // seconds that a dropped plan can still be seen

export class Score {
  beats = new Beats();
  plan = []; // {id, onset, duration, pitch, velocity, since}
  dropped = []; // notes of plans that were revised: the same, and `gone`, when
  pedals = []; // {down, up}; up null: it is down
  // By side and id: {side, onset, end, pitch, velocity, again}; end null: it sounds; again: when
  // the same key was struck after it.
  #notes = new Map();
  #last = new Map(); // by side and pitch: the last note

  /** Take in a roll message. */
  hear(roll) {
    if (roll.whole) this.forget();
    if (roll.beat) this.beats.hear(roll.beat);
    for (const [id, side, onset, pitch, velocity] of roll.begun ?? []) {
      const note = { side, onset, end: null, pitch, velocity, again: Infinity };
      const before = this.#last.get(`${side} ${pitch}`);
      if (before) before.again = onset;
      this.#last.set(`${side} ${pitch}`, note);
      this.#notes.set(`${side} ${id}`, note);
    }
    for (const [id, side, end] of roll.ended ?? []) {
      const note = this.#notes.get(`${side} ${id}`);
      if (note) note.end = Math.max(end, note.onset);
    }
    for (const [at, down] of roll.pedal ?? []) {
      this.#lift(at);
      if (down) this.pedals.push({ down: at, up: null });
    }
    if (roll.plan) this.#revise(roll.plan, roll.now);
    else this.plan = this.plan.filter((note) => !this.#begun(note));
    this.#prune(roll.now);
  }

  #begun = (note) => this.#notes.has(`${MACHINE} ${note.id}`);

  #revise(rows, now) {
    const before = new Map(this.plan.map((note) => [`${note.onset} ${note.pitch}`, note]));
    const plan = rows.map(([id, onset, duration, pitch, velocity]) => {
      const old = before.get(`${onset} ${pitch}`);
      before.delete(`${onset} ${pitch}`);
      return { id, onset, duration, pitch, velocity, since: old?.since ?? now };
    });
    this.plan = plan.filter((note) => !this.#begun(note));
    const gone = [...before.values()].filter((note) => note.onset > now && !this.#begun(note));
    this.dropped.push(...gone.map((note) => ({ ...note, gone: now })));
  }

  #lift(at) {
    const last = this.pedals.at(-1);
    if (last) last.up ??= at;
  }

  #prune(now) {
    this.pedals = this.pedals.filter(({ up }) => (up ?? now) > now - KEEP);
    this.dropped = this.dropped.filter((note) => now - note.gone < FADE);
    for (const [key, note] of this.#notes) {
      if ((note.end ?? now) < now - KEEP) this.#notes.delete(key);
    }
  }

  /** Nothing sounds any more, and nothing is planned. */
  rest(now) {
    for (const note of this.#notes.values()) note.end ??= now;
    this.#lift(now);
    this.plan = [];
  }

  forget() {
    this.#notes.clear();
    this.#last.clear();
    this.pedals = [];
    this.plan = [];
    this.dropped = [];
    this.beats.forget();
  }

  /** Those that sounded after a moment. */
  since(moment) {
    return [...this.#notes.values()].filter((note) => note.end === null || note.end > moment);
  }

  /** What the pedal lets sound on after its key, and that later than a moment: notes of yours, with
   * `until`. */
  ringing(moment, now) {
    const spans = this.pedals.map(({ down, up }) => [down, Math.min(up ?? Infinity, now)]);
    return [...this.#notes.values()].flatMap((note) => {
      if (note.side !== YOU || note.end === null) return [];
      const span = spans.find(([down, up]) => down <= note.end && note.end < up);
      const until = span ? Math.min(span[1], note.again) : note.end;
      return until > Math.max(note.end, moment) ? [{ ...note, until }] : [];
    });
  }

  /** The pitches that sound: [yours, the machine's], each a Set. */
  sounding(now) {
    const sets = [new Set(), new Set()];
    for (const note of this.#notes.values()) {
      if (note.end === null || note.end > now) sets[note.side].add(note.pitch);
    }
    return sets;
  }

  get empty() {
    return this.#notes.size === 0;
  }
}

/** How much of a dropped note is still seen, 1 to 0. */
export const left = (note, now) => Math.max(0, 1 - (now - note.gone) / FADE);

const LEAST = 36; // semitones shown, at least
const MIDDLE = 62;

/** The pitches to show, [low, high], for notes: with a margin, at least three octaves. */
export function pitchRange(notes) {
  const pitches = notes.map((note) => note.pitch);
  const low = Math.min(MIDDLE, ...pitches) - 2;
  const high = Math.max(MIDDLE, ...pitches) + 2;
  const lacking = Math.max(0, LEAST - (high - low));
  const lowest = Math.max(0, Math.min(low - Math.floor(lacking / 2), 127 - LEAST));
  return [lowest, Math.min(127, Math.max(high, lowest + LEAST))];
}
