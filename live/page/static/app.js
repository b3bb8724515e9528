// The page: everything joined to everything. Each room knows nothing of the others.

import { Bar } from "./bar.js";
import { SessionClock } from "./clock.js";
import { Controls, modeSelect } from "./controls.js";
import { byId } from "./dom.js";
import { Floor } from "./floor.js";
import { Held } from "./held.js";
import { Keyboard } from "./keyboard.js";
import { Link } from "./link.js";
import { Ports, Said, tabs, Ways } from "./panel.js";
import { Plots } from "./plots.js";
import { Roll } from "./roll.js";
import { Score } from "./score.js";
import { Takes } from "./takes.js";
import { webMidi } from "./webmidi.js";

const TAKES_EVERY = 5000; // ms, while they are looked at
const LOOK_SHARE = 8; // times as long as it took
const PLOTS_EVERY = 500; // ms
// By mode, what comes of playing something.
const HINTS = {
  answer: "then pause: it answers",
  continue: "then pause: it carries on",
  duet: "it plays with you",
  accompany: "it accompanies you",
  bars: "it joins in at the next bar",
  harmonise: "each note sounds with three voices under it",
};
const NO_SOUND = "no sound"; // how such a line begins

let state = {};
let why = null; // there is no sound, as the instrument says it
const [clock, score, floor, held] = [new SessionClock(), new Score(), new Floor(), new Held()];
const here = () => performance.now() / 1000;
const send = (order) => link.send(order);
const play = (messages) => messages.forEach((bytes) => send({ do: "play", bytes }));

const said = new Said();
const say = (line) => said.say(line);
const controls = new Controls(send);
const bar = new Bar(send, (name, value) => controls.set(name, value));
const [ways, ports, plots, takes] = [new Ways(), new Ports(), new Plots(), new Takes(send, say)];
const keyboard = new Keyboard(held, play);
const roll = new Roll(byId("roll"));
byId("figures").append(plots.element);

const link = new Link({
  hello(hello) {
    state = {};
    modeSelect(hello.controls, (name, value) => controls.set(name, value));
    ways.build(hello, send);
    byId("page-Controls").replaceChildren(ways.element, ...controls.build(hello.controls));
    said.begin(hello.said ?? []);
    why = hello.said?.findLast((line) => line.startsWith(NO_SOUND)) ?? null;
    banner(null);
    list();
  },
  state(changed) {
    const recording = "recording" in changed && changed.recording !== state.recording;
    state = { ...state, ...changed, values: { ...state.values, ...changed.values } };
    controls.show(changed, state);
    bar.show(state);
    ways.show(state);
    byId("next").textContent = HINTS[state.mode] ?? "";
    if (changed.ports || changed.stats || "sound" in changed) ports.show(state);
    hush();
    if ("floor" in changed) floor.hear(state.floor, here());
    if ("playing" in changed) takes.show(state);
    plots.hear(changed, here());
    if (recording) list();
  },
  roll(heard) {
    clock.hear(heard.now, here());
    score.hear(heard);
  },
  said(line) {
    say(line);
    if (line.startsWith(NO_SOUND)) why = line;
    hush();
  },
  lost: () => lose("Antiphon is away: trying to reach it again"),
  refused: () => lose("This page is not allowed in: open the address that Antiphon printed"),
});

/** Why nothing may be heard: what the instrument said of its synth, or that all it plays to is a
 * port of its own, which may lead nowhere. */
function hush() {
  const { sound, ports } = state;
  const nowhere = Boolean(ports?.outputs.every((name) => name.startsWith("Antiphon ")));
  byId("silent").hidden = Boolean(sound) || !nowhere;
  byId("why").textContent = why ?? "";
  byId("why").hidden = why === null;
  byId("leads").hidden = why !== null;
}

function lose(line) {
  held.clear(); // the instrument lets go of what it held for us
  floor.hear("rest", here());
  score.rest(clock.now(here()) ?? 0);
  banner(line);
}

function banner(line) {
  byId("banner").hidden = line === null;
  byId("banner").textContent = line ?? "";
  document.body.classList.toggle("away", line !== null);
}

function frame() {
  const now = clock.now(here());
  if (now !== null) {
    roll.draw(score, now, floor.at(here()));
    bar.floor(floor.at(here()));
    bar.beat(score.beats.last, score.beats.at(now));
    keyboard.light(score.sounding(now));
    byId("hint").hidden = !score.empty;
  }
  requestAnimationFrame(frame);
}

tabs([
  ["Controls", []],
  ["Takes", [takes.element]],
  ["Session", [ports.element, said.element]],
]);
webMidi(held, play, say, () => state.ports?.inputs ?? []);
/** A long session's take takes long to read: nobody is to, unless somebody looks. */
async function list() {
  const away = document.body.classList.contains("away") || document.hidden;
  if (!away && !byId("page-Takes").hidden) await takes.load();
}

async function look() {
  const began = here();
  await list();
  setTimeout(look, Math.max(TAKES_EVERY, LOOK_SHARE * 1000 * (here() - began)));
}
setTimeout(look, TAKES_EVERY);
byId("tab-Takes").addEventListener("click", () => takes.load());
setInterval(() => plots.draw(here()), PLOTS_EVERY);
// The screen stays on while somebody plays.
addEventListener("pointerdown", () => navigator.wakeLock?.request("screen").catch(() => {}), {
  once: true,
});
link.connect();
requestAnimationFrame(frame);
