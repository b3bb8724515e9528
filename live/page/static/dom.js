// Making and finding elements.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  play: "M7 5v14l12-7z",
  stop: "M6 6h12v12H6z",
  record: "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
  picture: "M4 5h16v14H4zM6 7v10h12V7zM7.5 9h5v2h-5zM11 13h5.500v2H11z",
  save: "M11 4h2v8.200l3-3 1.400 1.400L12 16l-5.400-5.400L8 9.200l3 3zM5 18h14v2H5z",
  rename: "M4 20v-3.500L15.500 5l3.500 3.500L7.500 20z",
  remove: "M7 8h10l-.8 12H7.800zM10 4h4l1 2h4v1.500H5V6h4z",
  cancel:
    "M6.400 5 12 10.600 17.600 5 19 6.400 13.400 12 19 17.600 17.600 19 12 13.400 6.400 19 5 17.600 10.600 12 5 6.400z",
};

export const byId = (id) => document.getElementById(id);

/** An element. Properties of its own are set as such, `on` adds listeners, `data` the data-
 * attributes, all else are attributes; null children are left out. */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  const { on = {}, data = {}, ...rest } = given;
  for (const [name, value] of Object.entries(rest)) {
    if (name in made) made[name] = value;
    else if (value != null) made.setAttribute(name, value);
  }
  Object.assign(made.dataset, data);
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children.flat().filter((child) => child != null));
  return made;
}

/** A line of help as children of an element: what stands in backticks is code. */
export const marked = (line) =>
  line.split("`").map((part, n) => (n % 2 ? el("code", {}, part) : part));

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** A button with an icon, and words where they are given. */
export function iconButton(name, label, press, words = null) {
  const given = { type: "button", className: "small", title: label, "aria-label": label };
  return el("button", { ...given, on: { click: press } }, icon(name), words);
}

// "all": it is typed into; "few": space, return and arrows are its own.
const TYPED = { "INPUT text": "all", "INPUT number": "all", TEXTAREA: "all" };
const TABBED = {
  "INPUT range": "few",
  "INPUT checkbox": "few",
  SELECT: "all",
  BUTTON: "few",
  SUMMARY: "few",
  A: "few",
};

/** Which keys of the computer a part of the page has for itself: "all", "few" or null.
 * pointed: it was pointed at, not come to by tab; the keys are then for music, but in a text. */
export function keysOf(element, pointed) {
  const kind = element?.tagName === "INPUT" ? `INPUT ${element.type}` : element?.tagName;
  return TYPED[kind] ?? (pointed ? null : TABBED[kind]) ?? null;
}

const SETTLE = 1000; // ms: so long what was chosen here waits to be confirmed

/** A select that shows what is told, but for a moment after it was moved by hand. */
export function following(select) {
  let told = select.value;
  let timer = null;
  const settle = () => {
    timer = null;
    if (select.value !== told) select.value = told;
  };
  select.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLE);
  });
  return (value) => {
    told = value;
    if (timer === null) settle();
  };
}

/** A canvas as sharp as its screen: fits its bitmap to its box; returns [context, width, height]
 * in CSS px. */
export function sharp(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return [pen, width, height];
}

/** The colours of the style sheet, by name. */
export function colours(...names) {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((n) => [n, style.getPropertyValue(`--${n}`).trim()]));
}
