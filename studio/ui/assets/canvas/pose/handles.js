// The box around a figure or a part of it, its handles, and what pulling them does. All in canvas pixels.

import { PART_NAMES } from "./figure.js";

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./figure.js").Joint} Joint */
/** @typedef {import("./figure.js").PartName} PartName */
/** @typedef {import("./figure.js").Point} Point */
/** @typedef {import("../box.js").Box} Box */
/** @typedef {{box: Box, corners: Point[], turn: Point, middle: Point}} Handles */

const MARGIN = 14; // pixels of the screen around the joints
const STALK = 26;
const LEAST_FACTOR = 0.02;

/** The joints of a part, or of the whole figure. @param {Figure} figure @param {PartName | null} part @returns {Joint[]} */
export function jointsOf(figure, part) {
  const parts = part ? [part] : PART_NAMES;
  return parts.flatMap((name) => figure[name]).filter((joint) => joint !== null);
}

/** @param {Joint[]} joints @param {number} pixel of the screen @returns {Handles | null} */
export function handlesOf(joints, pixel) {
  if (!joints.length) return null;
  const xs = joints.map(({ x }) => x);
  const ys = joints.map(({ y }) => y);
  const margin = MARGIN * pixel;
  const box = {
    left: Math.min(...xs) - margin,
    top: Math.min(...ys) - margin,
    right: Math.max(...xs) + margin,
    bottom: Math.max(...ys) + margin,
  };
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const corners = [
    { x: box.left, y: box.top },
    { x: box.right, y: box.top },
    { x: box.right, y: box.bottom },
    { x: box.left, y: box.bottom },
  ];
  return { box, corners, turn: { x: middle.x, y: box.top - STALK * pixel }, middle };
}

/** @param {Box} box @param {Point} point */
export const isInside = (box, { x, y }) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

/** @typedef {(joint: Point) => Point} Change */

/** @param {Point} from @param {Point} to @returns {Change} */
export const moved = (from, to) => (joint) => ({ x: joint.x + to.x - from.x, y: joint.y + to.y - from.y });

/** About a fixed point, by how far the pulled one goes along its ray. */
/** @param {Point} fixed @param {Point} from @param {Point} to @returns {Change} */
export function scaled(fixed, from, to) {
  const [x, y] = [from.x - fixed.x, from.y - fixed.y];
  const along = ((to.x - fixed.x) * x + (to.y - fixed.y) * y) / (x * x + y * y || 1);
  const factor = Math.max(LEAST_FACTOR, along);
  return (joint) => ({ x: fixed.x + (joint.x - fixed.x) * factor, y: fixed.y + (joint.y - fixed.y) * factor });
}

/** About the middle; in steps of 15 degrees if asked to. */
/** @param {Point} middle @param {Point} from @param {Point} to @param {boolean} inSteps @returns {Change} */
export function turned(middle, from, to, inSteps) {
  const angleOf = (/** @type {Point} */ point) => Math.atan2(point.y - middle.y, point.x - middle.x);
  const step = Math.PI / 12;
  const raw = angleOf(to) - angleOf(from);
  const angle = inSteps ? Math.round(raw / step) * step : raw;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (joint) => {
    const [x, y] = [joint.x - middle.x, joint.y - middle.y];
    return { x: middle.x + x * cos - y * sin, y: middle.y + x * sin + y * cos };
  };
}
