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

const WHEN = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };

function when(started) {
  const at = new Date(started);
  return Number.isNaN(at.getTime()) ? "A take" : at.toLocaleString(undefined, WHEN);
}

/** A take's name, or when it was played. Pure, as the next one. */
export const title = ({ name, started }) => name || when(started);

/** What is written under it. */
export function about({ name, started, seconds, notes, model, passage }) {
  const kind = passage ? "passage" : null;
  const parts = [name ? when(started) : null, kind, duration(seconds), `${notes} notes`, model];
  return parts.filter(Boolean).join("  ·  ");
}

export class Takes {
  element = el("div", { className: "takes" });
  #list = el("ul", { className: "list" });
  #none = el("p", { className: "help" }, "No takes yet: each session leaves one here.");
  #rows = new Map(); // id -> {element, show(take)}
  #send;
  #say;
  #playing = null;
  #asked = 0;

  constructor(send, say) {
    [this.#send, this.#say] = [send, say];
    this.element.append(this.#list, this.#none);
  }

  /** A row that is there stays, whatever is open in it. */
  async load() {
    await this.#do(async () => {
      const asked = (this.#asked += 1);
      const takes = await (await ask("/api/takes")).json();
      if (asked !== this.#asked) return; // there is news
      this.#rows = new Map(
        takes.map((take) => [take.id, this.#rows.get(take.id) ?? this.#row(take)]),
      );
      for (const take of takes) this.#rows.get(take.id).show(take);
      const elements = [...this.#rows.values()].map(({ element }) => element);
      const same = elements.every((element, index) => this.#list.children[index] === element);
      if (!same || elements.length !== this.#list.children.length)
        this.#list.replaceChildren(...elements);
      this.#none.hidden = takes.length > 0;
      this.show({ playing: this.#playing });
    });
  }

  show({ playing }) {
    this.#playing = playing ?? null;
    for (const [id, { element }] of this.#rows)
      element.classList.toggle("playing", id === this.#playing);
  }

  #row(take) {
    const { id } = take;
    const more = el("div", { className: "more" });
    const [name, facts] = [el("strong"), el("p", { className: "help" })];
    const live = el("span", { className: "live" }, "recording");
    const close = () => more.replaceChildren();
    const open = (make) => () => {
      const part = make(take, close);
      if (more.firstChild?.className === part.className) close();
      else more.replaceChildren(part);
    };
    const deed = (words, image, press, text) => {
      const button = iconButton(image, words, press, text);
      button.classList.add(words);
      return button;
    };
    const deeds = [
      deed("play", "play", () => this.#send({ do: "take", play: id }), "Play"),
      deed("stop", "stop", () => this.#send({ do: "take", stop: true }), "Stop"),
      deed("picture", "picture", open(this.#picture)),
      deed("download", "save", open(this.#forms)),
      deed("rename", "rename", open(this.#rename)),
      deed("delete", "remove", open(this.#remove)),
    ];
    const element = el(
      "li",
      { className: "take", data: { take: id } },
      el("div", { className: "title" }, name, live),
      facts,
      el("div", { className: "deeds" }, deeds),
      more,
    );
    const show = (now) => {
      take = now;
      live.hidden = !take.recording;
      deeds.at(-1).hidden = take.recording;
      name.textContent = title(take);
      facts.textContent = about(take);
      for (const button of deeds)
        button.setAttribute("aria-label", `${button.title} ${title(take)}`);
    };
    return { element, show };
  }

  #picture = (take) => {
    const { id } = take;
    const image = el("img", {
      src: picture(id),
      alt: `${title(take)} as a piano roll`,
      loading: "lazy",
    });
    return el(
      "a",
      { className: "picture", href: picture(id), download: `${title(take)}.png` },
      image,
    );
  };

  #forms = (take) => {
    const button = ([label, form]) =>
      el(
        "button",
        { type: "button", className: "small", on: { click: () => this.#fetch(take, form) } },
        label,
      );
    return el("div", { className: "forms" }, FORMS.map(button));
  };

  #rename = ({ id, name }, close) => {
    const box = el("input", {
      type: "text",
      value: name,
      "aria-label": "new name",
      placeholder: "name",
      maxLength: 80,
    });
    const submit = (event) => {
      event.preventDefault();
      this.#do(async () => {
        await ask(`/api/takes/${encodeURIComponent(id)}`, "POST", { name: box.value.trim() });
        close();
        await this.load();
      });
    };
    queueMicrotask(() => box.select());
    return el(
      "form",
      { className: "rename", on: { submit } },
      box,
      el("button", { className: "small" }, "Rename"),
    );
  };

  #remove = (take, keep) => {
    const { id } = take;
    const remove = () =>
      this.#do(async () => {
        await ask(`/api/takes/${encodeURIComponent(id)}`, "DELETE");
        await this.load();
      });
    return el(
      "div",
      { className: "remove" },
      el("span", {}, take.passage ? "Take it off the list?" : "Delete it for good?"),
      el(
        "button",
        {
          type: "button",
          className: "small danger",
          "aria-label": `delete ${title(take)} for good`,
          on: { click: remove },
        },
        "Delete",
      ),
      el("button", { type: "button", className: "small", on: { click: keep } }, "Keep"),
    );
  };

  #fetch(take, form) {
    const { id } = take;
    return this.#do(async () => {
      const blob = await (await ask(path(id, form))).blob();
      const url = URL.createObjectURL(blob);
      el("a", { href: url, download: `${title(take)}.${form}` }).click();
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
