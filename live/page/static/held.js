// What this page holds down, so that nothing is left hanging. Pure: messages come out.

const [OFF, ON, CONTROLLER] = [0x80, 0x90, 0xb0];
const [SUSTAIN, DOWN] = [64, 64];

/** A finger, a computer key or a key of a Web MIDI keyboard is a source, by any name. Two may hold
 * one note: it ends with the last of them. Messages are lists of bytes. */
export class Held {
  #notes = new Map(); // source -> [channel, pitch]
  #pedals = new Map(); // source -> channel

  press(source, pitch, velocity, channel = 0) {
    const before = this.release(source);
    this.#notes.set(source, [channel, pitch]);
    return [...before, [ON | channel, pitch, velocity]];
  }

  release(source) {
    return this.#let(this.#notes, source, ([channel, pitch]) => [OFF | channel, pitch, 0]);
  }

  pedal(source, down, channel = 0) {
    if (!down) return this.#let(this.#pedals, source, (held) => [CONTROLLER | held, SUSTAIN, 0]);
    const first = ![...this.#pedals.values()].includes(channel);
    this.#pedals.set(source, channel);
    return first ? [[CONTROLLER | channel, SUSTAIN, 127]] : [];
  }

  #let(held, source, message) {
    const mine = held.get(source);
    if (mine === undefined) return [];
    held.delete(source);
    const others = [...held.values()].some((other) => String(other) === String(mine));
    return others ? [] : [message(mine)];
  }

  /** A message of a MIDI keyboard, known by name: the same message goes out, or none. */
  hear(name, bytes) {
    const [kind, channel, number, value] = [bytes[0] & 0xf0, bytes[0] & 15, bytes[1], bytes[2]];
    const source = `${name} ${channel} ${number}`;
    if (bytes[0] >= 0xf0 || bytes.length > 3) return [];
    if (kind === ON && value > 0) return this.press(source, number, value, channel);
    if (kind === ON || kind === OFF) return this.release(source);
    if (kind === CONTROLLER && number === SUSTAIN) this.pedal(source, value >= DOWN, channel);
    return [[...bytes]]; // half a pedal is passed on as it is
  }

  /** Let go of everything, or of the sources that are chosen. */
  clear(chosen = () => true) {
    const mine = (held) => [...held.keys()].filter(chosen);
    return [
      ...mine(this.#notes).flatMap((source) => this.release(source)),
      ...mine(this.#pedals).flatMap((source) => this.pedal(source, false)),
    ];
  }

  get pitches() {
    return new Set([...this.#notes.values()].map(([, pitch]) => pitch));
  }

  get pedalled() {
    return this.#pedals.size > 0;
  }
}
