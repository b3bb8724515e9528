// Who has the floor, for people: it is not lost between one note and the next.

const HELD = 0.7; // seconds without a note in which a side still has it
const HAS = {
  you: [true, false],
  machine: [false, true],
  both: [true, true],
  rest: [false, false],
};
const WORDS = Object.fromEntries(Object.entries(HAS).map(([word, sides]) => [String(sides), word]));

/** Times are seconds. */
export class Floor {
  #sides = HAS.rest;
  #until = [-Infinity, -Infinity]; // while a side does not sound any more

  /** Who sounds, as the instrument says. */
  hear(word, now) {
    const before = this.#sides;
    this.#sides = HAS[word] ?? HAS.rest;
    this.#until = this.#until.map((until, side) => (before[side] ? now + HELD : until));
  }

  /** Who has it: you, machine, both or rest. */
  at(now) {
    return WORDS[String(this.#sides.map((sounds, side) => sounds || now < this.#until[side]))];
  }
}
