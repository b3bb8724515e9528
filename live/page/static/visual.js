// The full-screen visual: listens as the page does, and asks for nothing.

import { SessionClock } from "./clock.js";
import { byId } from "./dom.js";
import { Light } from "./light.js";
import { Link } from "./link.js";
import { Score } from "./score.js";

const STILL = 2500; // ms without a move until the pointer goes
const [clock, score, light] = [new SessionClock(), new Score(), new Light(byId("visual"))];
const here = () => performance.now() / 1000;

const link = new Link({
  roll(heard) {
    clock.hear(heard.now, here());
    score.hear(heard);
  },
  lost() {},
  refused: () => (document.title = "not allowed in"),
});

let timer = null;
function moved() {
  document.body.classList.remove("still");
  clearTimeout(timer);
  timer = setTimeout(() => document.body.classList.add("still"), STILL);
}

function frame() {
  const now = clock.now(here());
  if (now !== null) light.draw(score, now);
  requestAnimationFrame(frame);
}

for (const event of ["pointermove", "keydown"]) addEventListener(event, moved);
byId("full").addEventListener("click", () => document.documentElement.requestFullscreen());
moved();
link.connect();
requestAnimationFrame(frame);
