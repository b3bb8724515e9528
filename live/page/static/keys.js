// Where keys are: on the screen, and on the computer's keyboard. Pure.

// By place, not by letter, so that it is the same on every country's keyboard.
export const CODES = [
  "KeyA",
  "KeyW",
  "KeyS",
  "KeyE",
  "KeyD",
  "KeyF",
  "KeyT",
  "KeyG",
  "KeyY",
  "KeyH",
  "KeyU",
  "KeyJ",
  "KeyK",
  "KeyO",
  "KeyL",
  "KeyP",
  "Semicolon",
  "Quote",
];
const LETTERS = "AWSEDFTGYHUJKOLP;'";

/** Keys that do something else: which value changes, and by how much. */
export const STEPS = {
  KeyZ: ["octave", -1],
  KeyX: ["octave", 1],
  KeyC: ["velocity", -12],
  KeyV: ["velocity", 12],
};
export const PEDAL = "Space";

export const LIMITS = { octave: [0, 8], velocity: [7, 127] };
export const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));

/** The lowest pitch of an octave; octave 4 is middle C's. */
export const base = (octave) => 12 * (octave + 1);

/** The pitch of a computer key; null for those that play nothing. */
export function pitchOf(code, octave) {
  const place = CODES.indexOf(code);
  const pitch = base(octave) + place;
  return place < 0 || pitch > 127 ? null : pitch;
}

/** pitch -> the letter to write on it. layout: by code, as the browser knows it, or null. */
export function letters(octave, layout = null) {
  const rows = CODES.map((code, place) => [
    base(octave) + place,
    (layout?.get(code) ?? LETTERS[place]).toUpperCase(),
  ]);
  return new Map(rows);
}

const WHITES = [0, 2, 4, 5, 7, 9, 11];
const BLACK_WIDTH = 0.6; // of a white key
const BLACK_HEIGHT = 0.62;
const SHIFT = { 1: -0.08, 3: 0.08, 6: -0.1, 8: 0, 10: 0.1 }; // black keys are not quite between

export const isBlack = (pitch) => !WHITES.includes(pitch % 12);

/** So many white keys from a C up: [{pitch, black, x, width}], as shares of the whole width. */
export function keysFrom(low, whites) {
  const keys = [];
  for (let pitch = low, white = 0; white < whites && pitch <= 127; pitch++) {
    const black = isBlack(pitch);
    const x = black ? white - BLACK_WIDTH / 2 + SHIFT[pitch % 12] : white;
    keys.push({ pitch, black, x: x / whites, width: (black ? BLACK_WIDTH : 1) / whites });
    if (!black) white += 1;
  }
  return keys.at(-1).black ? keys.slice(0, -1) : keys;
}

/** The key at a place (shares of width and height), or null. Black ones lie above. */
export function keyAt(keys, x, y) {
  const under = keys.filter((key) => x >= key.x && x < key.x + key.width);
  const black = y < BLACK_HEIGHT && under.find((key) => key.black);
  return (y >= 0 && y <= 1 && (black || under.find((key) => !key.black))) || null;
}

/** Further down a key is louder: velocity 1-127. */
export function velocityAt(key, y) {
  const share = y / (key.black ? BLACK_HEIGHT : 1);
  return Math.round(clamp(34 + 96 * share, [1, 127]));
}

/** The C to begin at so that the octave and the one above are seen; as before where it can. */
export function lowFor(octave, whites, before) {
  const octaves = Math.max(1, Math.floor(whites / 7));
  const highest = Math.max(0, base(9) - 12 * (octaves - 1));
  const fits =
    before <= base(octave) && base(octave) + 12 * Math.min(2, octaves) <= before + 12 * octaves;
  const wanted = base(octave) - 12 * Math.floor((octaves - 1) / 2);
  return clamp(fits ? before : wanted, [0, highest]);
}
