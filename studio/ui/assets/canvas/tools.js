// The tools that stay chosen. A new tool is an entry in TOOLS (and its name in the rails of `frame.js`).

import { colourText, withRecent } from "./colour.js";
import { pixelsOf } from "./picture.js";
import { fillAt } from "./fill.js";
import { lasso, rectangle, wand } from "./shapes.js";
import { Stroke } from "./stroke.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {{x: number, y: number}} Point in picture pixels */
/**
 * @typedef {{move: (point: Point, event: PointerEvent) => void, end: (point: Point, event: PointerEvent) => void,
 *   cancel: () => void}} Gesture
 */
/** @typedef {(painter: Painter, point: Point, event: PointerEvent) => Gesture | null} Begin */
/** @typedef {{label: string, key: string, icon: string, hasRing?: boolean, begin: Begin}} Tool */

const AXIS_AFTER = 3; // pixels of the screen

/** @type {Record<string, Tool>} */
export const TOOLS = {
  brush: { label: "Brush", key: "B", icon: "brush", hasRing: true, begin: (...given) => stroke(...given, false) },
  eraser: { label: "Eraser", key: "E", icon: "eraser", hasRing: true, begin: (...given) => stroke(...given, true) },
  rectangle: { label: "Rectangle", key: "R", icon: "rectangle", begin: rectangle },
  lasso: { label: "Lasso", key: "L", icon: "lasso", begin: lasso },
  fill: {
    label: "Fill",
    key: "G",
    icon: "fill",
    begin: (painter, point, event) => {
      fillAt(painter, point, event.button === 2);
      return null;
    },
  },
  wand: { label: "Smart select: drag a box around a thing", key: "W", icon: "wand", begin: wand },
  picker: {
    label: "Pick a colour",
    key: "Alt + click",
    icon: "picker",
    begin: (painter, point) => {
      pick(painter, point);
      return null;
    },
  },
  pan: { label: "Move the view", key: "Space", icon: "hand", begin: panning },
};

/**
 * Brush and eraser. The right button erases. With Shift a click draws a straight line from the last stroke's end, a
 * drag
 * stays level or upright.
 * @param {Painter} painter @param {Point} point @param {PointerEvent} event @param {boolean} erases
 * @returns {Gesture | null}
 */
function stroke(painter, point, event, erases) {
  if (!painter.surface) return null;
  const made = new Stroke(painter.surface, painter.brush(erases || event.button === 2));
  if (event.shiftKey && painter.lastPoint) painter.view.changed(made.moveTo(painter.lastPoint.x, painter.lastPoint.y));
  let end = point;
  /** @type {"x" | "y" | null} */
  let axis = null;
  painter.view.changed(made.moveTo(point.x, point.y, pressureOf(event)));
  return {
    move(next, moved) {
      if (!moved.shiftKey) axis = null;
      else axis ??= axisOf(point, next, AXIS_AFTER / painter.view.scale);
      if (moved.shiftKey && !axis) return;
      end = { x: axis === "y" ? end.x : next.x, y: axis === "x" ? end.y : next.y };
      painter.view.changed(made.moveTo(end.x, end.y, pressureOf(moved)));
    },
    end() {
      painter.lastPoint = end;
      painter.commit(made.finish());
      if (painter.isColoured && !made.brush.erases) {
        painter.set({ recent: withRecent(painter.settings.recent, painter.settings.colour) });
      }
    },
    cancel: () => painter.view.changed(made.cancel()),
  };
}

/** Mouse and finger always press fully. @param {PointerEvent} event */
const pressureOf = (event) => (event.pointerType === "pen" ? event.pressure : 1);

/** @param {Point} from @param {Point} to @param {number} least @returns {"x" | "y" | null} */
function axisOf(from, to, least) {
  const across = Math.abs(to.x - from.x);
  const down = Math.abs(to.y - from.y);
  if (Math.max(across, down) < least) return null;
  return across >= down ? "x" : "y";
}

/** @param {Painter} painter @param {Point} _ @param {PointerEvent} event @returns {Gesture} */
export function panning(painter, _, event) {
  let { clientX, clientY } = event;
  return {
    move(_point, moved) {
      painter.view.pan(moved.clientX - clientX, moved.clientY - clientY);
      ({ clientX, clientY } = moved);
    },
    end() {},
    cancel() {},
  };
}

/** The colour that is seen at a point becomes the brush's. @param {Painter} painter @param {Point} point */
export function pick(painter, point) {
  const seen = seenAt(painter, Math.floor(point.x), Math.floor(point.y));
  if (seen) painter.set({ colour: seen, recent: withRecent(painter.settings.recent, seen) });
}

/** @param {Painter} painter @param {number} x @param {number} y @returns {string | null} */
export function seenAt(painter, x, y) {
  if (!painter.picture || x < 0 || y < 0 || x >= painter.width || y >= painter.height) return null;
  const under = pixelsOf(painter.frame.picture, { left: x, top: y, right: x + 1, bottom: y + 1 });
  const { surface } = painter;
  if (surface?.channels !== 4) return colourText(under);
  const at = (y * surface.width + x) * 4;
  const alpha = surface.pixels[at + 3] / 255;
  return colourText([0, 1, 2].map((i) => Math.round(surface.pixels[at + i] * alpha + under[i] * (1 - alpha))));
}
