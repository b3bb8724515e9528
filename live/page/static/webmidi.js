// MIDI keyboards attached to this browser: asked for when a button is pressed.

import { byId, el } from "./dom.js";

const OWN = /antiphon/i; // what Antiphon plays is not to be heard by it

/** Which inputs to listen to: not Antiphon's own, and none that it hears itself. */
export function wanted(names, heard) {
  return names.filter((name) => !OWN.test(name) && !heard.some((port) => port.includes(name)));
}

/** play: sends messages. say: tells one line. heard: the ports that the instrument hears. */
export function webMidi(held, play, say, heard) {
  if (!navigator.requestMIDIAccess) return;
  const button = el(
    "button",
    {
      type: "button",
      id: "webmidi",
      className: "small",
      title: "Listen to a MIDI keyboard at this browser",
    },
    el("span", { className: "wide" }, "Connect "),
    "MIDI",
  );
  byId("tools").append(button);
  button.addEventListener("click", async () => {
    try {
      const access = await navigator.requestMIDIAccess();
      access.onstatechange = () => listen(access);
      listen(access);
    } catch {
      say("The browser did not allow MIDI");
    }
  });

  function listen(access) {
    const inputs = [...access.inputs.values()];
    const chosen = new Set(
      wanted(
        inputs.map((input) => input.name),
        heard(),
      ),
    );
    const connected = inputs.filter(
      (input) => chosen.has(input.name) && input.state === "connected",
    );
    for (const input of inputs) {
      const name = `midi ${input.id}`;
      const listens = connected.includes(input);
      if (!listens) play(held.clear((source) => source.startsWith(name)));
      input.onmidimessage = listens ? ({ data }) => play(held.hear(name, data)) : null;
    }
    button.textContent =
      connected.map((input) => input.name).join(", ") || "No MIDI keyboard found";
    button.classList.toggle("on", connected.length > 0);
  }
}
