// What is painted, as bytes: one per pixel in a mask, four (RGBA, not premultiplied) in a drawing. Exact on every
// machine, because nothing passes through the browser's own blending. A new way of blending is a function here.

/** @typedef {import("./box.js").Box} Box */
/** @typedef {{red: number, green: number, blue: number}} Colour 0 to 255 each */
/**
 * @typedef {{erases: boolean, opacity: number, colour: Colour, isSharp?: boolean}} Paint opacity 0 to 1; a sharp one
 *   covers a pixel wholly, or not at all
 */
/**
 * Writes one pixel: what lay there before, covered to 0..255 with the paint.
 * @typedef {(target: Uint8Array, to: number, before: Uint8Array, from: number, coverage: number) => void} Blend
 */

export class Surface {
  /** @param {number} width @param {number} height @param {1 | 4} channels */
  constructor(width, height, channels) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.pixels = new Uint8Array(width * height * channels);
    /** A box around all that may be painted; never too small. @type {Box | null} */
    this.extent = null;
  }

  /** The whole surface. @returns {Box} */
  get box() {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  isEmpty() {
    const { top, bottom } = this.extent ?? NOWHERE;
    for (let y = top; y < bottom; y++) if (this.isPainted(y)) return false;
    return true;
  }

  /** How much is painted at a pixel, 0 to 255. @param {number} x @param {number} y */
  alpha(x, y) {
    return this.pixels[(y * this.width + x) * this.channels + this.channels - 1];
  }

  /** The smallest box around all that is painted, which becomes the extent. @returns {Box | null} */
  contents() {
    this.extent = this.extent && this.boxOfOthers(0, this.extent);
    return this.extent;
  }

  /**
   * The smallest box around all pixels of an area that are not painted as much as this.
   * @param {number} value 0 to 255 @param {Box} area @returns {Box | null}
   */
  boxOfOthers(value, { left, top, right, bottom }) {
    const { width, channels, pixels } = this;
    const found = { left: right, top: bottom, right: left, bottom: top };
    for (let y = top; y < bottom; y++) {
      const start = y * width * channels + channels - 1;
      let first = left;
      while (first < right && pixels[start + first * channels] === value) first++;
      if (first === right) continue;
      let last = right;
      while (pixels[start + (last - 1) * channels] === value) last--;
      found.left = Math.min(found.left, first);
      found.right = Math.max(found.right, last);
      found.top = Math.min(found.top, y);
      found.bottom = y + 1;
    }
    return found.bottom > found.top ? found : null;
  }

  /** Whether anything is painted in a row. @param {number} y */
  isPainted(y) {
    const { left, right } = this.extent ?? NOWHERE;
    const { width, channels, pixels } = this;
    const end = (y * width + right) * channels;
    for (let i = (y * width + left + 1) * channels - 1; i < end; i += channels) if (pixels[i]) return true;
    return false;
  }
}

const NOWHERE = { left: 0, top: 0, right: 0, bottom: 0 };

const HALF = 128;

/** How far a pixel is covered by a paint that would cover it to 0..255. @param {Paint} paint @param {number} coverage */
export const coveredBy = (paint, coverage) => (!paint.isSharp ? coverage : coverage >= HALF ? 255 : 0);

/** The blend for a kind of surface and a paint. @param {1 | 4} channels @param {Paint} paint @returns {Blend} */
export function blendFor(channels, paint) {
  if (channels === 1) return paint.erases ? erasedMask(paint.opacity) : paintedMask(paint.opacity);
  return paint.erases ? erasedColour(paint.opacity) : paintedColour(paint);
}

/** @param {number} opacity @returns {Blend} */
function paintedMask(opacity) {
  return (target, to, before, from, coverage) => {
    const old = before[from];
    target[to] = old + Math.round(((255 - old) * coverage * opacity) / 255);
  };
}

/** @param {number} opacity @returns {Blend} */
function erasedMask(opacity) {
  return (target, to, before, from, coverage) => {
    target[to] = Math.round(before[from] * (1 - (coverage * opacity) / 255));
  };
}

/** Porter and Duff's "over", without premultiplied values. @param {Paint} paint @returns {Blend} */
function paintedColour({ opacity, colour: { red, green, blue } }) {
  return (target, to, before, from, coverage) => {
    const over = (coverage * opacity) / 255;
    const under = (before[from + 3] / 255) * (1 - over);
    const alpha = over + under;
    if (alpha === 0) return;
    target[to] = Math.round((red * over + before[from] * under) / alpha);
    target[to + 1] = Math.round((green * over + before[from + 1] * under) / alpha);
    target[to + 2] = Math.round((blue * over + before[from + 2] * under) / alpha);
    target[to + 3] = Math.round(alpha * 255);
  };
}

/** @param {number} opacity @returns {Blend} */
function erasedColour(opacity) {
  return (target, to, before, from, coverage) => {
    const left = Math.round(before[from + 3] * (1 - (coverage * opacity) / 255));
    for (let channel = 0; channel < 3; channel++) target[to + channel] = left ? before[from + channel] : 0;
    target[to + 3] = left;
  };
}

/**
 * The drawing over a picture's pixels.
 * @param {Uint8ClampedArray} seen RGBA, changed @param {Surface} drawing of four channels
 */
export function layOver(seen, { pixels }) {
  for (let i = 0; i < pixels.length; i += 4) {
    const over = pixels[i + 3] / 255;
    if (!over) continue;
    const under = (seen[i + 3] / 255) * (1 - over);
    for (let channel = i; channel < i + 3; channel++) {
      seen[channel] = (pixels[channel] * over + seen[channel] * under) / (over + under);
    }
    seen[i + 3] = (over + under) * 255;
  }
}
