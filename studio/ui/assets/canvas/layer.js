// A second picture on the canvas, not yet part of it: moved, scaled, turned, partly erased, made see-through, then
// flattened. Another way to change a layer is a field of Placement and its handle or control.

import { encodeBitmap } from "./encoder.js";
import { withPlaced } from "./layer_bar.js";
import { fromFile, fromKey, pixelsOf } from "./picture.js";
import { layOver, putDrawing } from "./server.js";
import { Stroke } from "./stroke.js";
import { Surface } from "./surface.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {{x: number, y: number}} Point */
/** Where its middle lies in picture pixels, how large, turned by how much (radians), how much it covers (0 to 1). */
/** @typedef {{x: number, y: number, scale: number, angle: number, opacity: number}} Placement */
/** @typedef {{picture: string, name: string, width: number, height: number, placement: Placement}} KeptLayer */

const FIRST_SHARE = 0.6; // of the picture's sides, at most, when it is put in

export class Layer {
  /** @param {Painter} painter @param {HTMLImageElement} image @param {string} name @param {Placement} [placement] */
  constructor(painter, image, name, placement) {
    this.painter = painter;
    this.name = name;
    this.surface = new Surface(image.naturalWidth, image.naturalHeight, 4);
    this.surface.pixels.set(pixelsOf(image, this.surface.box));
    this.placement = placement ?? placedIn(painter, this.surface);
    this.isErasing = false;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "rc-layer";
    this.canvas.width = this.surface.width;
    this.canvas.height = this.surface.height;
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.redraw(this.surface.box);
    this.controls = withPlaced(this);
    /** @type {string | null} where the server keeps its pixels */
    this.key = null;
    this.attach();
  }

  /** Shows it. */
  attach() {
    const { frame } = this.painter;
    frame.overlay.before(this.canvas);
    frame.view.append(...this.controls.elements);
    this.painter.layer = this;
    this.place();
    this.told();
  }

  /** Takes it away; it can be attached again. */
  detach() {
    this.canvas.remove();
    for (const element of this.controls.elements) element.remove();
    if (this.painter.layer === this) this.painter.layer = null;
    this.told();
  }

  told() {
    this.painter.changed({ drawing: false });
    this.painter.onChange();
  }

  /** @param {Partial<Placement>} changes */
  set(changes) {
    Object.assign(this.placement, changes);
    this.place();
    this.painter.changed({ drawing: false });
  }

  /** Puts it where it belongs on the screen. */
  place() {
    const { left, top, scale } = this.painter.view;
    const { x, y, angle, opacity } = this.placement;
    const { width, height } = this.surface;
    const size = this.placement.scale * scale;
    const middle = `translate(${left + x * scale}px, ${top + y * scale}px)`;
    const centred = `translate(${-width / 2}px, ${-height / 2}px)`;
    this.canvas.style.transform = `${middle} rotate(${angle}rad) scale(${size}) ${centred}`;
    this.canvas.style.opacity = String(opacity);
    this.controls.place();
  }

  /** @param {import("./box.js").Box} box */
  redraw({ left, top, right, bottom }) {
    const { width, pixels } = this.surface;
    const part = this.context.createImageData(right - left, bottom - top);
    for (let y = top; y < bottom; y++) {
      const from = (y * width + left) * 4;
      part.data.set(pixels.subarray(from, from + part.width * 4), (y - top) * part.width * 4);
    }
    this.context.putImageData(part, left, top);
  }

  /** A point of the picture in the layer's own pixels. @param {Point} point */
  toLayer({ x, y }) {
    const { angle, scale } = this.placement;
    const across = (x - this.placement.x) / scale;
    const down = (y - this.placement.y) / scale;
    return {
      x: across * Math.cos(angle) + down * Math.sin(angle) + this.surface.width / 2,
      y: down * Math.cos(angle) - across * Math.sin(angle) + this.surface.height / 2,
    };
  }

  /** @param {Point} point of the picture */
  contains(point) {
    const { x, y } = this.toLayer(point);
    return x >= 0 && y >= 0 && x < this.surface.width && y < this.surface.height;
  }

  /**
   * The layer's corner (-1 or 1 each way; 0, 0 is the middle) in picture pixels.
   * @param {number} right @param {number} down @returns {Point}
   */
  corner(right, down) {
    const { x, y, scale, angle } = this.placement;
    const across = (right * this.surface.width * scale) / 2;
    const along = (down * this.surface.height * scale) / 2;
    return {
      x: x + across * Math.cos(angle) - along * Math.sin(angle),
      y: y + across * Math.sin(angle) + along * Math.cos(angle),
    };
  }

  /**
   * Moving it, or erasing from it; null beside it.
   * @param {Point} start @returns {import("./tools.js").Gesture | null}
   */
  begin(start) {
    if (this.isErasing) return this.erasing(start);
    return this.contains(start) ? this.moving(start) : null;
  }

  /** @param {Point} start @returns {import("./tools.js").Gesture} */
  moving(start) {
    const { x, y } = this.placement;
    return {
      move: (point) => this.set({ x: x + point.x - start.x, y: y + point.y - start.y }),
      end() {},
      cancel: () => this.set({ x, y }),
    };
  }

  /** @param {Point} start @returns {import("./tools.js").Gesture} */
  erasing(start) {
    const brush = this.painter.brush(true);
    const stroke = new Stroke(this.surface, { ...brush, size: brush.size / this.placement.scale });
    const moveTo = (/** @type {Point} */ point) => {
      const { x, y } = this.toLayer(point);
      const changed = stroke.moveTo(x, y);
      if (changed) this.redraw(changed);
    };
    moveTo(start);
    return {
      move: moveTo,
      end: () => this.erased(stroke.finish()),
      cancel: () => {
        stroke.cancel();
        this.redraw(this.surface.box);
      },
    };
  }

  /** @param {import("./history.js").Patch | null} patch */
  erased(patch) {
    if (!patch) return;
    const redrawn = () => {
      patch.apply();
      this.redraw(patch.box);
    };
    this.key = null;
    this.painter.history.push({ undo: redrawn, redo: redrawn, bytes: patch.bytes });
    this.told();
  }

  /** It becomes part of the picture. The server lays it over the original, so that nothing else changes. */
  async flatten() {
    const { painter } = this;
    const key = await painter.keyOfPicture();
    const placed = this.rendered();
    if (placed) {
      const layer = await putDrawing(await encodeBitmap(placed.bitmap));
      const kept = await layOver(key, { layer, left: placed.left, top: placed.top });
      const picture = await fromKey({ ...kept, picture: kept.key, name: painter.picture?.name ?? "picture.png" });
      if (painter.layer !== this) return; // discarded meanwhile
      this.detach();
      painter.replace(picture, () => this.attach());
      painter.frame.message.tell("The layer is part of the picture now.", [
        { label: "Undo", act: () => painter.undo() },
      ]);
    } else {
      this.detach();
    }
  }

  /** As it looks within the picture, with its place there; null where it lies outside. */
  rendered() {
    const corners = [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ].map(([right, down]) => this.corner(right, down));
    const left = Math.max(0, Math.floor(Math.min(...corners.map(({ x }) => x))));
    const top = Math.max(0, Math.floor(Math.min(...corners.map(({ y }) => y))));
    const width = Math.min(this.painter.width, Math.ceil(Math.max(...corners.map(({ x }) => x)))) - left;
    const height = Math.min(this.painter.height, Math.ceil(Math.max(...corners.map(({ y }) => y)))) - top;
    if (width <= 0 || height <= 0) return null;
    const canvas = new OffscreenCanvas(width, height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
      canvas.getContext("2d", { willReadFrequently: true })
    );
    const { x, y, scale, angle, opacity } = this.placement;
    context.imageSmoothingQuality = "high";
    context.globalAlpha = opacity;
    context.translate(x - left, y - top);
    context.rotate(angle);
    context.scale(scale, scale);
    context.drawImage(this.canvas, -this.surface.width / 2, -this.surface.height / 2);
    const pixels = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
    return { left, top, bitmap: { width, height, channels: /** @type {4} */ (4), pixels } };
  }

  /** What the document keeps of it. @returns {Promise<KeptLayer>} */
  async kept() {
    const { width, height } = this.surface;
    const key = this.key ?? (await putDrawing(await encodeBitmap(this.surface)));
    this.key = key;
    return { picture: key, name: this.name, width, height, placement: { ...this.placement } };
  }
}

/** @param {Painter} painter @param {Surface} surface @returns {Placement} */
function placedIn(painter, { width, height }) {
  const scale = Math.min(1, (FIRST_SHARE * painter.width) / width, (FIRST_SHARE * painter.height) / height);
  return { x: painter.width / 2, y: painter.height / 2, scale, angle: 0, opacity: 1 };
}

/**
 * Puts a file on the canvas as a layer; one that is there already is flattened first.
 * @param {Painter} painter @param {Blob} file @param {string} name
 */
export async function addLayer(painter, file, name) {
  if (!painter.picture) return painter.load(file, name);
  await painter.during(async () => {
    await painter.layer?.flatten();
    const { url } = await fromFile(file, name);
    await openLayer(painter, url, name);
  });
}

/** @param {Painter} painter @param {KeptLayer} kept */
export async function restoreLayer(painter, kept) {
  const { url } = await fromKey(kept);
  await openLayer(painter, url, kept.name, kept.placement);
}

/** @param {Painter} painter @param {string} url @param {string} name @param {Placement} [placement] */
async function openLayer(painter, url, name, placement) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return new Layer(painter, image, name, placement);
}
