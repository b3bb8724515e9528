// How the controls are laid out. One that is not named here comes under the last heading.

export const SECTIONS = [
  [
    "Playing",
    [
      "mode",
      "temperature",
      "pitches",
      "density",
      "dynamics",
      "velocity",
      "memory",
      "modulate",
      "chords",
      "rest",
      "again",
    ],
  ],
  ["Turns", ["patience", "length", "longest", "trade", "hold"]],
  [
    "Beat",
    [
      "clock",
      "tempo",
      "bar",
      "count_in",
      "start",
      "stop",
      "transport",
      "click",
      "click_velocity",
      "clock_out",
    ],
  ],
  ["Notes", ["scale", "low", "high", "split", "left"]],
  [
    "Voices",
    ["you", "me", "mute", "solo", "parts", "channel", "program", "bank", "program_you", "bank_you"],
  ],
  ["Sound", ["volume", "reverb"]],
  ["Your keyboard", ["thru", "thru_channel", "thru_not", "local"]],
  ["Timing", ["horizon", "lead", "latency", "clock_latency"]],
  ["More", []],
];

/** [[heading, controls]] in order; each control once. */
export function arranged(controls) {
  const byName = new Map(controls.map((control) => [control.name, control]));
  const named = new Set(SECTIONS.flatMap(([, names]) => names));
  const others = controls.filter(({ name }) => !named.has(name));
  const sections = SECTIONS.map(([heading, names], index) => {
    const own = names.map((name) => byName.get(name)).filter(Boolean);
    return [heading, index === SECTIONS.length - 1 ? [...own, ...others] : own];
  });
  return sections.filter(([, own]) => own.length);
}
