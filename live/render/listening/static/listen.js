// The token is in the address; from then on it travels in a header.
const token = new URLSearchParams(location.search).get("token") ?? "";
const headers = { "x-antiphon-token": token };
const find = (id) => document.getElementById(id);
const form = find("question");
const SIDES = ["a", "b"];
const players = { a: new Audio(), b: new Audio() };
const heard = { a: false, b: false };
let due = null;

async function call(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...headers, ...options.headers } });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

function tell(text) {
  find("told").textContent = text;
}

function draw() {
  for (const side of SIDES) {
    const { paused, currentTime, duration } = players[side];
    const button = find(`play-${side}`);
    button.setAttribute("aria-pressed", String(!paused));
    button.querySelector("span").textContent = paused ? "play" : "pause";
    find(`at-${side}`).value = duration > 0 ? currentTime / duration : 0;
  }
  find("send").disabled = !(due && heard.a && heard.b && form.elements.choice.value);
  for (const radio of form.elements.choice) radio.disabled = !(heard.a && heard.b);
}

function toggle(side) {
  if (!due) return;
  const [mine, other] = [players[side], players[side === "a" ? "b" : "a"]];
  other.pause();
  if (mine.paused) {
    heard[side] = true;
    mine.play().catch((error) => {
      // Paused before it began: that is no fault.
      if (error.name !== "AbortError") tell(String(error.message ?? error));
    });
  } else {
    mine.pause();
  }
  draw();
}

// Both are here in full before either can be played, so that neither begins sooner.
async function load(side, name) {
  const sound = await (await call(`/audio/${encodeURIComponent(name)}`)).blob();
  const before = players[side].src;
  players[side].src = URL.createObjectURL(sound);
  URL.revokeObjectURL(before);
  heard[side] = false;
}

async function show(question) {
  due = null;
  for (const side of SIDES) players[side].pause();
  form.reset();
  if (question.trial === null) {
    form.hidden = true;
    tell(`All ${question.of} are answered. Thank you! You can close this page.`);
    return;
  }
  tell(`Loading ${question.answered + 1} of ${question.of} …`);
  await Promise.all(SIDES.map((side) => load(side, question[side])));
  due = question.trial;
  form.hidden = false;
  tell(`${question.answered + 1} of ${question.of}`);
  document.activeElement?.blur(); // or Enter would mean what it meant before
  draw();
}

async function send() {
  if (find("send").disabled) return;
  const { choice } = form.elements;
  const rating = (side) => Number(form.elements[`rating-${side}`].value || 0);
  const said = {
    trial: due,
    choice: choice.value,
    rating_a: rating("a"),
    rating_b: rating("b"),
    comment: find("comment").value,
  };
  const kept = due;
  due = null;
  draw();
  try {
    const options = { method: "POST", body: JSON.stringify(said) };
    await show(await (await call("/answer", options)).json());
  } catch (error) {
    due = kept;
    draw();
    tell(`Not kept: ${error.message}`);
  }
}

function choose(value) {
  if (!(heard.a && heard.b)) return;
  form.elements.choice.value = value;
  draw();
}

const KEYS = {
  a: () => toggle("a"),
  b: () => toggle("b"),
  1: () => choose("a"),
  2: () => choose("same"),
  3: () => choose("b"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target instanceof HTMLTextAreaElement) return;
  const act = KEYS[event.key.toLowerCase()];
  if (act) {
    event.preventDefault();
    act();
  } else if (event.key === "Enter" && !find("send").disabled) {
    event.preventDefault();
    send();
  }
});

for (const side of SIDES) {
  find(`play-${side}`).addEventListener("click", () => toggle(side));
  for (const event of ["timeupdate", "play", "pause", "ended"]) {
    players[side].addEventListener(event, draw);
  }
  for (const value of [1, 2, 3, 4, 5]) {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: `rating-${side}`, value: String(value) });
    label.append(radio, ` ${value}`);
    find(`scale-${side}`).append(label);
  }
}
form.addEventListener("change", draw);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

call("/next")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => tell(error.message));
