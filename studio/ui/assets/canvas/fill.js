// Flood fill: what is connected and looks alike. Another rule of likeness is another `isAlike`.

import { pixelsOf } from "./picture.js";
import { coverBox } from "./stroke.js";
import { layOver } from "./surface.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./surface.js").Surface} Surface */

const HALF = 128;

/**
 * Fills from a point. On a mask the picture's colours decide, and painted lines hold the fill back; on a drawing what
 * is
 * seen decides.
 * @param {Painter} painter @param {{x: number, y: number}} point @param {boolean} erases
 */
export function fillAt(painter, point, erases) {
  const { surface } = painter;
  const tolerance = painter.isSharp ? 0 : painter.settings.tolerance;
  const x = Math.floor(point.x);
  const y = Math.floor(point.y);
  if (!surface || x < 0 || y < 0 || x >= surface.width || y >= surface.height) return;
  const seen = pixelsOf(painter.frame.picture, surface.box);
  if (surface.channels === 4) layOver(seen, surface);
  const { region, box } = floodRegion(seen, surface, x, y, tolerance, borderOf(surface, x, y));
  const covered = (/** @type {number} */ column, /** @type {number} */ row) => region[row * surface.width + column];
  painter.commit(coverBox(surface, box, painter.brush(erases), covered));
}

/**
 * What was painted on a mask is a border for a fill that starts outside it, and the other way round.
 * @param {Surface} surface @param {number} x @param {number} y
 */
function borderOf(surface, x, y) {
  if (surface.channels === 4) return () => false;
  const { pixels } = surface;
  const isPainted = surface.alpha(x, y) >= HALF;
  return (/** @type {number} */ place) => pixels[place] >= HALF !== isPainted;
}

/**
 * 255 for each pixel that is connected with the start (by its sides) through pixels whose channels all lie within the
 * tolerance of the start's; and the box around them.
 * @param {Uint8ClampedArray} seen RGBA @param {{width: number, height: number}} size @param {number} x @param {number}
 *   y
 * @param {number} tolerance 0 to 255 @param {(place: number) => boolean} isBorder
 */
export function floodRegion(seen, { width, height }, x, y, tolerance, isBorder) {
  const box = { left: x, top: y, right: x, bottom: y };
  const region = new Uint8Array(width * height);
  const start = (y * width + x) * 4;
  const [red, green, blue, alpha] = seen.subarray(start, start + 4);
  const isFree = (/** @type {number} */ place) => {
    const i = place * 4;
    return (
      !region[place] &&
      Math.abs(seen[i] - red) <= tolerance &&
      Math.abs(seen[i + 1] - green) <= tolerance &&
      Math.abs(seen[i + 2] - blue) <= tolerance &&
      Math.abs(seen[i + 3] - alpha) <= tolerance &&
      !isBorder(place)
    );
  };
  const waiting = [y * width + x];
  while (waiting.length) {
    const place = /** @type {number} */ (waiting.pop());
    if (isFree(place)) include(box, width, spread(place, width, height, region, isFree, waiting));
  }
  return { region, box };
}

/**
 * Fills the whole run of a row, and notes where the rows above and below go on.
 * @param {number} place @param {number} width @param {number} height @param {Uint8Array} region
 * @param {(place: number) => boolean} isFree @param {number[]} waiting @returns {{from: number, to: number}}
 */
function spread(place, width, height, region, isFree, waiting) {
  const row = place - (place % width);
  let from = place;
  while (from > row && isFree(from - 1)) from--;
  let to = place;
  while (to + 1 < row + width && isFree(to + 1)) to++;
  region.fill(255, from, to + 1);
  if (row > 0) noteRuns(from - width, to - width, isFree, waiting);
  if (row + width < width * height) noteRuns(from + width, to + width, isFree, waiting);
  return { from, to };
}

/** @param {import("./box.js").Box} box @param {number} width @param {{from: number, to: number}} run */
function include(box, width, { from, to }) {
  const y = Math.floor(from / width);
  box.left = Math.min(box.left, from % width);
  box.right = Math.max(box.right, (to % width) + 1);
  box.top = Math.min(box.top, y);
  box.bottom = Math.max(box.bottom, y + 1);
}

/**
 * The first place of each free run.
 * @param {number} from @param {number} to @param {(place: number) => boolean} isFree @param {number[]} waiting
 */
function noteRuns(from, to, isFree, waiting) {
  let wasFree = false;
  for (let place = from; place <= to; place++) {
    const free = isFree(place);
    if (free && !wasFree) waiting.push(place);
    wasFree = free;
  }
}
