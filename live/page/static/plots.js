// The last minute's latency and lateness, small.

import { colours, el, sharp } from "./dom.js";

const MINUTE = 60; // seconds
const FLOORS = { lateness: 0.5, latency: 0.5 }; // ms: the scale goes at least so far

/** points: [[seconds ago, ms]] -> [[x, y]] as shares, newest at 1; most: ms at the top. */
export function placed(points, most) {
  return points
    .filter(([ago]) => ago <= MINUTE)
    .map(([ago, ms]) => [1 - ago / MINUTE, 1 - Math.min(1, ms / most)]);
}

/** The top of a plot, ms: 1, 2 or 5 times a power of ten. */
export function topOf(points, least) {
  const most = Math.max(least, ...points.map(([, ms]) => ms));
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= most);
}

export class Plots {
  element = el("div", { className: "plots" });
  #history = []; // [at, p50, p99] of the latency, seconds and ms
  #plots = {};
  #late = [];
  #heard = 0;

  constructor() {
    for (const [name, title] of [
      ["lateness", "behind its plan"],
      ["latency", "your key to the synth"],
    ]) {
      const canvas = el("canvas", { role: "img" });
      const words = el("strong", {}, "–");
      this.element.append(
        el("figure", {}, el("figcaption", {}, el("span", {}, title), words), canvas),
      );
      this.#plots[name] = { canvas, words, title };
    }
    this.#colours = colours("machine", "you", "grid", "quiet");
  }

  #colours;

  hear({ latency, lateness }, now) {
    if (lateness) [this.#late, this.#heard] = [lateness, now];
    if (latency && latency.p50 !== undefined) this.#history.push([now, latency.p50, latency.p99]);
    this.#history = this.#history.filter(([at]) => now - at < MINUTE);
  }

  draw(now) {
    const since = now - this.#heard;
    const late = this.#late.map(([ago, ms]) => [ago + since, ms]);
    const last = this.#history.at(-1);
    const worst = Math.max(0, ...late.map(([, ms]) => ms));
    this.#plot(
      "lateness",
      [[late, "machine", true]],
      late.length ? `worst ${worst.toFixed(2)} ms` : "–",
    );
    const lines = [
      [1, "machine"],
      [2, "quiet"],
    ].map(([column, colour]) => [
      this.#history.map((row) => [now - row[0], row[column]]),
      colour,
      false,
    ]);
    this.#plot(
      "latency",
      lines,
      last ? `${last[1].toFixed(2)} ms, p99 ${last[2].toFixed(2)}` : "–",
    );
  }

  #plot(name, series, text) {
    const { canvas, words, title } = this.#plots[name];
    if (words.textContent !== text) words.textContent = text;
    canvas.setAttribute("aria-label", `${title}, last minute: ${text}`);
    const [pen, width, height] = sharp(canvas);
    const most = topOf(
      series.flatMap(([points]) => points),
      FLOORS[name],
    );
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = this.#colours.grid;
    pen.fillRect(0, height - 1, width, 1);
    for (const [points, colour, bars] of series) {
      const places = placed(points, most).map(([x, y]) => [x * width, 2 + y * (height - 3)]);
      pen.fillStyle = pen.strokeStyle = this.#colours[colour];
      pen.lineWidth = 1.5;
      pen.beginPath();
      for (const [x, y] of places) {
        if (bars) pen.rect(x - 1, Math.min(y, height - 3), 2, Math.max(2, height - y));
        else pen.lineTo(x, y);
      }
      if (bars) pen.fill();
      else pen.stroke();
    }
    pen.fillStyle = this.#colours.quiet;
    pen.font = "10px Inter, system-ui, sans-serif";
    pen.fillText(`${most} ms`, 0, 9);
  }
}
