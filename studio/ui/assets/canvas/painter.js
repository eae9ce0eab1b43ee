// One canvas: its picture, its drawing, its history, its tools. What the tools do lies in their own files; a new
// command of the whole canvas is a method here and a line in `commands.js`.

import { COMMANDS } from "./commands.js";
import { parseColour } from "./colour.js";
import { Exchange } from "./exchange.js";
import { Edit, History } from "./history.js";
import { restoreLayer } from "./layer.js";
import { blankPicture, fromFile, fromKey } from "./picture.js";
import { decodePng } from "./png.js";
import { getPicture } from "./server.js";
import { loadSettings, saveSettings } from "./settings.js";
import { Surface } from "./surface.js";
import { View } from "./view.js";

/** @typedef {import("./exchange.js").Value} Value */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./box.js").Box} Box */
/** @typedef {"picture" | "sketch" | "mask" | "colour_mask" | "classes"} Mode */
/** @typedef {{id: string, mode: Mode, label: string, small: boolean}} Options */
/**
 * @typedef {{value: () => Value, setValue: (value: Value) => void, watchValue: (react: () => void) => void, trigger:
 *   (name: string) => void}} Host
 */
/** @typedef {{picture: Picture | null, surface: Surface | null, onShow?: () => void}} State */

export class Painter {
  /**
   * @param {Options} options @param {Host} host @param {import("./frame.js").Frame} frame
   * @param {import("./session.js").Session} session
   */
  constructor(options, host, frame, session) {
    this.options = options;
    this.host = host;
    this.frame = frame;
    this.session = session;
    this.settings = loadSettings(options.mode);
    this.view = new View(frame.view, frame.picture, frame.overlay);
    this.history = new History();
    this.exchange = new Exchange(this, host.value());
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {Surface | null} */
    this.surface = null;
    this.tool = this.isPainted ? "brush" : "pan";
    this.isBusy = false; // a gesture is under way
    this.hasPen = false; // was seen on this canvas
    /** @type {Set<Promise<unknown>>} what will change the canvas as soon as it is done */
    this.pending = new Set();
    this.loads = 0;
    /** @type {import("./layer.js").Layer | null} a second picture that is not yet part of the first */
    this.layer = null;
    /** Called after anything that the frame shows has changed. */
    this.onChange = () => {};
    /** @type {{x: number, y: number} | null} where the last stroke ended */
    this.lastPoint = null;
  }

  get isPainted() {
    return this.options.mode !== "picture";
  }

  get isMask() {
    return this.options.mode === "mask";
  }

  /** A map of classes: each pixel has one colour, none between two. */
  get isSharp() {
    return this.options.mode === "classes";
  }

  get isColoured() {
    return this.isPainted && !this.isMask;
  }

  get width() {
    return this.picture?.width ?? 0;
  }

  get height() {
    return this.picture?.height ?? 0;
  }

  /** What it takes to keep the drawing; 0 where nothing is drawn. */
  get drawnBytes() {
    return this.surface && !this.surface.isEmpty() ? this.surface.pixels.length : 0;
  }

  /** The paint of a gesture. @param {boolean} erases @returns {import("./stroke.js").Brush} */
  brush(erases) {
    const { size, hardness, opacity, pressure, colour, maskColour } = this.settings;
    const isSharp = this.isSharp;
    const soft = isSharp ? { hardness: 1, opacity: 1 } : { hardness, opacity };
    return { size, pressure, ...soft, erases, isSharp, colour: parseColour(this.isMask ? maskColour : colour) };
  }

  /** @param {Partial<import("./settings.js").Settings>} changes */
  set(changes) {
    Object.assign(this.settings, changes);
    saveSettings(this.options.mode, this.settings);
    if ("maskColour" in changes || "maskOpacity" in changes) this.showLook();
    this.onChange();
  }

  /** @param {string} tool */
  choose(tool) {
    this.tool = tool;
    this.onChange();
  }

  // ---- the picture

  /**
   * Puts in a file of the user; what is on the canvas stays where the file is no picture.
   * @param {File | Blob} file @param {string} [name]
   */
  async load(file, name = /** @type {File} */ (file).name || "pasted.png") {
    await this.loadFrom(() => fromFile(file, name));
  }

  /** @param {number} width @param {number} height @param {string} colour "#rrggbb" */
  async blank(width, height, colour) {
    await this.loadFrom(() => blankPicture(width, height, colour));
  }

  /** @param {() => Promise<Picture>} open */
  async loadFrom(open) {
    const load = ++this.loads;
    const isShown = await this.during(async () => {
      const picture = await open();
      if (load !== this.loads) return false; // a later one has overtaken it
      this.replace(picture);
      return true;
    });
    if (isShown) await this.flushed(() => this.host.trigger("upload"));
  }

  /**
   * Something that takes a while; events wait for it, and the user is told where it fails.
   * @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>}
   */
  async during(work) {
    const running = work();
    this.pending.add(running);
    try {
      return await running;
    } catch (error) {
      this.complain(error);
    } finally {
      this.pending.delete(running);
    }
  }

  /**
   * Another picture, as a step that can be undone; the drawing stays where the size is the same.
   * @param {Picture | null} picture @param {() => void} [onUndo] what comes back with the picture before
   */
  replace(picture, onUndo) {
    const before = { picture: this.picture, surface: this.surface, onShow: onUndo };
    const isKept = picture?.width === this.width && picture.height === this.height;
    const after = { picture, surface: isKept ? this.surface : this.newSurface(picture) };
    const drawn = this.drawnBytes;
    this.history.push({
      undo: () => this.setState(before),
      redo: () => this.setState(after),
      bytes: isKept ? 0 : drawn,
    });
    this.setState(after);
    this.frame.message.clear();
    if (before.picture) this.frame.tellReplaced(this, drawn > 0, isKept);
  }

  /** @param {State} state */
  setState(state) {
    const wasRemoved = this.picture !== null && state.picture === null;
    this.show(state);
    this.changed({ drawing: true });
    this.announce(state.picture ? "picture" : "removed");
    state.onShow?.();
    if (wasRemoved) void this.flushed(() => this.host.trigger("clear"));
  }

  /** Once all lies on the server; the user is told where that fails. @param {() => void} then */
  async flushed(then) {
    try {
      await this.exchange.flush();
      then();
    } catch (error) {
      this.complain(error);
    }
  }

  /** @param {State} state */
  show({ picture, surface }) {
    this.picture = picture;
    this.surface = surface;
    this.lastPoint = null;
    if (!picture) this.layer?.detach();
    this.frame.showPicture(picture);
    this.view.show(picture, surface);
    this.showLook();
    this.onChange();
  }

  /** @param {{width: number, height: number} | null} size */
  newSurface(size) {
    if (!size || !this.isPainted) return null;
    return new Surface(size.width, size.height, this.isMask ? 1 : 4);
  }

  remove() {
    this.loads++;
    if (this.picture) this.replace(null);
  }

  /**
   * The server reads the file at another size than the browser: the server is right.
   * @param {{key: string, width: number, height: number}} kept
   */
  async correctSize({ key, width, height }) {
    const picture = await fromKey({ picture: key, name: this.picture?.name ?? "", width, height });
    this.show({ picture, surface: this.newSurface(picture) });
    this.changed({ drawing: true });
  }

  showLook() {
    this.view.maskColour = parseColour(this.settings.maskColour);
    this.view.overlay.style.opacity = String(this.isMask ? this.settings.maskOpacity : 1);
    this.view.changed(this.surface?.extent ?? null);
  }

  // ---- the drawing

  /** Takes up a finished change of the drawing. @param {import("./history.js").Patch | null} patch */
  commit(patch) {
    if (!patch || patch.surface !== this.surface) return; // the picture was replaced under the gesture
    this.history.push(patch);
    this.painted(patch.box);
  }

  /** Another drawing in the place of what was there, as one step. @param {(area: Box) => void} draw */
  replaceDrawing(draw) {
    const { surface } = this;
    if (!surface) return;
    const edit = new Edit(surface);
    for (const _ of edit.touch(surface.box)) continue; // keeps what was there
    surface.pixels.fill(0);
    draw(surface.box);
    this.commit(edit.finish());
    surface.contents();
  }

  /** @param {Box | null} box */
  painted(box) {
    this.view.changed(box);
    this.changed({ drawing: true });
    this.announce("drawing");
    this.onChange();
  }

  undo() {
    this.stepped(this.history.undo());
  }

  redo() {
    this.stepped(this.history.redo());
  }

  /** @param {import("./history.js").Step | undefined} step */
  stepped(step) {
    if (step) this.painted(this.surface?.extent ?? null);
  }

  // ---- exchange

  /** @param {{drawing: boolean}} what */
  changed(what) {
    this.exchange.changed(what);
  }

  /** For an event that reads the canvas: what is shown is what is sent, so a layer becomes part of the picture. */
  async flush() {
    await Promise.allSettled(this.pending);
    await this.layer?.flatten();
    return this.exchange.flush();
  }

  /** Where the server keeps the picture, which is sent if it was not yet. */
  async keyOfPicture() {
    return String((await this.exchange.sendPicture())?.picture);
  }

  /** The server has everything: the page's events get this value, the document keeps it. @param {Value} value */
  tell(value) {
    const before = this.host.value();
    this.host.setValue(value);
    this.keep(value).catch((error) => this.complain(error));
    if (value.picture !== null && before?.picture === value.picture && before.drawing !== value.drawing)
      this.host.trigger("input");
  }

  /** The document of this tab keeps it. @param {Value} value */
  async keep(value) {
    const layer = (await this.layer?.kept()) ?? null;
    await this.session.savePart(`canvas:${this.options.id}`, { value, layer });
  }

  // ---- marks, for the page

  /** @param {number} width @param {number} height @param {string | number} resizeMode */
  showTarget(width, height, resizeMode) {
    this.frame.marks.showTarget(this, width, height, resizeMode);
  }

  /** @param {Box | null} box */
  showBox(box) {
    this.frame.marks.showBox(box);
  }

  clear() {
    COMMANDS.clear.run(this);
  }

  /**
   * Shows what Python has set, or what was kept.
   * @param {Value} value @param {import("./layer.js").KeptLayer | null} layer
   */
  async restore(value, layer = null) {
    const load = ++this.loads;
    this.exchange.settle(value);
    try {
      const state = await this.stateOf(value);
      if (load !== this.loads) return;
      this.history.clear();
      this.layer?.detach();
      this.show(state);
      this.announce(state.picture ? "picture" : "removed");
      if (layer) await restoreLayer(this, layer);
    } catch (error) {
      this.show({ picture: null, surface: null }); // what is shown is what is sent; the document keeps what it has
      this.exchange.settle({ ...value, picture: null, drawing: null });
      const again = { label: "Try again", act: () => void this.restore(value, layer) };
      this.frame.message.complain(error instanceof Error ? error.message : String(error), [again]);
    }
  }

  /** @param {Value} value @returns {Promise<State>} */
  async stateOf(value) {
    const picture = value.picture ? await fromKey(/** @type {any} */ (value)) : null;
    const surface = this.newSurface(picture);
    if (surface && value.drawing) await fillFrom(surface, value.drawing);
    return { picture, surface };
  }

  /** @param {string} kind */
  announce(kind) {
    const detail = { id: this.options.id, kind, width: this.width, height: this.height };
    this.frame.root.dispatchEvent(new CustomEvent("redraw-canvas", { bubbles: true, detail }));
  }

  /** @param {unknown} error */
  complain(error) {
    this.frame.message.complain(error instanceof Error ? error.message : String(error));
  }
}

/** @param {Surface} surface @param {string} key of a drawing */
async function fillFrom(surface, key) {
  const file = new Uint8Array(await (await getPicture(key)).arrayBuffer());
  const { width, height, channels, pixels } = await decodePng(file);
  if (width !== surface.width || height !== surface.height || channels !== surface.channels) {
    throw new Error("The drawing has another size than its picture and was left out");
  }
  surface.pixels.set(pixels);
  surface.extent = surface.box;
  surface.contents();
}
