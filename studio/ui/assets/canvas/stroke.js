// A brush stroke: a round brush moved along straight pieces. A brush of another shape is another `coverage`.

import { clipped, isEmpty } from "./box.js";
import { Edit, TILE } from "./history.js";
import { blendFor, coveredBy } from "./surface.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {import("./surface.js").Paint} Paint */
/**
 * @typedef {Paint & {size: number, hardness: number, pressure: "" | "size" | "opacity"}} Brush size: diameter in pixels;
 *   hardness 0 to 1; pressure: what a pen changes by pressing
 */
/** @typedef {{x: number, y: number, size: number, flow: number}} Tip of the brush; flow: how much it covers, 0 to 1 */

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
    /** @type {Tip | null} */
    this.last = null;
  }

  /** @param {number} x @param {number} y @param {number} pressure @returns {Tip} */
  tip(x, y, pressure) {
    const { size, pressure: changes } = this.brush;
    const least = 1; // pixel
    return {
      x,
      y,
      size: changes === "size" ? Math.max(least, size * pressure) : size,
      flow: changes === "opacity" ? pressure : 1,
    };
  }

  /**
   * Moves the brush to a point in picture pixels, which may lie outside. Where one stroke passes twice it covers no
   * more than once.
   * @param {number} x @param {number} y @param {number} [pressure] of a pen, 0 to 1 @returns {Box | null} what changed
   */
  moveTo(x, y, pressure = 1) {
    const to = this.tip(x, y, pressure);
    const from = this.last ?? to;
    this.last = to;
    const reach = Math.max(from.size, to.size) / 2 + 1;
    const box = {
      left: Math.min(from.x, x) - reach,
      top: Math.min(from.y, y) - reach,
      right: Math.max(from.x, x) + reach,
      bottom: Math.max(from.y, y) + reach,
    };
    const area = clipped(box, this.surface.width, this.surface.height);
    if (isEmpty(area)) return null;
    for (const tile of this.edit.touch(area)) this.cover(tile, area, from, to);
    return area;
  }

  /**
   * @param {import("./history.js").Tile} tile @param {Box} area @param {Tip} from @param {Tip} to
   */
  cover(tile, area, from, to) {
    tile.coverage ??= new Uint8Array(TILE * TILE);
    const { left, top, right, bottom } = tile.box;
    const { width, channels, pixels } = this.surface;
    const shareAt = along(from, to);
    const lookup = this.profile(from, to);
    const limit = Math.max(from.size, to.size) / 2 + 0.5;
    for (let y = Math.max(top, area.top); y < Math.min(bottom, area.bottom); y++) {
      for (let x = Math.max(left, area.left); x < Math.min(right, area.right); x++) {
        const share = shareAt(x + 0.5, y + 0.5);
        const across = x + 0.5 - between(from.x, to.x, share);
        const down = y + 0.5 - between(from.y, to.y, share);
        const away = Math.sqrt(across * across + down * down);
        if (away >= limit) continue;
        const covered = coveredBy(this.brush, lookup(away, share));
        const place = (y - top) * TILE + x - left;
        if (covered <= tile.coverage[place]) continue;
        tile.coverage[place] = covered;
        const before = ((y - top) * (right - left) + x - left) * channels;
        this.blend(pixels, (y * width + x) * channels, tile.before, before, covered);
      }
    }
  }

  /**
   * Coverage by the distance from a piece, and by the share of the piece that lies before.
   * @param {Tip} from @param {Tip} to @returns {(distance: number, share: number) => number}
   */
  profile(from, to) {
    const { hardness } = this.brush;
    const { size } = from;
    if (size !== to.size || from.flow !== 1 || to.flow !== 1) {
      const covered = (/** @type {number} */ distance, /** @type {number} */ share) =>
        coverage(distance, between(size, to.size, share), hardness);
      return (distance, share) => Math.round(covered(distance, share) * between(from.flow, to.flow, share));
    }
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

/** @param {number} from @param {number} to @param {number} share */
const between = (from, to, share) => from + share * (to - from);

/** How far along a straight piece, 0 to 1, its nearest point to another lies. @param {Tip} from @param {Tip} to */
function along(from, to) {
  const across = to.x - from.x;
  const down = to.y - from.y;
  const square = across * across + down * down || 1;
  return (/** @type {number} */ x, /** @type {number} */ y) => {
    const share = ((x - from.x) * across + (y - from.y) * down) / square;
    return share < 0 ? 0 : share > 1 ? 1 : share;
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
