// What goes out of the canvas and comes back: files to save, masks to load, drawings to carry to another canvas. A new
// entry of the menu is a line in ENTRIES.

import { encodeBitmap } from "./encoder.js";
import { pixelsOf } from "./picture.js";
import { decodePng } from "./png.js";
import { getMask, getPicture, putDrawing, putPicture } from "./server.js";
import { coverBox } from "./stroke.js";
import { layOver } from "./surface.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./surface.js").Surface} Surface */
/**
 * @typedef {{label: string, modes: string[], needs: "picture" | "drawing" | "copy", run: (painter: Painter) =>
 *   Promise<void>}} Entry
 */

const ALL = ["picture", "sketch", "mask", "colour_mask", "classes"];
const COLOURED = ["sketch", "colour_mask"];
const SAVED = [...COLOURED, "classes"];
const MASKED = ["mask", "colour_mask"];
const COPY = "copied"; // the part of the document that holds what was copied last

/** @type {Record<string, Entry>} */
export const ENTRIES = {
  original: { label: "Save the picture as it came", modes: ALL, needs: "picture", run: saveOriginal },
  composite: { label: "Save the picture with the drawing", modes: SAVED, needs: "drawing", run: saveComposite },
  drawing: { label: "Save the drawing alone", modes: COLOURED, needs: "drawing", run: saveDrawing },
  mask: { label: "Save the mask", modes: MASKED, needs: "drawing", run: saveMask },
  load: { label: "Load a mask file (white selects) ...", modes: MASKED, needs: "picture", run: chooseMask },
  copy: { label: "Copy the drawing", modes: COLOURED, needs: "drawing", run: copyDrawing },
  copyMask: { label: "Copy the mask", modes: MASKED, needs: "drawing", run: copyMask },
  paste: { label: "Paste the copied drawing or mask", modes: [...COLOURED, "mask"], needs: "copy", run: pasteCopy },
};

/** Whether an entry can do anything now. @param {Painter} painter @param {Entry} entry */
export function isUseful(painter, { needs }) {
  if (!painter.picture) return false;
  if (needs === "drawing") return painter.surface?.isEmpty() === false;
  return needs === "picture" || COPY in painter.session.parts;
}

/** @param {Painter} painter */
async function saveOriginal({ picture }) {
  if (!picture) return;
  save(picture.file ?? (await getPicture(String(picture.key))), picture.name);
}

/** @param {Painter} painter */
async function saveComposite(painter) {
  const { surface } = painter;
  if (!surface) return;
  const seen = pixelsOf(painter.frame.picture, surface.box);
  layOver(seen, surface);
  const pixels = new Uint8Array(seen.buffer);
  save(await encodeBitmap({ ...surface, pixels }), named(painter, "drawn"));
}

/** @param {Painter} painter */
async function saveDrawing(painter) {
  if (painter.surface) save(await encodeBitmap(painter.surface), named(painter, "drawing"));
}

/** @param {Painter} painter */
async function saveMask(painter) {
  if (painter.surface) save(await encodeBitmap(selection(painter.surface)), named(painter, "mask"));
}

/** The file may have any size and mode: the server brings it to the picture's size. @param {Painter} painter */
async function chooseMask(painter) {
  const chooser = document.createElement("input");
  chooser.type = "file";
  chooser.accept = "image/*";
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    if (file) void painter.during(() => loadMask(painter, file));
  });
  chooser.click();
}

/** The file's white becomes the mask, in place of what was there. @param {Painter} painter @param {Blob} file */
export async function loadMask(painter, file) {
  const { surface } = painter;
  const { key, width, height } = await putPicture(file);
  if (!surface) return;
  await putMask(painter, surface, key);
  if (width !== surface.width || height !== surface.height) {
    painter.frame.message.tell(
      `The mask was ${width} x ${height} and was brought to the picture's ${surface.width} x ${surface.height}.`,
    );
  }
}

/** @param {Painter} painter @param {Surface} surface @param {string} key of any picture */
async function putMask(painter, surface, key) {
  const mask = await decodePng(new Uint8Array(await (await getMask(key, surface.width, surface.height)).arrayBuffer()));
  if (painter.surface !== surface) return;
  const paint = { ...painter.brush(false), opacity: 1 };
  painter.replaceDrawing((area) => coverBox(surface, area, paint, (x, y) => mask.pixels[y * mask.width + x]));
}

/** @param {Painter} painter */
async function copyDrawing({ surface, session }) {
  if (surface)
    await session.savePart(COPY, { drawing: await putDrawing(await encodeBitmap(surface)), isColoured: true });
}

/** @param {Painter} painter */
async function copyMask({ surface, session }) {
  if (surface)
    await session.savePart(COPY, {
      drawing: await putDrawing(await encodeBitmap(selection(surface))),
      isColoured: false,
    });
}

/** @param {Painter} painter */
async function pasteCopy(painter) {
  const { surface, session } = painter;
  const copy = await session.part(COPY);
  if (!copy || !surface) return;
  if (!copy.isColoured || painter.isMask) return putMask(painter, surface, copy.drawing);
  const file = await getPicture(copy.drawing);
  const { width, height, pixels } = await decodePng(new Uint8Array(await file.arrayBuffer()));
  if (width !== surface.width || height !== surface.height) {
    throw new Error(
      `The copied drawing is ${width} x ${height}, this picture is ${surface.width} x ${surface.height}: they do not fit.`,
    );
  }
  painter.replaceDrawing(() => surface.pixels.set(pixels));
}

/** White where anything is painted, however faintly; a mask as it is. @param {Surface} surface */
function selection(surface) {
  if (surface.channels === 1) return surface;
  const pixels = new Uint8Array(surface.width * surface.height);
  for (let i = 0; i < pixels.length; i++) pixels[i] = surface.pixels[i * 4 + 3] ? 255 : 0;
  return { width: surface.width, height: surface.height, channels: /** @type {1} */ (1), pixels };
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {Painter} painter @param {string} what */
function named({ picture }, what) {
  return `${(picture?.name ?? "picture").replace(/\.[^.]*$/, "")}-${what}.png`;
}
