// The door of the canvas: Gradio mounts canvases here, pages speak to them through window.RedrawCanvas. What pages may
// call is described in `studio/ui/canvas/paint_canvas.py`; a new word for pages is a line in `door`.

import { Frame } from "./frame.js";
import { acceptDrops, isVisible, listen } from "./keys.js";
import { Painter } from "./painter.js";
import { Pointers } from "./pointers.js";
import { Session } from "./session.js";

/** @typedef {import("./exchange.js").Value} Value */
/** @typedef {import("./keys.js").Canvas} Canvas */
/** @typedef {import("./painter.js").Options} Options */
/** @typedef {import("./painter.js").Host} Host */

/** @type {Map<string, Canvas>} */
const canvases = new Map();
const session = new Session();
let lastUsed = "";

/** @param {HTMLElement} root @param {Options} options @param {Host} host */
export async function mount(root, options, host) {
  const frame = new Frame(root, options);
  const painter = new Painter(options, host, frame, session);
  const canvas = { painter, pointers: new Pointers(painter) };
  canvases.set(options.id, canvas);
  frame.connect(painter);
  acceptDrops(canvas);
  root.addEventListener("pointerdown", () => (lastUsed = options.id), true);
  host.watchValue(() => takeUp(painter, host.value()));
  const { loads } = painter;
  const kept = await session.part(`canvas:${options.id}`);
  if (loads !== painter.loads) return painter; // something was put in meanwhile
  const value = newest(host.value(), kept?.value);
  if (value !== host.value()) host.setValue(value);
  if (value.picture) await painter.restore(value, value === kept?.value ? kept.layer : null);
  return painter;
}

/**
 * What Python has set anew wins over what was kept, which wins over what the page began with.
 * @param {Value} value @param {Value | undefined} kept
 */
function newest(value, kept) {
  if (!kept) return value;
  return value.set === "start" || value.set === kept.set ? kept : value;
}

/** @param {Painter} painter @param {Value | null} value */
function takeUp(painter, value) {
  if (!value || value.set === painter.exchange.value.set) return; // it comes from here
  painter
    .restore(value)
    .then(() => painter.keep(value))
    .catch((error) => painter.complain(error));
}

/** @param {unknown} value */
function isCanvasValue(value) {
  return typeof value === "object" && value !== null && "canvas" in value && "set" in value && "drawing" in value;
}

/** @param {Value} value */
async function flushed(value) {
  const canvas = canvases.get(value.canvas);
  const kept = await session.part(`canvas:${value.canvas}`);
  if (!canvas) return newest(value, kept?.value);
  try {
    return await canvas.painter.flush();
  } catch (error) {
    canvas.painter.complain(error);
    throw error; // the event must not run with what was painted before
  }
}

const inUse = () => [...canvases.values()].sort((one) => (one.painter.options.id === lastUsed ? -1 : 1));

const door = {
  session,
  /** @param {string} id */
  get: (id) => canvases.get(id)?.painter,
  /** For `js=` of an event: the same values, those of canvases as they are now. @param {unknown[]} values */
  flush: (values) =>
    Promise.all(values.map((value) => (isCanvasValue(value) ? flushed(/** @type {Value} */ (value)) : value))),
  /** @param {number} width @param {number} height @param {string | number} resizeMode */
  showTarget(width, height, resizeMode) {
    for (const canvas of canvases.values()) if (isVisible(canvas)) canvas.painter.showTarget(width, height, resizeMode);
  },
  /** Opens the pose editor. @param {import("./pose/editor.js").Told} told */
  openPoses: async (told) => (await import("./pose/main.js")).openPoses(told, session),
  /** What the server made of the poses that were sent; empty: all is well. @param {string} problem */
  answeredPoses: async (problem) => (await import("./pose/main.js")).answeredPoses(problem, session),
  /** Opens the painter of classes. @param {import("./classes/editor.js").Told} told */
  openClasses: async (told) => (await import("./classes/editor.js")).openClasses(told, mount),
  /** What the server made of the map that was sent; empty: all is well. @param {string} problem */
  answeredClasses: async (problem) => (await import("./classes/editor.js")).answeredClasses(problem),
  /** What an editor hands over, for the event that it starts. @type {any} */
  outgoing: null,
};

if (!("RedrawCanvas" in window)) {
  Object.assign(window, { RedrawCanvas: door });
  listen(inUse);
}
