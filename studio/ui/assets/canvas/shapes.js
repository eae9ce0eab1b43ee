// Areas drawn by their outline: rectangle, lasso, and the box of the smart selection. A new shape is a function here.

import { clipped, isEmpty } from "./box.js";
import { decodePng } from "./png.js";
import { selectInBox } from "./server.js";
import { coverBox } from "./stroke.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./tools.js").Point} Point */
/** @typedef {import("./tools.js").Gesture} Gesture */
/** @typedef {import("./box.js").Box} Box */

const LINES_PER_PIXEL = 4;

/** @param {Painter} painter @param {Point} start @param {PointerEvent} event @returns {Gesture} */
export function rectangle(painter, start, event) {
  return boxed(painter, start, (box) => {
    const { surface } = painter;
    if (surface) painter.commit(coverBox(surface, box, paint(painter, event), () => 255));
  });
}

/**
 * The server looks for a thing inside the box.
 * @param {Painter} painter @param {Point} start @param {PointerEvent} event @returns {Gesture}
 */
export function wand(painter, start, event) {
  const erases = event.button === 2;
  return boxed(painter, start, (box) => {
    void painter.during(() => select(painter, box, erases));
  });
}

/** @param {Painter} painter @param {Box} box @param {boolean} erases */
async function select(painter, box, erases) {
  const { surface } = painter;
  painter.frame.message.tell("Looking for the thing in the box ...");
  const file = await selectInBox(await painter.keyOfPicture(), box);
  const mask = await decodePng(new Uint8Array(await file.arrayBuffer()));
  if (surface !== painter.surface || !surface || mask.width !== surface.width) return;
  const covered = (/** @type {number} */ x, /** @type {number} */ y) =>
    mask.pixels[(y * mask.width + x) * mask.channels];
  const patch = coverBox(surface, box, painter.brush(erases), covered);
  if (!patch)
    throw new Error("Nothing stood out in the box. Draw it a little larger than the thing, or use the lasso.");
  painter.frame.message.clear();
  painter.commit(patch);
}

/** @param {Painter} painter @param {Point} start @param {(box: Box) => void} take @returns {Gesture} */
function boxed(painter, start, take) {
  /** @param {Point} end */
  const boxTo = (end) => ({
    left: Math.round(Math.min(start.x, end.x)),
    top: Math.round(Math.min(start.y, end.y)),
    right: Math.round(Math.max(start.x, end.x)),
    bottom: Math.round(Math.max(start.y, end.y)),
  });
  const { marks } = painter.frame;
  return {
    move: (point) => marks.showOutline(corners(boxTo(point))),
    end(point) {
      marks.showOutline(null);
      const box = clipped(boxTo(point), painter.width, painter.height);
      if (!isEmpty(box)) take(box);
    },
    cancel: () => marks.showOutline(null),
  };
}

/** @param {Box} box @returns {Point[]} */
function corners({ left, top, right, bottom }) {
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
}

/** @param {Painter} painter @param {Point} start @param {PointerEvent} event @returns {Gesture} */
export function lasso(painter, start, event) {
  const points = [start];
  const { marks } = painter.frame;
  return {
    move(point) {
      points.push(point);
      marks.showOutline(points);
    },
    end() {
      marks.showOutline(null);
      const { surface } = painter;
      if (surface) painter.commit(fillOutline(surface, points, paint(painter, event)));
    },
    cancel: () => marks.showOutline(null),
  };
}

/** @param {Painter} painter @param {PointerEvent} event */
function paint(painter, event) {
  return painter.brush(event.button === 2);
}

/**
 * @param {import("./surface.js").Surface} surface @param {Point[]} points @param {import("./surface.js").Paint} paint
 */
export function fillOutline(surface, points, paint) {
  const box = clipped(
    {
      left: Math.min(...points.map((point) => point.x)),
      top: Math.min(...points.map((point) => point.y)),
      right: Math.max(...points.map((point) => point.x)),
      bottom: Math.max(...points.map((point) => point.y)),
    },
    surface.width,
    surface.height,
  );
  if (isEmpty(box)) return null;
  const covered = outlineCoverage(points, box);
  const width = box.right - box.left;
  return coverBox(surface, box, paint, (x, y) => covered[(y - box.top) * width + x - box.left]);
}

/**
 * How far each pixel of a box lies inside a closed outline (even-odd rule), 0 to 255: exact along each of four lines
 * per
 * pixel row.
 * @param {Point[]} points @param {Box} box
 */
export function outlineCoverage(points, box) {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const out = new Uint8Array(width * height);
  const row = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (let line = 0; line < LINES_PER_PIXEL; line++) {
      const crossings = crossingsAt(points, box.top + y + (line + 0.5) / LINES_PER_PIXEL);
      for (let i = 0; i + 1 < crossings.length; i += 2)
        addSpan(row, crossings[i] - box.left, crossings[i + 1] - box.left);
    }
    for (let x = 0; x < width; x++) out[y * width + x] = Math.round((255 * row[x]) / LINES_PER_PIXEL);
  }
  return out;
}

/** @param {Point[]} points @param {number} y */
function crossingsAt(points, y) {
  const found = [];
  for (let i = 0; i < points.length; i++) {
    const from = points[i];
    const to = points[(i + 1) % points.length];
    if (from.y <= y !== to.y <= y) found.push(from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x));
  }
  return found.sort((one, other) => one - other);
}

/** @param {Float32Array} row @param {number} from @param {number} to */
function addSpan(row, from, to) {
  const start = Math.max(0, from);
  const end = Math.min(row.length, to);
  for (let x = Math.floor(start); x < end; x++) row[x] += Math.min(end, x + 1) - Math.max(start, x);
}
