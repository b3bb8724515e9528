// The roll as light: time goes outward from the middle, yours to the left, the machine's to the
// right, its plan beyond the edge of what has been. Nothing to read.

import { colours, sharp } from "./dom.js";
import { left, YOU } from "./score.js";

const PAST = 7; // seconds from the middle to the edge
const [LOW, HIGH] = [28, 96]; // pitches from the bottom to the top
const BURST = 0.5; // seconds that an onset flashes

/** Where a note lies: shares of the half width and of the height. Pure. */
export function placed(note, now) {
  const end = note.end === null || note.end > now ? now : note.end;
  const share = (at) => Math.max(0, (now - at) / PAST);
  return {
    near: share(end),
    far: share(note.onset),
    y: 1 - (note.pitch - LOW) / (HIGH - LOW),
    flash: Math.max(0, 1 - (now - note.onset) / BURST),
    sounds: note.end === null || note.end > now,
  };
}

export class Light {
  #canvas;
  #colours = colours("you", "machine");

  constructor(canvas) {
    this.#canvas = canvas;
  }

  draw(score, now) {
    const [pen, width, height] = sharp(this.#canvas);
    pen.globalCompositeOperation = "source-over";
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, width, height);
    pen.globalCompositeOperation = "lighter";
    for (const note of score.since(now - PAST)) this.#note(pen, width / 2, height, note, now);
    for (const note of score.plan) this.#spark(pen, width / 2, height, note, now, 1);
    for (const note of score.dropped)
      this.#spark(pen, width / 2, height, note, now, left(note, now));
    pen.globalAlpha = 1;
  }

  #note(pen, half, height, note, now) {
    const { near, far, y, flash, sounds } = placed(note, now);
    const way = note.side === YOU ? -1 : 1;
    const thick = (height / 90) * (0.5 + note.velocity / 90);
    const [x, wide] = [half + way * near * half, way * Math.max(2, (far - near) * half)];
    const age = Math.max(0, 1 - near);
    pen.fillStyle = this.#colours[note.side === YOU ? "you" : "machine"];
    const layers = sounds
      ? [
          [5, 0.1],
          [2.4, 0.2],
          [1, 1],
        ]
      : [
          [2.4, 0.1 * age],
          [1, 0.65 * age],
        ];
    for (const [size, alpha] of layers) {
      pen.globalAlpha = alpha;
      pen.beginPath();
      const tall = thick * size;
      pen.roundRect(
        Math.min(x, x + wide) - (tall - thick) / 2,
        y * height - tall / 2,
        Math.abs(wide) + tall - thick,
        tall,
        tall / 2,
      );
      pen.fill();
    }
    if (flash > 0)
      this.#halo(pen, half, y * height, (height / 7) * (1.3 - flash) * (note.velocity / 90), flash);
  }

  #halo(pen, x, y, radius, strength) {
    const fill = pen.createRadialGradient(x, y, 0, x, y, radius);
    fill.addColorStop(0, pen.fillStyle);
    fill.addColorStop(1, "transparent");
    pen.globalAlpha = 0.55 * strength;
    pen.fillStyle = fill;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
  }

  /** What is planned gathers in the middle, the nearer the brighter. */
  #spark(pen, half, height, note, now, strength) {
    const wait = note.onset - now;
    if (wait < 0 || wait > 2) return;
    const y = (1 - (note.pitch - LOW) / (HIGH - LOW)) * height;
    pen.strokeStyle = this.#colours.machine;
    pen.globalAlpha = 0.7 * (1 - wait / 2) * strength;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(half, y, (height / 16) * wait + 3, 0, 2 * Math.PI);
    pen.stroke();
  }
}
