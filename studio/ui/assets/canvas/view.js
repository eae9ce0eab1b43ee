// Where the picture lies in its frame, and the drawing shown over it at that place. A new way of looking is a method
// here.

import { united } from "./box.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {import("./surface.js").Colour} Colour */

export const LEAST_SCALE = 0.1;
export const MOST_SCALE = 16;
const LARGEST_FIT = 4;
const MOST_SAMPLES = 3;
const CRISP_FROM = 2;

export class View {
  /** @param {HTMLElement} frame @param {HTMLElement} picture @param {HTMLCanvasElement} overlay */
  constructor(frame, picture, overlay) {
    this.frame = frame;
    this.picture = picture;
    this.overlay = overlay;
    this.context = /** @type {CanvasRenderingContext2D} */ (overlay.getContext("2d"));
    this.width = 0;
    this.height = 0;
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    this.isFitted = true;
    /** @type {Surface | null} */
    this.surface = null;
    /** @type {Colour} */
    this.maskColour = { red: 0, green: 0, blue: 0 };
    /** @type {Box | null} */
    this.dirty = null;
    this.isMoved = false;
    this.isScheduled = false;
    this.onMove = () => {};
    new ResizeObserver(() => this.resized()).observe(frame);
  }

  /**
   * Shows a picture of a size; null shows none.
   * @param {{width: number, height: number} | null} size @param {Surface | null} surface
   */
  show(size, surface) {
    const { width, height } = size ?? { width: 0, height: 0 };
    if (width !== this.width || height !== this.height) this.isFitted = true;
    this.width = width;
    this.height = height;
    this.surface = surface;
    if (this.isFitted) this.fit();
    else this.moved();
  }

  /** @param {number} clientX @param {number} clientY the point in picture pixels */
  toPicture(clientX, clientY) {
    const frame = this.frame.getBoundingClientRect();
    return {
      x: (clientX - frame.left - this.frame.clientLeft - this.left) / this.scale,
      y: (clientY - frame.top - this.frame.clientTop - this.top) / this.scale,
    };
  }

  fit() {
    const { clientWidth, clientHeight } = this.frame;
    if (!this.width || !clientWidth || !clientHeight) return this.moved();
    this.scale = this.fittingScale();
    this.left = (clientWidth - this.width * this.scale) / 2;
    this.top = (clientHeight - this.height * this.scale) / 2;
    this.isFitted = true;
    this.moved();
  }

  fittingScale() {
    return Math.min(this.frame.clientWidth / this.width, this.frame.clientHeight / this.height, LARGEST_FIT);
  }

  /**
   * Zooms so that the picture stays where it is under a point of the window.
   * @param {number} scale @param {number} clientX @param {number} clientY
   */
  zoomTo(scale, clientX, clientY) {
    const kept = this.toPicture(clientX, clientY);
    const wanted = Math.min(MOST_SCALE, Math.max(Math.min(LEAST_SCALE, this.fittingScale()), scale));
    this.left += kept.x * (this.scale - wanted);
    this.top += kept.y * (this.scale - wanted);
    this.scale = wanted;
    this.isFitted = false;
    this.keepInSight();
    this.moved();
  }

  /** About the middle of the frame. @param {number} scale */
  zoomMiddle(scale) {
    const frame = this.frame.getBoundingClientRect();
    this.zoomTo(scale, frame.left + frame.width / 2, frame.top + frame.height / 2);
  }

  /** @param {number} right @param {number} down in pixels of the window */
  pan(right, down) {
    this.left += right;
    this.top += down;
    this.isFitted = false;
    this.keepInSight();
    this.moved();
  }

  /** Some of the picture stays in the frame, so that nobody loses it. */
  keepInSight() {
    const rest = 24;
    const { clientWidth, clientHeight } = this.frame;
    this.left = Math.min(clientWidth - rest, Math.max(rest - this.width * this.scale, this.left));
    this.top = Math.min(clientHeight - rest, Math.max(rest - this.height * this.scale, this.top));
  }

  resized() {
    if (this.isFitted) this.fit();
    else this.moved();
  }

  moved() {
    this.isMoved = true;
    this.schedule();
  }

  /** Something was painted. @param {Box | null} box in picture pixels */
  changed(box) {
    this.dirty = united(this.dirty, box);
    this.schedule();
  }

  schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.render();
    });
  }

  render() {
    if (this.isMoved) this.place();
    const dirty = this.dirty;
    this.dirty = null;
    if (!this.surface || !this.overlay.width || !dirty) return;
    const ratio = this.overlay.width / this.frame.clientWidth;
    const scale = this.scale * ratio;
    const left = Math.max(0, Math.floor(this.left * ratio + dirty.left * scale) - 1);
    const top = Math.max(0, Math.floor(this.top * ratio + dirty.top * scale) - 1);
    const right = Math.min(this.overlay.width, Math.ceil(this.left * ratio + dirty.right * scale) + 1);
    const bottom = Math.min(this.overlay.height, Math.ceil(this.top * ratio + dirty.bottom * scale) + 1);
    if (right <= left || bottom <= top) return;
    const image = this.context.createImageData(right - left, bottom - top);
    const sample = this.surface.channels === 1 ? maskSample(this.surface, this.maskColour) : colourSample(this.surface);
    const columns = positions(left, right, this.left * ratio, scale, this.width);
    const rows = positions(top, bottom, this.top * ratio, scale, this.height);
    resample(new Uint32Array(image.data.buffer), columns, rows, sample);
    this.context.putImageData(image, left, top);
  }

  /** Puts picture and overlay where they belong; the overlay is drawn anew. */
  place() {
    this.isMoved = false;
    const { clientWidth, clientHeight } = this.frame;
    this.picture.style.transform = `translate(${this.left}px, ${this.top}px) scale(${this.scale})`;
    this.picture.classList.toggle("rc-crisp", this.scale * devicePixelRatio >= CRISP_FROM);
    const width = Math.round(clientWidth * devicePixelRatio);
    const height = Math.round(clientHeight * devicePixelRatio);
    if (this.overlay.width !== width || this.overlay.height !== height) {
      this.overlay.width = width;
      this.overlay.height = height;
    } else {
      this.context.clearRect(0, 0, width, height);
    }
    this.dirty = this.surface?.extent ?? null;
    this.onMove();
  }
}

/**
 * For each pixel of the screen the picture's columns (or rows) that it shows: one, or up to three each way spread over
 * what falls
 * together where the picture is shown smaller. -1 outside.
 * @param {number} start @param {number} end @param {number} offset @param {number} scale @param {number} size
 */
function positions(start, end, offset, scale, size) {
  const samples = Math.min(MOST_SAMPLES, Math.max(1, Math.ceil(1 / scale - 0.01)));
  const places = new Int32Array((end - start) * samples);
  for (let i = 0; i < places.length; i++) {
    const at = Math.floor((start + (i + 0.5) / samples - offset) / scale);
    places[i] = at >= 0 && at < size ? at : -1;
  }
  return { places, samples };
}

/** @typedef {{places: Int32Array, samples: number}} Places */
/**
 * @typedef {{one: (x: number, y: number) => number, mean: (xs: Int32Array, fromX: number, ys: Int32Array, fromY:
 *   number, samples: number) => number}} Sample
 */

/** @param {Uint32Array} target @param {Places} columns @param {Places} rows @param {Sample} sample */
function resample(target, columns, rows, sample) {
  const { samples } = columns;
  const width = columns.places.length / samples;
  const height = rows.places.length / samples;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      if (samples > 1) {
        target[to] = sample.mean(columns.places, x * samples, rows.places, y * samples, samples);
      } else if (columns.places[x] >= 0 && rows.places[y] >= 0) {
        target[to] = sample.one(columns.places[x], rows.places[y]);
      }
    }
  }
}

/** @param {number} red @param {number} green @param {number} blue @param {number} alpha */
function rgba(red, green, blue, alpha) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** @param {Surface} surface @param {Colour} colour @returns {Sample} */
function maskSample({ pixels, width }, { red, green, blue }) {
  return {
    one: (x, y) => rgba(red, green, blue, pixels[y * width + x]),
    mean(xs, fromX, ys, fromY, samples) {
      let sum = 0;
      for (let j = fromY; j < fromY + samples; j++) {
        if (ys[j] < 0) continue;
        for (let i = fromX; i < fromX + samples; i++) if (xs[i] >= 0) sum += pixels[ys[j] * width + xs[i]];
      }
      return rgba(red, green, blue, Math.round(sum / (samples * samples)));
    },
  };
}

/** @param {Surface} surface @returns {Sample} */
function colourSample({ pixels, width }) {
  const words = new Uint32Array(pixels.buffer);
  return {
    one: (x, y) => words[y * width + x],
    mean(xs, fromX, ys, fromY, samples) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let sum = 0;
      for (let j = fromY; j < fromY + samples; j++) {
        if (ys[j] < 0) continue;
        for (let i = fromX; i < fromX + samples; i++) {
          if (xs[i] < 0) continue;
          const at = (ys[j] * width + xs[i]) * 4;
          const alpha = pixels[at + 3];
          red += pixels[at] * alpha;
          green += pixels[at + 1] * alpha;
          blue += pixels[at + 2] * alpha;
          sum += alpha;
        }
      }
      return sum ? rgba(red / sum, green / sum, blue / sum, Math.round(sum / (samples * samples))) : 0;
    },
  };
}
