// What buttons and keys do at once, without a gesture on the canvas. A new command is an entry in COMMANDS.

import { hasScreenPicker, pickFromScreen, withRecent } from "./colour.js";
import { Edit } from "./history.js";
import { feather, grow, invert } from "./morphology.js";
import { resize } from "./pointers.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {{label: string, key: string, icon: string, run: (painter: Painter) => void}} Command */

const ZOOM_STEP = 1.25;
const SIZE_STEP = 1.2;

/** @type {Record<string, Command>} */
export const COMMANDS = {
  undo: { label: "Undo", key: "Ctrl + Z", icon: "undo", run: (painter) => painter.undo() },
  redo: { label: "Redo", key: "Ctrl + Y", icon: "redo", run: (painter) => painter.redo() },
  invert: { label: "Invert the mask", key: "I", icon: "invert", run: invertMask },
  clear: { label: "Clear the drawing", key: "Del", icon: "clear", run: clear },
  grow: {
    label: "Grow the mask by the edge width",
    key: "",
    icon: "grow",
    run: (painter) => reshape(painter, (mask, edge) => grow(mask, edge)),
  },
  shrink: {
    label: "Shrink the mask by the edge width",
    key: "",
    icon: "shrink",
    run: (painter) => reshape(painter, (mask, edge) => grow(mask, -edge)),
  },
  feather: {
    label: "Soften the mask's edge by the edge width",
    key: "",
    icon: "feather",
    run: (painter) => reshape(painter, (mask, edge) => feather(mask, edge / 2)),
  },
  open: {
    label: "Open a picture",
    key: "Ctrl + V pastes one",
    icon: "folder",
    run: (painter) => painter.frame.chooseFile(),
  },
  remove: { label: "Remove the picture", key: "", icon: "close", run: (painter) => painter.remove() },
  full: { label: "Full screen", key: "F", icon: "full", run: (painter) => toggleFull(painter) },
  out: { label: "Zoom out", key: "-", icon: "minus", run: ({ view }) => view.zoomMiddle(view.scale / ZOOM_STEP) },
  in: { label: "Zoom in", key: "+", icon: "plus", run: ({ view }) => view.zoomMiddle(view.scale * ZOOM_STEP) },
  fit: { label: "Fit to frame", key: "0", icon: "fit", run: ({ view }) => view.fit() },
  one: { label: "Actual size", key: "1", icon: "", run: ({ view }) => view.zoomMiddle(1) },
  smaller: { label: "Smaller brush", key: "[", icon: "minus", run: (painter) => resize(painter, 1 / SIZE_STEP) },
  larger: { label: "Larger brush", key: "]", icon: "plus", run: (painter) => resize(painter, SIZE_STEP) },
  screen: {
    label: "Pick a colour anywhere on the screen",
    key: "Alt + click picks from the picture",
    icon: "picker",
    run: (painter) => void pickColour(painter),
  },
};

/** @param {Painter} painter */
function clear(painter) {
  const { surface } = painter;
  const contents = surface?.contents();
  if (!surface || !contents) return;
  const edit = new Edit(surface);
  for (const _ of edit.touch(contents)) continue; // keeps what was there
  surface.pixels.fill(0);
  painter.commit(edit.finish());
  surface.extent = null;
}

/** @param {Painter} painter */
function invertMask(painter) {
  const { surface } = painter;
  if (!surface || !painter.isMask) return;
  const step = { undo: () => invert(surface), redo: () => invert(surface), bytes: 0 };
  step.redo();
  painter.history.push(step);
  painter.painted(surface.box);
}

/**
 * @param {Painter} painter
 * @param {(mask: import("./surface.js").Surface, edge: number) => import("./history.js").Patch | null} change
 */
function reshape(painter, change) {
  if (painter.surface && painter.isMask) painter.commit(change(painter.surface, painter.settings.edge));
}

/** @param {Painter} painter */
function toggleFull(painter) {
  const { root } = painter.frame;
  if (document.fullscreenElement === root) void document.exitFullscreen();
  else void root.requestFullscreen();
}

/** @param {Painter} painter */
async function pickColour(painter) {
  if (!hasScreenPicker()) return painter.frame.strip.colour?.click(); // the browser's own dialogue
  const colour = await pickFromScreen();
  if (colour) painter.set({ colour, recent: withRecent(painter.settings.recent, colour) });
}
