// A brush stroke: a round brush moved along straight pieces. A brush of another shape is another `coverage`.

import { clipped, isEmpty } from "./box.js";
import { Edit, TILE } from "./history.js";
import { blendFor, coveredBy } from "./surface.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {import("./surface.js").Paint} Paint */
/** @typedef {Paint & {size: number, hardness: number}} Brush size: diameter in pixels; hardness 0 to 1 */

/**
 * How far a round brush covers a point, 0 to 255, by the distance from its middle. A hard brush has an edge one pixel
 * wide, a soft one falls off smoothly over its outer part.
 * @param {number} distance @param {number} size @param {number} hardness
 */
export function coverage(distance, size, hardness) {
  const radius = size / 2;
  const edge = Math.max(1, radius * (1 - hardness));
  const inside = Math.min(1, Math.max(0, (radius + 0.5 - distance) / edge));
  return Math.round(255 * (edge > 1 ? inside * inside * (3 - 2 * inside) : inside));
}

export class Stroke {
  /** @param {Surface} surface @param {Brush} brush */
  constructor(surface, brush) {
    this.surface = surface;
    this.brush = brush;
    this.edit = new Edit(surface);
    this.blend = blendFor(surface.channels, brush);
    /** @type {{x: number, y: number} | null} */
    this.last = null;
  }

  /**
   * Moves the brush to a point in picture pixels, which may lie outside. Where one stroke passes twice it covers no
   * more than once.
   * @param {number} x @param {number} y @returns {Box | null} what changed
   */
  moveTo(x, y) {
    const from = this.last ?? { x, y };
    this.last = { x, y };
    const reach = this.brush.size / 2 + 1;
    const box = {
      left: Math.min(from.x, x) - reach,
      top: Math.min(from.y, y) - reach,
      right: Math.max(from.x, x) + reach,
      bottom: Math.max(from.y, y) + reach,
    };
    const area = clipped(box, this.surface.width, this.surface.height);
    if (isEmpty(area)) return null;
    for (const tile of this.edit.touch(area)) this.cover(tile, area, from, { x, y });
    return area;
  }

  /**
   * @param {import("./history.js").Tile} tile @param {Box} area @param {{x: number, y: number}} from
   * @param {{x: number, y: number}} to
   */
  cover(tile, area, from, to) {
    tile.coverage ??= new Uint8Array(TILE * TILE);
    const { left, top, right, bottom } = tile.box;
    const { width, channels, pixels } = this.surface;
    const distance = distanceTo(from, to);
    const lookup = this.profile();
    const limit = this.brush.size / 2 + 0.5;
    for (let y = Math.max(top, area.top); y < Math.min(bottom, area.bottom); y++) {
      for (let x = Math.max(left, area.left); x < Math.min(right, area.right); x++) {
        const away = distance(x + 0.5, y + 0.5);
        if (away >= limit) continue;
        const covered = coveredBy(this.brush, lookup(away));
        const place = (y - top) * TILE + x - left;
        if (covered <= tile.coverage[place]) continue;
        tile.coverage[place] = covered;
        const before = ((y - top) * (right - left) + x - left) * channels;
        this.blend(pixels, (y * width + x) * channels, tile.before, before, covered);
      }
    }
  }

  /** @returns {(distance: number) => number} */
  profile() {
    const { size, hardness } = this.brush;
    const radius = size / 2;
    const whole = radius + 0.5 - Math.max(1, radius * (1 - hardness));
    return (distance) => (distance <= whole ? 255 : coverage(distance, size, hardness));
  }

  cancel() {
    return this.edit.revert();
  }

  finish() {
    return this.edit.finish();
  }
}

/**
 * The distance of a point from a straight piece.
 * @param {{x: number, y: number}} from @param {{x: number, y: number}} to
 */
function distanceTo(from, to) {
  const across = to.x - from.x;
  const down = to.y - from.y;
  const square = across * across + down * down || 1;
  return (/** @type {number} */ x, /** @type {number} */ y) => {
    const along = ((x - from.x) * across + (y - from.y) * down) / square;
    const share = along < 0 ? 0 : along > 1 ? 1 : along;
    const dx = x - from.x - share * across;
    const dy = y - from.y - share * down;
    return Math.sqrt(dx * dx + dy * dy);
  };
}

/**
 * The same change for every pixel of a box, by a coverage of 0 to 255 for each: shapes, fills, selections.
 * @param {Surface} surface @param {Box} box @param {Paint} paint
 * @param {(x: number, y: number) => number} covered
 * @returns {import("./history.js").Patch | null}
 */
export function coverBox(surface, box, paint, covered) {
  const area = clipped(box, surface.width, surface.height);
  const edit = new Edit(surface);
  const blend = blendFor(surface.channels, paint);
  for (const tile of edit.touch(area)) {
    const { left, top, right, bottom } = tile.box;
    for (let y = Math.max(top, area.top); y < Math.min(bottom, area.bottom); y++) {
      for (let x = Math.max(left, area.left); x < Math.min(right, area.right); x++) {
        const amount = coveredBy(paint, covered(x, y));
        if (!amount) continue;
        const before = ((y - top) * (right - left) + x - left) * surface.channels;
        blend(surface.pixels, (y * surface.width + x) * surface.channels, tile.before, before, amount);
      }
    }
  }
  return edit.finish();
}
