// Drawings as PNG files, coded by a worker from a copy: what is painted meanwhile goes with the next one.

/** @typedef {import("./surface.js").Surface} Surface */

/** @type {Map<number, (file: Blob) => void>} */
const waiting = new Map();
/** @type {Worker | null} */
let worker = null;
let count = 0;

function start() {
  const made = new Worker(new URL("png_worker.js", import.meta.url), { type: "module" });
  made.onmessage = ({ data: { number, file } }) => {
    waiting.get(number)?.(file);
    waiting.delete(number);
  };
  return made;
}

/** Only the rows that hold something are copied. @param {Surface} surface @returns {Promise<Blob>} */
export function encodeDrawing(surface) {
  const { width, height, channels } = surface;
  const { top, bottom } = surface.extent ?? { top: 0, bottom: 0 };
  const row = width * channels;
  return encodeBitmap({ width, height, channels, pixels: surface.pixels.slice(top * row, bottom * row), top });
}

/**
 * @param {import("./png.js").Bitmap} bitmap whose pixels may be used for something else from now on
 * @returns {Promise<Blob>}
 */
export function encodeBitmap({ width, height, channels, pixels, top }) {
  worker ??= start();
  const number = ++count;
  worker.postMessage({ number, bitmap: { width, height, channels, pixels, top } });
  return new Promise((resolve) => waiting.set(number, resolve));
}
