// OpenPose's JSON, as the ControlNet extension writes it, in and out. Its twin on the server is
// `studio/controlnet/poses.py`.

import { PARTS, PART_NAMES } from "./figure.js";

/** @typedef {import("./figure.js").Scene} Scene */
/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./figure.js").Joints} Joints */

export const LARGEST_SIDE = 4096;
const ACROSS = 8; // canvases that a point may lie away

/**
 * Raises an Error whose message tells the user what is wrong.
 * @param {string} text @param {{width: number, height: number}} size where the JSON names none @returns {Scene}
 */
export function sceneOfText(text, size) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    throw new Error("This is no JSON: save it again from where it comes from, and take the whole file.");
  }
  return sceneOf(told, size);
}

/** @param {any} told @param {{width: number, height: number}} size @returns {Scene} */
export function sceneOf(told, size) {
  const first = Array.isArray(told) ? told[0] : told; // /controlnet/detect tells one for each picture
  if (!Array.isArray(first?.people))
    throw new Error('This JSON has no list "people", so it is not one of poses as OpenPose writes it.');
  const width = side(first.canvas_width ?? size.width, "canvas_width");
  const height = side(first.canvas_height ?? size.height, "canvas_height");
  const figures = first.people.map((/** @type {any} */ person, /** @type {number} */ number) =>
    figureOf(person ?? {}, { width, height }, `Figure ${number + 1}`),
  );
  return { width, height, figures };
}

/** @param {unknown} told @param {string} name */
function side(told, name) {
  const pixels = Math.round(Number(told));
  if (pixels >= 1 && pixels <= LARGEST_SIDE) return pixels;
  throw new Error(`"${name}" is ${told}; it must be a number of pixels from 1 to ${LARGEST_SIDE}.`);
}

/** @param {any} person @param {{width: number, height: number}} size @param {string} who @returns {Figure} */
function figureOf(person, size, who) {
  const figure = /** @type {Figure} */ ({});
  for (const part of PART_NAMES) figure[part] = jointsOf(person[PARTS[part].key], part, size, who);
  if (!figure.body.length) figure.body = Array(PARTS.body.counts[0]).fill(null);
  return figure;
}

/**
 * @param {unknown} told @param {import("./figure.js").PartName} part @param {{width: number, height: number}} size
 * @param {string} who @returns {Joints}
 */
function jointsOf(told, part, size, who) {
  const { label, key, counts } = PARTS[part];
  const values = told ?? [];
  if (!Array.isArray(values) || !values.every((value) => Number.isFinite(value)))
    throw new Error(`${who}: "${key}" is not a list of numbers.`);
  const count = values.length / 3;
  if (count !== 0 && !counts.includes(count))
    throw new Error(
      `${who}: ${label} has ${values.length} numbers; ${counts.map((each) => each * 3).join(" or ")} make it up (x, y and 1 or 0 for each point).`,
    );
  const joints = Array.from({ length: count }, (_, i) => values.slice(3 * i, 3 * i + 3));
  const isFraction = joints.every(([x, y]) => Math.abs(x) <= 1 && Math.abs(y) <= 1);
  const { width, height } = isFraction ? size : { width: 1, height: 1 };
  if (joints.every(([x, y, seen]) => !x && !y && !seen)) return [];
  return joints.map(([x, y, seen]) => {
    if (Math.abs(x * width) > ACROSS * size.width || Math.abs(y * height) > ACROSS * size.height)
      throw new Error(`${who}: ${label} has a point at ${x}, ${y}, far outside of the canvas.`);
    return x || y || seen ? { x: x * width, y: y * height, isShown: Boolean(seen) } : null;
  });
}

/** @param {Scene} scene */
export function jsonOf({ width, height, figures }) {
  const people = figures.map((figure) =>
    Object.fromEntries(PART_NAMES.map((part) => [PARTS[part].key, numbersOf(figure[part])])),
  );
  return { people, canvas_width: width, canvas_height: height };
}

/** A joint that is hidden keeps its place, and says 0. @param {Joints} joints */
function numbersOf(joints) {
  if (joints.every((joint) => joint === null)) return null;
  return joints.flatMap((joint) => (joint ? [round(joint.x), round(joint.y), joint.isShown ? 1 : 0] : [0, 0, 0]));
}

/** @param {number} value */
const round = (value) => Math.round(value * 1000) / 1000;
