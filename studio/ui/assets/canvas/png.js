// Drawings as PNG files (ISO/IEC 15948) and back, byte for byte: the browser's own coding would pass through
// premultiplied colours. Writes 8-bit grey and RGBA; reads those and 8-bit RGB, not interlaced. Another colour type is
// a line in CHANNELS.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Bytes per pixel by colour type. @type {Record<number, number>} */
const CHANNELS = { 0: 1, 2: 3, 4: 2, 6: 4 };
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest >>> 0;
});
const CHUNK_BYTES = 2 ** 20;

/** @param {Uint8Array[]} parts */
function crc(parts) {
  let rest = 0xffffffff;
  for (const part of parts) for (const byte of part) rest = CRC_TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/** @param {number} value */
function word(value) {
  return new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
}

/** @param {string} kind @param {Uint8Array} data */
function chunk(kind, data) {
  const name = new TextEncoder().encode(kind);
  return [word(data.length), name, data, word(crc([name, data]))];
}

/** @param {ReadableStream<Uint8Array>} stream @returns {Promise<Uint8Array>} */
async function whole(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * `pixels` may be some rows only, from `top` on; the others are empty.
 * @typedef {{width: number, height: number, channels: 1 | 4, pixels: Uint8Array, top?: number}} Bitmap
 */

/** The lines of a picture, each behind its filter byte (0: as it is), in pieces. @param {Bitmap} bitmap */
function lines({ width, height, channels, pixels, top = 0 }) {
  const row = width * channels;
  const rows = Math.max(1, Math.floor(CHUNK_BYTES / (row + 1)));
  let y = 0;
  return new ReadableStream({
    pull(controller) {
      const count = Math.min(rows, height - y);
      const piece = new Uint8Array(count * (row + 1));
      for (let line = 0; line < count; line++, y++) {
        if (y >= top) piece.set(pixels.subarray((y - top) * row, (y - top + 1) * row), line * (row + 1) + 1);
      }
      controller.enqueue(piece);
      if (y >= height) controller.close();
    },
  });
}

/** @param {Bitmap} bitmap @returns {Promise<Blob>} */
export async function encodePng(bitmap) {
  const packed = await whole(lines(bitmap).pipeThrough(new CompressionStream("deflate")));
  const header = new Uint8Array(13);
  header.set(word(bitmap.width), 0);
  header.set(word(bitmap.height), 4);
  header.set([8, bitmap.channels === 1 ? 0 : 6], 8);
  const parts = [
    new Uint8Array(SIGNATURE),
    ...chunk("IHDR", header),
    ...chunk("IDAT", packed),
    ...chunk("IEND", new Uint8Array()),
  ];
  return new Blob(/** @type {BlobPart[]} */ (parts), { type: "image/png" });
}

/**
 * @param {Uint8Array} file
 * @returns {Promise<{width: number, height: number, channels: number, pixels: Uint8Array}>}
 */
export async function decodePng(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (SIGNATURE.some((byte, i) => file[i] !== byte)) throw new Error("This is not a PNG file");
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const channels = CHANNELS[file[25]];
  if (file[24] !== 8 || !channels || file[28]) throw new Error("Only plain 8-bit PNG files can be read as drawings");
  const data = [];
  for (let at = 8; at < file.length; at += view.getUint32(at) + 12) {
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (kind === "IDAT") data.push(file.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const packed = new Blob(/** @type {BlobPart[]} */ (data)).stream();
  const filtered = await whole(packed.pipeThrough(new DecompressionStream("deflate")));
  return { width, height, channels, pixels: unfiltered(filtered, width * channels, height, channels) };
}

/** @param {Uint8Array} data @param {number} row @param {number} height @param {number} step bytes per pixel */
function unfiltered(data, row, height, step) {
  const out = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const predict = PREDICTORS[data[y * (row + 1)]];
    const from = y * (row + 1) + 1;
    const to = y * row;
    for (let x = 0; x < row; x++) {
      const left = x >= step ? out[to + x - step] : 0;
      const up = y ? out[to + x - row] : 0;
      const corner = y && x >= step ? out[to + x - row - step] : 0;
      out[to + x] = data[from + x] + predict(left, up, corner);
    }
  }
  return out;
}

/**
 * What each filter adds: none, sub, up, average, Paeth.
 * @type {((left: number, up: number, corner: number) => number)[]}
 */
const PREDICTORS = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const away = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
    if (away[0] <= away[1] && away[0] <= away[2]) return left;
    return away[1] <= away[2] ? up : corner;
  },
];
