// The piano roll: both sides up to now, and the machine's plan beyond.

import { colours, sharp } from "./dom.js";
import { left, MACHINE, pitchRange, YOU } from "./score.js";

const NAMES = ["you", "machine", "ground", "white-row", "black-row", "octave", "grid", "bar-line"];
const BLACK = new Set([1, 3, 6, 8, 10]);
const GLIDE = 0.5; // seconds in which the range of pitches follows
const HEAD = 26; // px for the numbers of bars and beats
const PEDAL = 7; // px of its line along the bottom
const GLOW = 14; // px round a note that sounds
const APPEAR = 0.25; // seconds in which a plan appears
const SLOTS = [
  { upTo: 600, past: 4, ahead: 2 }, // px wide; seconds
  { upTo: Infinity, past: 8, ahead: 4 },
];

export class Roll {
  #canvas;
  #colours;
  #range = [44, 80];
  #before = 0;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#colours = colours(...NAMES, "words", "quiet");
  }

  /** now: the session's clock; floor: who has it. */
  draw(score, now, floor) {
    const [pen, width, height] = sharp(this.#canvas);
    const { past, ahead } = SLOTS.find((slot) => width < slot.upTo);
    const notes = score.since(now - past);
    const range = this.#follow([...notes, ...score.plan], now);
    const row = (height - HEAD) / (range[1] - range[0] + 1);
    const second = width / (past + ahead);
    const place = {
      now,
      row,
      width,
      height,
      range,
      from: now - past,
      to: now + ahead,
      x: (at) => (at - now + past) * second,
      y: (pitch) => HEAD + (range[1] - pitch) * row,
    };
    pen.fillStyle = this.#colours.ground;
    pen.fillRect(0, 0, width, height);
    this.#rows(pen, place);
    this.#beats(pen, place, score.beats);
    this.#ahead(pen, place);
    for (const note of score.dropped) this.#outline(pen, place, note, 0.5 * left(note, now));
    for (const note of score.plan) {
      this.#outline(pen, place, note, Math.min(1, 0.3 + (now - note.since) / APPEAR));
    }
    for (const note of score.ringing(place.from, now)) this.#ringing(pen, place, note);
    this.#pedals(pen, place, score.pedals);
    for (const side of [MACHINE, YOU]) {
      for (const note of notes) if (note.side === side) this.#note(pen, place, note);
    }
    this.#nowLine(pen, place, floor);
    this.#names(pen, place);
  }

  #follow(notes, now) {
    const wanted = pitchRange(notes);
    const share = Math.min(1, Math.abs(now - this.#before) / GLIDE);
    this.#before = now;
    this.#range = this.#range.map((old, i) => {
      const step = (wanted[i] - old) * share;
      return Math.abs(wanted[i] - old) < 0.02 ? wanted[i] : old + step;
    });
    return this.#range;
  }

  #rows(pen, { width, row, range, y }) {
    for (let pitch = Math.floor(range[0]); pitch <= range[1] + 1; pitch++) {
      const black = BLACK.has(pitch % 12);
      pen.fillStyle = this.#colours[black ? "black-row" : "white-row"];
      pen.fillRect(0, y(pitch), width, row);
      pen.fillStyle = this.#colours[pitch % 12 === 0 ? "octave" : "grid"];
      if (pitch % 12 === 0 || pitch % 12 === 5) pen.fillRect(0, y(pitch) + row - 1, width, 1);
    }
  }

  #beats(pen, { from, to, x, height, width }, beats) {
    pen.fillStyle = this.#colours.ground;
    pen.fillRect(0, 0, width, HEAD);
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    let free = 0; // px: from there on a number does not meet the one before it
    for (const { at, bar, count, first } of beats.lines(from, to)) {
      const px = Math.round(x(at));
      pen.fillStyle = this.#colours[first ? "bar-line" : "grid"];
      pen.fillRect(px, first ? 0 : HEAD, first ? 2 : 1, height);
      pen.fillStyle = this.#colours[first ? "words" : "quiet"];
      pen.font = first
        ? "650 17px Inter, system-ui, sans-serif"
        : "12px Inter, system-ui, sans-serif";
      const number = String(first && bar > 0 ? bar : count);
      const begin = px + (first ? 7 : 4);
      if (!first && begin < free) continue;
      pen.fillText(number, begin, HEAD / 2 + 1);
      free = begin + pen.measureText(number).width + 5;
    }
  }

  /** What has not come yet lies a little darker. */
  #ahead(pen, { x, now, width, height }) {
    const px = x(now);
    pen.fillStyle = "rgb(8 10 14 / 0.42)";
    pen.fillRect(px, HEAD, width - px, height - HEAD);
  }

  #box({ x, y, row, now }, onset, end, pitch, inset) {
    const px = x(onset);
    const wide = Math.max(5, x(Math.min(end, now + 60)) - px - 1.5);
    return [px, y(pitch) + inset, wide, Math.max(2, row - 2 * inset)];
  }

  #note(pen, place, note) {
    const [you, sounds] = [note.side === YOU, note.end === null || note.end > place.now];
    // Your bar is slimmer: in unison the machine's shows round it.
    const box = this.#box(place, note.onset, note.end ?? place.now, note.pitch, you ? 1.5 : 0.5);
    const radius = you ? 1.5 : Math.min(box[3], box[2]) / 2;
    const colour = this.#colours[you ? "you" : "machine"];
    pen.fillStyle = colour;
    if (sounds) {
      pen.globalAlpha = 0.16;
      for (const far of [1, 0.5]) {
        const glow = GLOW * far * (0.4 + note.velocity / 210);
        const [bx, by, bw, bh] = box;
        pen.beginPath();
        pen.roundRect(bx - glow / 2, by - glow / 2, bw + glow, bh + glow, radius + glow / 2);
        pen.fill();
      }
    }
    pen.globalAlpha = sounds ? 1 : 0.4 + (0.5 * note.velocity) / 127;
    pen.beginPath();
    pen.roundRect(...box, radius);
    pen.fill();
    pen.globalAlpha = 1;
  }

  /** What the pedal lets sound on: fainter, until the foot or the same key ends it. */
  #ringing(pen, place, { end, until, pitch, velocity }) {
    const [x, y, wide, high] = this.#box(place, end, until, pitch, 1.5);
    const fade = pen.createLinearGradient(x, 0, x + wide, 0);
    fade.addColorStop(0, this.#colours.you);
    fade.addColorStop(1, "transparent");
    pen.globalAlpha = 0.2 + (0.25 * velocity) / 127;
    pen.fillStyle = this.#colours.you;
    pen.fillRect(x, y + high / 2 - 1, wide, 2);
    pen.fillStyle = fade;
    pen.fillRect(x, y, Math.min(wide, 160), high);
    pen.globalAlpha = 1;
  }

  #pedals(pen, { x, now, from, height }, pedals) {
    pen.fillStyle = this.#colours.you;
    pen.textBaseline = "alphabetic";
    pen.font = "600 12px Inter, system-ui, sans-serif";
    for (const { down, up } of pedals) {
      if ((up ?? now) < from) continue;
      const px = Math.max(0, x(down));
      const wide = Math.max(3, x(up ?? now) - px - 2);
      pen.globalAlpha = up === null ? 0.95 : 0.5;
      pen.fillRect(px, height - PEDAL, wide, PEDAL);
      if (wide > 34) pen.fillText("Ped.", px + 4, height - PEDAL - 5);
    }
    pen.globalAlpha = 1;
  }

  #outline(pen, place, note, strength) {
    const box = this.#box(place, note.onset, note.onset + note.duration, note.pitch, 1.5);
    const radius = Math.min(box[3], box[2]) / 2;
    pen.beginPath();
    pen.roundRect(...box, radius);
    pen.fillStyle = pen.strokeStyle = this.#colours.machine;
    pen.lineWidth = 1.5;
    pen.globalAlpha = 0.12 * strength;
    pen.fill();
    pen.globalAlpha = (0.45 + (0.5 * note.velocity) / 127) * strength;
    pen.stroke();
    pen.globalAlpha = 1;
  }

  #nowLine(pen, { x, now, height }, floor) {
    const side = { you: "you", machine: "machine" }[floor];
    const px = Math.round(x(now));
    pen.fillStyle = this.#colours[side ?? "words"];
    pen.globalAlpha = 0.14;
    if (side) pen.fillRect(px - 5, 0, 12, height);
    pen.globalAlpha = floor === "rest" ? 0.5 : 1;
    pen.fillRect(px, 0, 2, height);
    pen.globalAlpha = 1;
  }

  #names(pen, { range, row, y }) {
    pen.font = "500 12px Inter, system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (let pitch = Math.ceil(range[0] / 12) * 12; pitch <= range[1]; pitch += 12) {
      pen.fillStyle = "rgb(14 16 20 / 0.7)";
      pen.fillRect(3, y(pitch) + row / 2 - 9, 26, 17);
      pen.fillStyle = this.#colours.quiet;
      pen.fillText(`C${pitch / 12 - 1}`, 8, y(pitch) + row / 2);
    }
  }
}
