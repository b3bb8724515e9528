// The takes: heard again, named, fetched, and deleted.

import { el, iconButton } from "./dom.js";
import { ask, token } from "./link.js";
import { duration } from "./scale.js";

const FORMS = [
  ["MIDI", "mid"],
  ["WAV", "wav"],
  ["FLAC", "flac"],
  ["MP3", "mp3"],
];

const path = (id, form) => `/takes/${encodeURIComponent(id)}.${form}`;
const picture = (id) => `${path(id, "png")}?token=${encodeURIComponent(token)}`;

/** What is written under a take's name. Pure. */
export function about({ started, seconds, notes, model, passage }) {
  const at = new Date(started);
  const when = Number.isNaN(at.getTime())
    ? null
    : at.toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const parts = [when, duration(seconds ?? 0), `${notes ?? 0} notes`, model, passage ? "passage" : null];
  return parts.filter(Boolean).join("  ·  ");
}

export class Takes {
  element = el("div", { className: "takes" });
  #list = el("ul", { className: "list" });
  #send;
  #say;
  #playing = null;
  #shown = "";

  constructor(send, say) {
    [this.#send, this.#say] = [send, say];
    this.element.append(this.#list);
  }

  async load() {
    await this.#do(async () => {
      const rows = await (await ask("/api/takes")).json();
      if (JSON.stringify(rows) === this.#shown) return;
      this.#shown = JSON.stringify(rows);
      this.#list.replaceChildren(...rows.map((row) => this.#row(row)));
      if (!rows.length) this.#list.append(el("li", { className: "none" }, "No takes yet: each session leaves one here."));
      this.show({ playing: this.#playing });
    });
  }

  show({ playing }) {
    this.#playing = playing ?? null;
    for (const row of this.#list.querySelectorAll(".take")) {
      const plays = row.dataset.take === this.#playing;
      row.classList.toggle("playing", plays);
    }
  }

  #row(take) {
    const { id, name, recording } = take;
    const more = el("div", { className: "more" });
    const open = (...parts) => more.replaceChildren(...(more.dataset.open === parts[0].className ? [] : parts));
    const toggle = (...parts) => {
      open(...parts);
      more.dataset.open = more.firstChild?.className ?? "";
    };
    const row = el("li", { className: "take", data: { take: id } },
      el("div", { className: "title" }, el("strong", {}, name), recording ? el("span", { className: "live" }, "recording") : null),
      el("p", { className: "help" }, about(take)),
      el("div", { className: "deeds" },
        iconButton("play", `play ${name}`, () => this.#send({ do: "take", play: id }), "Play"),
        iconButton("stop", `stop ${name}`, () => this.#send({ do: "take", stop: true }), "Stop"),
        iconButton("picture", `picture of ${name}`, () => toggle(this.#picture(take))),
        iconButton("save", `download ${name}`, () => toggle(this.#forms(take))),
        iconButton("rename", `rename ${name}`, () => toggle(this.#rename(take, row))),
        recording ? null : iconButton("remove", `delete ${name}`, () => toggle(this.#remove(take, () => toggle(more.firstChild))))),
      more);
    row.querySelector("[title^='play ']").classList.add("play");
    row.querySelector("[title^='stop ']").classList.add("stop");
    return row;
  }

  #picture({ id, name }) {
    const image = el("img", { src: picture(id), alt: `${name} as a piano roll`, loading: "lazy" });
    return el("a", { className: "picture", href: picture(id), target: "_blank", rel: "noopener" }, image);
  }

  #forms(take) {
    const button = ([label, form]) =>
      el("button", { type: "button", className: "small", on: { click: () => this.#fetch(take, form) } }, label);
    return el("div", { className: "forms" }, FORMS.map(button));
  }

  #rename({ id, name }) {
    const box = el("input", { type: "text", value: name, "aria-label": "new name", maxLength: 100 });
    const submit = (event) => {
      event.preventDefault();
      this.#do(async () => {
        await ask(`/api/takes/${encodeURIComponent(id)}`, "POST", { name: box.value.trim() });
        await this.load();
      });
    };
    queueMicrotask(() => box.select());
    return el("form", { className: "rename", on: { submit } }, box, el("button", { className: "small" }, "Rename"));
  }

  #remove({ id, name }, keep) {
    const remove = () => this.#do(async () => {
      await ask(`/api/takes/${encodeURIComponent(id)}`, "DELETE");
      await this.load();
    });
    return el("div", { className: "remove" }, el("span", {}, "Delete it for good?"),
      el("button", { type: "button", className: "small danger", "aria-label": `delete ${name} for good`, on: { click: remove } }, "Delete"),
      el("button", { type: "button", className: "small", on: { click: keep } }, "Keep"));
  }

  #fetch({ id, name }, form) {
    return this.#do(async () => {
      const blob = await (await ask(path(id, form))).blob();
      const url = URL.createObjectURL(blob);
      el("a", { href: url, download: `${name}.${form}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    });
  }

  async #do(work) {
    try {
      await work();
    } catch (error) {
      this.#say(error.message);
    }
  }
}
