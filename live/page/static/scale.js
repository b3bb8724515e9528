// Numbers as controls show and take them. Pure.

const STEPS = [1, 0.5, 0.2, 0.1];
const FINEST = 150; // steps over the range, about

/** The step of a slider: 1, 2 or 5 times a power of ten, from which the default can be reached. */
export function stepOf({ kind, low, high, default: usual }) {
  if (kind === "whole number") return 1;
  const rough = (high - low) / FINEST;
  const power = 10 ** Math.ceil(Math.log10(rough));
  const steps = STEPS.map((step) => step * power).filter((step) => step <= rough * 2);
  const onGrid = (step) =>
    Math.abs(((usual - low) / step) % 1) < 1e-6 || Math.abs(((usual - low) / step) % 1) > 1 - 1e-6;
  return steps.find(onGrid) ?? steps[0];
}

/** A number in few digits. */
export const brief = (value) => String(Number(Number(value).toPrecision(4)));

/** Minutes and seconds. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return `${minutes}:${String(rest).padStart(2, "0")}`;
}

/** A name as it is read: `count_in` is count in. */
export const words = (name) => name.replaceAll("_", " ");
