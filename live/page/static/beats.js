// Where the beat is and was: what each message said holds until the next one.

const KEEP = 64; // stretches

/** Stretches of time, in order; at `at` (seconds) the beat stood at `beat`. */
export class Beats {
  #stretches = [];

  hear(beat) {
    const last = this.#stretches.at(-1);
    if (last && same(last, beat)) return;
    const before = this.#stretches.filter((stretch) => stretch.at < beat.at);
    this.#stretches = [...before, beat].slice(-KEEP);
  }

  forget() {
    this.#stretches = [];
  }

  get last() {
    return this.#stretches.at(-1) ?? null;
  }

  /** The beat at a moment, counted from 0; null if nobody keeps it, or it stands. */
  at(moment) {
    const stretch = this.#stretches.findLast((one) => one.at <= moment) ?? this.#stretches[0];
    return stretch?.running ? beatAt(stretch, moment) : null;
  }

  /** The beats between two moments: [{at, beat, bar, count, first}], first: it begins a bar. */
  lines(from, to) {
    return this.#stretches.flatMap((stretch, index) => {
      const begin = index === 0 ? from : Math.max(from, stretch.at);
      const end = Math.min(to, this.#stretches[index + 1]?.at ?? to);
      return stretch.running && end > begin ? linesOf(stretch, begin, end) : [];
    });
  }
}

const beatAt = (stretch, moment) => stretch.beat + ((moment - stretch.at) * stretch.bpm) / 60;

function same(one, other) {
  const alike = ["bpm", "beats_per_bar", "running"].every((name) => one[name] === other[name]);
  return alike && (!one.running || Math.abs(beatAt(one, other.at) - other.beat) < 0.02);
}

function linesOf(stretch, begin, end) {
  const lines = [];
  const last = beatAt(stretch, end);
  const earliest = Math.min(0, stretch.beat); // bars that are counted in come before 0
  for (let beat = Math.max(earliest, Math.ceil(beatAt(stretch, begin))); beat < last; beat++) {
    const at = stretch.at + ((beat - stretch.beat) * 60) / stretch.bpm;
    lines.push({ at, beat, ...counted(beat, stretch.beats_per_bar) });
  }
  return lines;
}

/** A beat as musicians count: bar and beat from 1; bars that are counted in are 0 and less. */
export function counted(beat, length) {
  const bar = Math.floor(beat / length);
  const count = Math.floor(beat - bar * length);
  return { bar: bar + 1, count: count + 1, first: count === 0 };
}
