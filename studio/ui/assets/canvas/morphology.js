// Whole-mask operations: grow, shrink, feather, invert. Each gives the new alpha of every pixel; a new one is a function here.

import { clipped, grown } from "./box.js";
import { Edit } from "./history.js";

/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {import("./box.js").Box} Box */
/** @typedef {{width: number, height: number, values: Uint8Array}} Plane one value per pixel */

const BLURS = 3;

/**
 * Grows (radius > 0) or shrinks by a disc: each pixel takes the largest (smallest) value within the radius. Outside the
 * picture counts as unpainted for growing, and as the edge's own values for shrinking.
 * @param {Surface} mask @param {number} radius whole pixels
 */
export function grow(mask, radius) {
  const box = clipped(grown(mask.contents() ?? NOWHERE, Math.max(0, radius)), mask.width, mask.height);
  return rewrite(mask, box, (plane) => (radius < 0 ? negative(dilated(negative(plane), -radius)) : dilated(plane, radius)));
}

/** Softens the edge on both sides by a Gaussian of a standard deviation. @param {Surface} mask @param {number} sigma pixels */
export function feather(mask, sigma) {
  const box = clipped(grown(mask.contents() ?? NOWHERE, Math.ceil(3 * sigma) + 1), mask.width, mask.height);
  return rewrite(mask, box, (plane) => blurred(plane, sigma));
}

/** @param {Surface} mask */
export function invert({ pixels }) {
  for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - pixels[i];
}

const NOWHERE = { left: 0, top: 0, right: 0, bottom: 0 };

/** @param {Surface} mask @param {Box} box @param {(plane: Plane) => Plane} change */
function rewrite(mask, box, change) {
  const edit = new Edit(mask);
  for (const _ of edit.touch(box)) continue; // keeps what was there
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const values = new Uint8Array(width * height);
  const row = (/** @type {number} */ y) => (box.top + y) * mask.width + box.left;
  for (let y = 0; y < height; y++) values.set(mask.pixels.subarray(row(y), row(y) + width), y * width);
  const changed = change({ width, height, values }).values;
  for (let y = 0; y < height; y++) mask.pixels.set(changed.subarray(y * width, (y + 1) * width), row(y));
  return edit.finish();
}

/** @param {Plane} plane @returns {Plane} */
function negative({ width, height, values }) {
  return { width, height, values: values.map((value) => 255 - value) };
}

/** The largest value within a disc; the disc is the union of its rows. @param {Plane} plane @param {number} radius @returns {Plane} */
export function dilated({ width, height, values }, radius) {
  const out = values.slice();
  for (let reach = 0; reach <= radius; reach++) {
    const half = Math.floor(Math.sqrt(radius * radius - reach * reach));
    for (let y = 0; y < height; y++) {
      const row = slidingMaximum(values.subarray(y * width, (y + 1) * width), half);
      if (y >= reach) raise(out, (y - reach) * width, row);
      if (y + reach < height) raise(out, (y + reach) * width, row);
    }
  }
  return { width, height, values: out };
}

/** @param {Uint8Array} out @param {number} at @param {Uint8Array} row */
function raise(out, at, row) {
  for (let x = 0; x < row.length; x++) if (row[x] > out[at + x]) out[at + x] = row[x];
}

/**
 * The largest value within `half` to both sides, in a time that does not grow with `half` (van Herk 1992, Gil and Werman
 * 1993: running maxima of blocks, forwards and backwards).
 * @param {Uint8Array} row @param {number} half
 */
export function slidingMaximum(row, half) {
  const size = 2 * half + 1;
  const length = Math.ceil((row.length + 2 * half) / size) * size;
  const forth = new Uint8Array(length);
  forth.set(row, half);
  const back = forth.slice();
  for (let i = 1; i < length; i++) {
    if (i % size && forth[i - 1] > forth[i]) forth[i] = forth[i - 1];
    const j = length - 1 - i;
    if ((j + 1) % size && back[j + 1] > back[j]) back[j] = back[j + 1];
  }
  const out = new Uint8Array(row.length);
  for (let x = 0; x < row.length; x++) out[x] = Math.max(back[x], forth[x + size - 1]);
  return out;
}

/**
 * Three box blurs in a row and a column each, which come within 3 % of a Gaussian (Kovesi, "Fast almost-Gaussian
 * filtering", 2010). The border's values go on outside.
 * @param {Plane} plane @param {number} sigma @returns {Plane}
 */
export function blurred({ width, height, values }, sigma) {
  let from = Float32Array.from(values);
  for (const size of boxSizes(sigma)) {
    from = boxBlurred(from, height, width, 1, width, size);
    from = boxBlurred(from, width, height, width, 1, size);
  }
  return { width, height, values: Uint8Array.from(from, Math.round) };
}

/** Odd widths whose repeated means have the wanted deviation. @param {number} sigma */
export function boxSizes(sigma) {
  const ideal = Math.sqrt((12 * sigma * sigma) / BLURS + 1);
  const lower = 2 * Math.floor((ideal - 1) / 2) + 1; // the largest odd number that is not larger
  const count = Math.round((12 * sigma * sigma - BLURS * (lower * lower + 4 * lower + 3)) / (-4 * lower - 4));
  return Array.from({ length: BLURS }, (_, i) => (i < count ? lower : lower + 2));
}

/**
 * Means along lines: `lines` of them `lineStep` apart, `length` values `step` apart in each.
 * @param {Float32Array} from @param {number} lines @param {number} length @param {number} step @param {number} lineStep @param {number} size
 */
function boxBlurred(from, lines, length, step, lineStep, size) {
  const out = new Float32Array(from.length);
  const half = (size - 1) / 2;
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    const at = (/** @type {number} */ i) => from[start + Math.min(length - 1, Math.max(0, i)) * step];
    let sum = 0;
    for (let i = -half; i <= half; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      out[start + i * step] = sum / size;
      sum += at(i + half + 1) - at(i - half);
    }
  }
  return out;
}
