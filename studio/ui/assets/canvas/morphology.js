// Whole-mask operations: grow, shrink, feather, invert. Each gives the new alpha of every pixel; a new one is a
// function here.

import { clipped, grown } from "./box.js";
import { Edit, copyOf, paste } from "./history.js";

/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {import("./box.js").Box} Box */
/** @typedef {{width: number, height: number, values: Uint8Array}} Plane one value per pixel */

const BLURS = 3;
const WIDE = 4; // pixels of deviation from which means are near enough

/**
 * Grows (radius > 0) or shrinks by a disc: each pixel takes the largest (smallest) value within the radius. What lies
 * outside the picture has no say.
 * @param {Surface} mask @param {number} radius whole pixels
 */
export function grow(mask, radius) {
  return rewrite(mask, Math.abs(radius) + 1, (plane) =>
    radius < 0 ? negative(dilated(negative(plane), -radius)) : dilated(plane, radius),
  );
}

/**
 * Softens the edge on both sides by a Gaussian of a standard deviation.
 * @param {Surface} mask @param {number} sigma pixels
 */
export function feather(mask, sigma) {
  return rewrite(mask, Math.ceil(3 * sigma) + 1, (plane) => blurred(plane, sigma));
}

/** @param {Surface} mask */
export function invert(mask) {
  const { pixels } = mask;
  for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - pixels[i];
  mask.extent = mask.box;
}

/**
 * The smallest box outside which the mask has one value all over, and changes by neighbours change nothing.
 * @param {Surface} mask @param {number} reach how far pixels act
 */
function boxOfChange(mask, reach) {
  const boxes = [0, 255].map((value) => mask.boxOfOthers(value, mask.box) ?? { left: 0, top: 0, right: 0, bottom: 0 });
  const [one, other] = boxes.map((box) => clipped(grown(box, reach), mask.width, mask.height));
  const size = (/** @type {Box} */ box) => (box.right - box.left) * (box.bottom - box.top);
  return size(one) < size(other) ? one : other;
}

/** @param {Surface} mask @param {number} reach @param {(plane: Plane) => Plane} change */
function rewrite(mask, reach, change) {
  const box = boxOfChange(mask, reach);
  const edit = new Edit(mask);
  for (const _ of edit.touch(box)) continue; // keeps what was there
  const values = copyOf(mask, box);
  paste(mask, box, change({ width: box.right - box.left, height: box.bottom - box.top, values }).values);
  return edit.finish();
}

/** @param {Plane} plane @returns {Plane} */
function negative({ width, height, values }) {
  return { width, height, values: values.map((value) => 255 - value) };
}

/**
 * The largest value within a disc; the disc is the union of its rows.
 * @param {Plane} plane @param {number} radius @returns {Plane}
 */
export function dilated({ width, height, values }, radius) {
  const out = values.slice();
  for (let reach = 0; reach <= radius; reach++) {
    const maximum = slidingMaximum(width, Math.floor(Math.sqrt(radius * radius - reach * reach)));
    for (let y = 0; y < height; y++) {
      const row = maximum(values.subarray(y * width, (y + 1) * width));
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
 * For rows of a width: the largest value within `half` to both sides, in a time that does not grow with `half` (van
 * Herk
 * 1992, Gil and Werman 1993: running maxima of blocks, forwards and backwards). The result is good until the next call.
 * @param {number} width @param {number} half
 */
export function slidingMaximum(width, half) {
  const size = 2 * half + 1;
  const length = Math.ceil((width + 2 * half) / size) * size;
  const forth = new Uint8Array(length);
  const back = new Uint8Array(length);
  const out = new Uint8Array(width);
  return (/** @type {Uint8Array} */ row) => {
    forth.fill(0);
    forth.set(row, half);
    back.set(forth);
    for (let start = 0; start < length; start += size) runBlock(forth, back, start, start + size - 1);
    for (let x = 0; x < width; x++) out[x] = Math.max(back[x], forth[x + size - 1]);
    return out;
  };
}

/** @param {Uint8Array} forth @param {Uint8Array} back @param {number} first @param {number} last */
function runBlock(forth, back, first, last) {
  for (let i = first + 1; i <= last; i++) if (forth[i - 1] > forth[i]) forth[i] = forth[i - 1];
  for (let i = last - 1; i >= first; i--) if (back[i + 1] > back[i]) back[i] = back[i + 1];
}

/**
 * A narrow Gaussian as it is; a wide one as three means across and down, which come within 3 % of it (Kovesi, "Fast
 * almost-Gaussian filtering", 2010). The border's values go on outside.
 * @param {Plane} plane @param {number} sigma @returns {Plane}
 */
export function blurred({ width, height, values }, sigma) {
  /** @type {Means} */
  let plane = { width, height, values: Float32Array.from(values) };
  if (sigma < WIDE) plane = weightedDown(weightedAcross(plane, sigma), sigma);
  else for (const size of boxSizes(sigma)) plane = meanDown(meanAcross(plane, size), size);
  return { width, height, values: Uint8Array.from(plane.values, Math.round) };
}

/** @param {number} sigma one half of a Gaussian that is cut off at three deviations, from the middle on */
function halfKernel(sigma) {
  const weights = Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const sum = 2 * weights.reduce((all, weight) => all + weight) - weights[0];
  return weights.map((weight) => weight / sum);
}

/** @param {Means} plane @param {number} sigma @returns {Means} */
function weightedAcross({ width, height, values }, sigma) {
  const out = new Float32Array(values.length);
  halfKernel(sigma).forEach((weight, away) => {
    for (let i = 0; i < out.length; i++) {
      const x = i % width;
      const row = i - x;
      const right = values[row + Math.min(width - 1, x + away)];
      out[i] += weight * (away ? right + values[row + Math.max(0, x - away)] : right);
    }
  });
  return { width, height, values: out };
}

/** @param {Means} plane @param {number} sigma @returns {Means} */
function weightedDown({ width, height, values }, sigma) {
  const out = new Float32Array(values.length);
  halfKernel(sigma).forEach((weight, away) => {
    for (let y = 0; y < height; y++) {
      const below = Math.min(height - 1, y + away) * width;
      const above = Math.max(0, y - away) * width;
      for (let x = 0; x < width; x++)
        out[y * width + x] += weight * (away ? values[below + x] + values[above + x] : values[below + x]);
    }
  });
  return { width, height, values: out };
}

/** Odd widths whose repeated means have the wanted deviation. @param {number} sigma */
export function boxSizes(sigma) {
  const ideal = Math.sqrt((12 * sigma * sigma) / BLURS + 1);
  const lower = 2 * Math.floor((ideal - 1) / 2) + 1; // the largest odd number that is not larger
  const count = Math.round((12 * sigma * sigma - BLURS * (lower * lower + 4 * lower + 3)) / (-4 * lower - 4));
  return Array.from({ length: BLURS }, (_, i) => (i < count ? lower : lower + 2));
}

/** @typedef {{width: number, height: number, values: Float32Array}} Means */

/** Each pixel becomes the mean of those beside it. @param {Means} plane @param {number} size odd @returns {Means} */
function meanAcross({ width, height, values }, size) {
  const half = (size - 1) / 2;
  const out = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    const end = start + width - 1;
    let sum = half * values[start];
    for (let x = 0; x <= half; x++) sum += values[Math.min(end, start + x)];
    for (let i = start; i <= end; i++) {
      out[i] = sum / size;
      sum += values[Math.min(end, i + half + 1)] - values[Math.max(start, i - half)];
    }
  }
  return { width, height, values: out };
}

/**
 * Each pixel becomes the mean of those above and below: whole rows at a time.
 * @param {Means} plane @param {number} size odd @returns {Means}
 */
function meanDown({ width, height, values }, size) {
  const half = (size - 1) / 2;
  const out = new Float32Array(values.length);
  const sums = new Float64Array(width);
  const rowAt = (/** @type {number} */ y) => Math.min(height - 1, Math.max(0, y)) * width;
  for (let y = -half; y <= half; y++) for (let x = 0, row = rowAt(y); x < width; x++) sums[x] += values[row + x];
  for (let y = 0; y < height; y++) {
    const next = rowAt(y + half + 1);
    const last = rowAt(y - half);
    for (let x = 0; x < width; x++) {
      out[y * width + x] = sums[x] / size;
      sums[x] += values[next + x] - values[last + x];
    }
  }
  return { width, height, values: out };
}
