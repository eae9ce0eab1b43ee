// The picture under the drawing: the user's own file, which goes to the server as it is. A new source is a function
// here.

import { getPicture, putPicture } from "./server.js";

/**
 * `file` is null where the bytes lie on the server already; `key` is null until they do.
 * @typedef {{file: Blob | null, key: string | null, name: string, width: number, height: number, url: string}} Picture
 */

const ROOT = new URL("../pictures/", import.meta.url);

/**
 * A file of the user. Raises ServerError where neither the browser nor the server can read it.
 * @param {Blob} file @param {string} name @returns {Promise<Picture>}
 */
export async function fromFile(file, name) {
  const url = URL.createObjectURL(file);
  try {
    const { naturalWidth: width, naturalHeight: height } = await decoded(url);
    if (!width || !height) throw new Error("no size of its own");
    return { file, key: null, name, width, height, url };
  } catch {
    URL.revokeObjectURL(url);
    const kept = await putPicture(file); // a format that only the server knows, or no picture at all
    return { file: null, ...kept, name, url: new URL(`${kept.key}/shown`, ROOT).href };
  }
}

/**
 * What the server keeps.
 * @param {{picture: string, name: string, width: number, height: number}} value @returns {Promise<Picture>}
 */
export async function fromKey({ picture: key, name, width, height }) {
  let url = new URL(key, ROOT).href;
  try {
    const image = await decoded(url);
    if (image.naturalWidth !== width || image.naturalHeight !== height) throw new Error("read differently");
  } catch {
    await getPicture(key); // raises what is wrong, if the file itself is
    url = new URL(`${key}/shown`, ROOT).href;
  }
  return { file: null, key, name, width, height, url };
}

/** @param {number} width @param {number} height @param {string} colour @returns {Promise<Picture>} */
export async function blankPicture(width, height, colour) {
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  return fromFile(await canvas.convertToBlob({ type: "image/png" }), "blank.png");
}

/** @param {string} url @returns {Promise<HTMLImageElement>} */
export async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** The picture's pixels in a box, RGBA. @param {CanvasImageSource} image @param {import("./box.js").Box} box */
export function pixelsOf(image, { left, top, right, bottom }) {
  const canvas = new OffscreenCanvas(right - left, bottom - top);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  context.drawImage(image, -left, -top);
  return context.getImageData(0, 0, right - left, bottom - top).data;
}
