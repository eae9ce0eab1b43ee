// Brings to the server what is on the canvas, and takes up what Python sets. What is not sent stays marked as not sent
// until it has arrived, whatever goes wrong in between.

import { encodeDrawing } from "./encoder.js";
import { putDrawing, putPicture } from "./server.js";

/**
 * @typedef {{canvas: string, set: string, picture: string | null, name: string, width: number, height: number, drawing:
 *   string | null}} Value
 */
/** @typedef {import("./painter.js").Painter} Painter */

const DELAY_MS = 600;

export class Exchange {
  /** @param {Painter} painter @param {Value} value */
  constructor(painter, value) {
    this.painter = painter;
    this.value = value;
    this.revision = 0; // of what is shown
    this.sentRevision = 0; // of what `value` says
    this.drawingRevision = 0;
    this.sentDrawing = 0;
    this.timer = 0;
    /** @type {Promise<Value>} */
    this.running = Promise.resolve(value);
  }

  get isSent() {
    return this.revision === this.sentRevision;
  }

  /** Something changed; it goes to the server when the user pauses. @param {{drawing: boolean}} what */
  changed({ drawing }) {
    this.revision++;
    if (drawing) this.drawingRevision++;
    this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.painter.isBusy) return this.schedule();
      this.flush().catch((error) => this.painter.complain(error));
    }, DELAY_MS);
  }

  /** All that is shown lies on the server when this returns, and the value says so. Raises where that failed. */
  flush() {
    clearTimeout(this.timer);
    this.running = this.running.catch(() => {}).then(() => this.send());
    return this.running;
  }

  /** @returns {Promise<Value>} */
  async send() {
    while (!this.isSent) {
      const { revision } = this;
      const picture = await this.sendPicture();
      const drawing = picture ? await this.sendDrawing() : null;
      if (revision !== this.revision) continue; // it was painted on in the meantime
      this.value = { ...this.value, ...(picture ?? NOTHING), drawing };
      this.sentRevision = revision;
      this.painter.tell(this.value);
    }
    return this.value;
  }

  async sendPicture() {
    const { picture } = this.painter;
    if (!picture) return null;
    if (!picture.key) {
      const kept = await putPicture(/** @type {Blob} */ (picture.file));
      picture.key = kept.key;
      if (kept.width !== picture.width || kept.height !== picture.height) await this.painter.correctSize(kept);
    }
    return { picture: picture.key, name: picture.name, width: picture.width, height: picture.height };
  }

  async sendDrawing() {
    const { surface } = this.painter;
    if (this.sentDrawing === this.drawingRevision) return this.value.drawing;
    const revision = this.drawingRevision;
    const drawing = surface && !surface.isEmpty() ? await putDrawing(await encodeDrawing(surface)) : null;
    if (revision === this.drawingRevision) {
      this.sentDrawing = revision;
      this.value = { ...this.value, drawing };
    }
    return drawing;
  }

  /** The canvas shows this value now, which the server knows. @param {Value} value */
  settle(value) {
    clearTimeout(this.timer);
    this.value = value;
    this.sentRevision = ++this.revision;
    this.sentDrawing = ++this.drawingRevision;
  }
}

const NOTHING = { picture: null, name: "", width: 0, height: 0 };
