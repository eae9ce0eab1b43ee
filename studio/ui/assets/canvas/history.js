// Undo and redo. A change is kept as its changed tiles: the exclusive or of before and after, run-length coded, which
// serves both directions. A new kind of step is anything with `undo`, `redo` and `bytes`.

import { clipped, isEmpty, united } from "./box.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./surface.js").Surface} Surface */
/** @typedef {{box: Box, before: Uint8Array, coverage: Uint8Array | null}} Tile */
/** @typedef {{undo: () => void, redo: () => void, bytes: number}} Step */

export const TILE = 128;
const MOST_BYTES = 256 * 2 ** 20;
const LONGEST_RUN = 255;

/** A change in the making: keeps every tile as it was before its first pixel changed. */
export class Edit {
  /** @param {Surface} surface */
  constructor(surface) {
    this.surface = surface;
    /** @type {Map<number, Tile>} */
    this.tiles = new Map();
  }

  /** The tiles that a box touches, kept from now on. @param {Box} box @returns {Generator<Tile>} */
  *touch(box) {
    const { width, height } = this.surface;
    const area = clipped(box, width, height);
    if (isEmpty(area)) return;
    this.surface.extent = united(this.surface.extent, area);
    const columns = Math.ceil(width / TILE);
    for (let row = Math.floor(area.top / TILE); row * TILE < area.bottom; row++) {
      for (let column = Math.floor(area.left / TILE); column * TILE < area.right; column++) {
        const key = row * columns + column;
        if (!this.tiles.has(key)) this.tiles.set(key, this.keep(column, row));
        yield /** @type {Tile} */ (this.tiles.get(key));
      }
    }
  }

  /** @param {number} column @param {number} row @returns {Tile} */
  keep(column, row) {
    const { width, height } = this.surface;
    const left = column * TILE;
    const top = row * TILE;
    const box = { left, top, right: Math.min(width, left + TILE), bottom: Math.min(height, top + TILE) };
    return { box, before: copyOf(this.surface, box), coverage: null };
  }

  /** Puts everything back as it was. @returns {Box | null} what changed */
  revert() {
    let changed = null;
    for (const { box, before } of this.tiles.values()) {
      paste(this.surface, box, before);
      changed = united(changed, box);
    }
    this.tiles.clear();
    return changed;
  }

  /** The change as a patch, or null where nothing changed. */
  finish() {
    const pieces = [];
    for (const { box, before } of this.tiles.values()) {
      const difference = copyOf(this.surface, box);
      let differs = 0;
      for (let i = 0; i < difference.length; i++) differs |= difference[i] ^= before[i];
      if (differs) pieces.push({ box, data: packed(difference), length: difference.length });
    }
    this.tiles.clear();
    return pieces.length ? new Patch(this.surface, pieces) : null;
  }
}

/** Changed tiles. Applied once it goes back, applied again it goes forth. */
export class Patch {
  /** @param {Surface} surface @param {{box: Box, data: Uint8Array, length: number}[]} pieces */
  constructor(surface, pieces) {
    this.surface = surface;
    this.pieces = pieces;
    this.bytes = pieces.reduce((sum, piece) => sum + piece.data.length, 0);
  }

  apply() {
    this.surface.extent = united(this.surface.extent, this.box);
    for (const { box, data, length } of this.pieces) {
      const difference = unpacked(data, length);
      const pixels = copyOf(this.surface, box);
      for (let i = 0; i < length; i++) pixels[i] ^= difference[i];
      paste(this.surface, box, pixels);
    }
  }

  undo() {
    this.apply();
  }

  redo() {
    this.apply();
  }

  /** @returns {Box} */
  get box() {
    return /** @type {Box} */ (
      this.pieces.reduce((all, piece) => united(all, piece.box), /** @type {Box | null} */ (null))
    );
  }
}

export class History {
  constructor(mostBytes = MOST_BYTES) {
    this.mostBytes = mostBytes;
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
    this.bytes = 0;
  }

  clear() {
    this.done = [];
    this.undone = [];
    this.bytes = 0;
  }

  /** Takes up a step that has just been done; the oldest go where they need too much. @param {Step} step */
  push(step) {
    for (const gone of this.undone) this.bytes -= gone.bytes;
    this.undone = [];
    this.done.push(step);
    this.bytes += step.bytes;
    while (this.bytes > this.mostBytes && this.done.length > 1) {
      this.bytes -= /** @type {Step} */ (this.done.shift()).bytes;
    }
  }

  /** @returns {Step | undefined} the step that was undone */
  undo() {
    const step = this.done.pop();
    if (step) {
      step.undo();
      this.undone.push(step);
    }
    return step;
  }

  /** @returns {Step | undefined} the step that was done again */
  redo() {
    const step = this.undone.pop();
    if (step) {
      step.redo();
      this.done.push(step);
    }
    return step;
  }
}

/** @param {Surface} surface @param {Box} box */
export function copyOf(surface, box) {
  const { width, channels, pixels } = surface;
  const row = (box.right - box.left) * channels;
  const copy = new Uint8Array(row * (box.bottom - box.top));
  for (let y = box.top, to = 0; y < box.bottom; y++, to += row) {
    const from = (y * width + box.left) * channels;
    copy.set(pixels.subarray(from, from + row), to);
  }
  return copy;
}

/** @param {Surface} surface @param {Box} box @param {Uint8Array} data */
export function paste(surface, box, data) {
  const { width, channels, pixels } = surface;
  const row = (box.right - box.left) * channels;
  for (let y = box.top, from = 0; y < box.bottom; y++, from += row) {
    pixels.set(data.subarray(from, from + row), (y * width + box.left) * channels);
  }
}

/**
 * Runs of equal 32-bit words, as (run length, word) pairs; unequal words as (0, count, words). The tail of less than
 * four bytes follows as it is.
 * @param {Uint8Array} data
 */
export function packed(data) {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length >> 2);
  const out = new Uint8Array(data.length + (words.length >> 7) * 2 + 64);
  const view = new DataView(out.buffer);
  let to = 0;
  for (let i = 0; i < words.length;) {
    const run = runAt(words, i);
    if (run > 1) {
      out[to] = run;
      view.setUint32(to + 1, words[i], true);
      to += 5;
      i += run;
      continue;
    }
    const end = literalsEnd(words, i);
    out[to + 1] = end - i;
    for (to += 2; i < end; i++, to += 4) view.setUint32(to, words[i], true);
  }
  const tail = data.subarray(words.length * 4);
  out.set(tail, to);
  return out.slice(0, to + tail.length);
}

/** @param {Uint32Array} words @param {number} start */
function runAt(words, start) {
  let end = start + 1;
  while (end < words.length && end - start < LONGEST_RUN && words[end] === words[start]) end++;
  return end - start;
}

/** @param {Uint32Array} words @param {number} start */
function literalsEnd(words, start) {
  let end = start + 1;
  while (end < words.length && end - start < LONGEST_RUN && words[end] !== words[end + 1]) end++;
  return end;
}

/** @param {Uint8Array} data @param {number} length of what was packed */
export function unpacked(data, length) {
  const out = new Uint8Array(length);
  const words = new Uint32Array(out.buffer, 0, length >> 2);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let from = 0;
  for (let i = 0; i < words.length;) {
    const run = data[from];
    if (run) {
      words.fill(view.getUint32(from + 1, true), i, i + run);
      from += 5;
      i += run;
      continue;
    }
    from += 2;
    for (const end = i + data[from - 1]; i < end; i++, from += 4) words[i] = view.getUint32(from, true);
  }
  out.set(data.subarray(from), words.length * 4);
  return out;
}
