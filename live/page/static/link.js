// The connection to the instrument: it is made again by itself, for as long as the page is open.

const FIRST = 0.25; // seconds until the first new try
const LONGEST = 3; // seconds between tries
const SILENCE = 5; // seconds: the instrument says something every second
const NOT_LET_IN = 4401;

/** Seconds until try n, counted from 0. */
export const backoff = (n) => Math.min(LONGEST, FIRST * 2 ** n);

export const token = new URLSearchParams(location.search).get("token") ?? "";

export class Link {
  #hears;
  #socket = null;
  #tries = 0;
  #waiting = null;
  #heard = 0;

  /** hears: by the word of a message, what is done with it; `open`, `lost` and `refused` too. */
  constructor(hears) {
    this.#hears = hears;
    setInterval(() => this.#watch(), 1000);
    addEventListener("online", () => this.connect());
    addEventListener("pagehide", () => this.#socket?.close());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.#socket) this.connect();
    });
  }

  connect() {
    clearTimeout(this.#waiting);
    this.#drop();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(
      `${scheme}://${location.host}/ws?token=${encodeURIComponent(token)}`,
    );
    this.#socket = socket;
    this.#heard = performance.now();
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(code);
  }

  /** True if it went out. */
  send(order) {
    const open = this.#socket?.readyState === WebSocket.OPEN;
    if (open) this.#socket.send(JSON.stringify(order));
    return open;
  }

  #take(message) {
    this.#heard = performance.now();
    if (message.hello) this.#tries = 0;
    for (const [word, said] of Object.entries(message)) this.#hears[word]?.(said);
  }

  #closed(code = null) {
    this.#drop();
    this.#hears.lost();
    if (code === NOT_LET_IN) this.#hears.refused();
    this.#waiting = setTimeout(() => this.connect(), 1000 * backoff(this.#tries++));
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #watch() {
    const silent = (performance.now() - this.#heard) / 1000 > SILENCE;
    if (this.#socket && silent) this.#closed();
  }
}

/** Ask the instrument's HTTP side. Throws an Error whose message is one line. */
export async function ask(path, method = "GET", body = null) {
  const headers = { "X-Antiphon-Token": token };
  if (body) headers["Content-Type"] = "application/json";
  const given = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(path, given).catch(() => {
    throw new Error("Antiphon does not answer");
  });
  if (!answer.ok) throw new Error((await answer.text()).split("\n")[0] || answer.statusText);
  return answer;
}
