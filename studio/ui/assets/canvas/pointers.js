// Mouse, finger and pen on the canvas: who draws, who zooms, who pans. What a tool does with its gesture lies in
// `tools.js`.

import { LEAST_SIZE, MOST_SIZE } from "./settings.js";
import { TOOLS, panning } from "./tools.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./tools.js").Gesture} Gesture */

const WHEEL_ZOOM = 1.15;
const WHEEL_SIZE = 1.1;
const NOTCH = 100; // pixels that browsers scroll by a notch, or three lines
const PALM_MS = 500; // after the pen, fingers are the palm

export class Pointers {
  /** @param {Painter} painter */
  constructor(painter) {
    this.painter = painter;
    this.element = painter.frame.view;
    /** @type {Gesture | null} */
    this.gesture = null;
    this.gesturePointer = -1;
    /** @type {Map<number, PointerEvent>} fingers on the canvas */
    this.fingers = new Map();
    this.lastPen = -Infinity;
    this.isSpaceDown = false;
    this.isOver = false;
    this.turned = 0; // of the wheel, less than a notch
    this.listen();
  }

  listen() {
    const { element } = this;
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.up(event, false));
    element.addEventListener("pointercancel", (event) => this.up(event, true));
    element.addEventListener("pointerenter", () => this.enter(true));
    element.addEventListener("pointerleave", () => this.enter(false));
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("contextmenu", (event) => this.painter.picture && event.preventDefault());
  }

  /** @param {boolean} isOver */
  enter(isOver) {
    this.isOver = isOver;
    if (!isOver) this.painter.frame.ring.hidden = true;
  }

  /** An empty canvas asks for a file. @param {MouseEvent} event */
  click(event) {
    if (!this.painter.picture && !isControl(event.target)) this.painter.frame.chooseFile();
  }

  /** @param {PointerEvent} event */
  down(event) {
    const { painter } = this;
    if (isControl(event.target) || !painter.picture) return;
    painter.frame.root.focus({ preventScroll: true });
    if (!this.mayBegin(event) || this.gesture) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.gesture = this.gestureFor(event);
    this.gesturePointer = event.pointerId;
    painter.isBusy = this.gesture !== null;
  }

  /** A finger may not draw while another one is down, nor beside the pen. @param {PointerEvent} event */
  mayBegin(event) {
    const { painter } = this;
    if (event.pointerType === "pen") this.penSeen(event);
    if (event.pointerType !== "touch") return true;
    if (event.timeStamp - this.lastPen < PALM_MS) return false;
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size < 2) return painter.isPainted || !painter.view.isFitted; // else the finger scrolls the page
    this.element.setPointerCapture(event.pointerId);
    this.gesture?.cancel();
    this.ended();
    return false;
  }

  /** @param {PointerEvent} event */
  penSeen(event) {
    this.lastPen = event.timeStamp;
    if (this.painter.hasPen) return;
    this.painter.hasPen = true;
    this.painter.onChange(); // the pen's options show
  }

  /** @param {PointerEvent} event @returns {Gesture | null} */
  gestureFor(event) {
    const { painter } = this;
    const point = painter.view.toPicture(event.clientX, event.clientY);
    if (event.button === 1 || this.isSpaceDown) return panning(painter, point, event);
    if (painter.layer) return painter.layer.begin(point) ?? panning(painter, point, event);
    const picks = event.altKey && event.button === 0 && painter.isColoured;
    return TOOLS[picks ? "picker" : painter.tool].begin(painter, point, event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.showRing(event);
    if (this.fingers.has(event.pointerId)) {
      if (this.fingers.size === 2) this.pinch(event);
      this.fingers.set(event.pointerId, event);
    }
    if (event.pointerType === "pen") this.penSeen(event);
    if (event.pointerId === this.gesturePointer) for (const each of finely(event)) this.moveGesture(each);
  }

  /** @param {PointerEvent} event */
  moveGesture(event) {
    this.gesture?.move(this.painter.view.toPicture(event.clientX, event.clientY), event);
  }

  /** @param {PointerEvent} event @param {boolean} isCancelled */
  up(event, isCancelled) {
    this.fingers.delete(event.pointerId);
    if (!this.gesture || event.pointerId !== this.gesturePointer) return;
    if (isCancelled) this.gesture.cancel();
    else this.gesture.end(this.painter.view.toPicture(event.clientX, event.clientY), event);
    this.ended();
  }

  ended() {
    this.gesture = null;
    this.gesturePointer = -1;
    this.painter.isBusy = false;
  }

  /** Two fingers: the picture stays under them. @param {PointerEvent} event */
  pinch(event) {
    const other = /** @type {PointerEvent} */ (
      [...this.fingers.values()].find((finger) => finger.pointerId !== event.pointerId)
    );
    const before = /** @type {PointerEvent} */ (this.fingers.get(event.pointerId));
    const was = between(before, other);
    const is = between(event, other);
    const { view } = this.painter;
    view.pan(is.x - was.x, is.y - was.y);
    if (was.distance > 0) view.zoomTo((view.scale * is.distance) / was.distance, is.x, is.y);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const { painter } = this;
    if (!painter.picture) return;
    event.preventDefault(); // the page stays where it is
    const turn = turnOf(event);
    if ((event.ctrlKey || event.metaKey) && painter.isPainted) this.resizeBy(turn);
    else painter.view.zoomTo(painter.view.scale * WHEEL_ZOOM ** turn, event.clientX, event.clientY);
    this.showRing(event);
  }

  /** Whole notches only, which touch pads make of many small turns. @param {number} turn */
  resizeBy(turn) {
    this.turned += turn;
    const notches = Math.trunc(this.turned);
    this.turned -= notches;
    if (notches) resize(this.painter, WHEEL_SIZE ** notches);
  }

  /** The brush's true size under the pointer. @param {MouseEvent} event */
  showRing(event) {
    const { painter } = this;
    const { ring, view } = painter.frame;
    const hasRing = painter.layer ? painter.layer.isErasing : TOOLS[painter.tool].hasRing;
    const isShown = painter.picture !== null && hasRing && !this.isSpaceDown;
    ring.hidden = !isShown || /** @type {PointerEvent} */ (event).pointerType === "touch";
    if (ring.hidden) return;
    const frame = view.getBoundingClientRect();
    const across = painter.settings.size * painter.view.scale;
    ring.style.width = ring.style.height = `${across}px`;
    const left = event.clientX - frame.left - view.clientLeft - across / 2;
    const top = event.clientY - frame.top - view.clientTop - across / 2;
    ring.style.transform = `translate(${left}px, ${top}px)`;
  }
}

/** Notches of the wheel, up is positive; at most one at a time. @param {WheelEvent} event */
function turnOf({ deltaX, deltaY, deltaMode }) {
  const pixels = (deltaY || deltaX) * (deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : NOTCH / 3);
  return Math.max(-1, Math.min(1, -pixels / NOTCH));
}

/** All that the pointer passed since the last frame. @param {PointerEvent} event */
function finely(event) {
  const all = event.getCoalescedEvents?.() ?? [];
  return all.length ? all : [event];
}

/** Whether a click belongs to something that lies over the picture. @param {EventTarget | null} target */
function isControl(target) {
  return target instanceof Element && target.closest("button, input, form, .rc-message, .rc-bar") !== null;
}

/** @param {PointerEvent} one @param {PointerEvent} other */
function between(one, other) {
  return {
    x: (one.clientX + other.clientX) / 2,
    y: (one.clientY + other.clientY) / 2,
    distance: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
  };
}

/** @param {Painter} painter @param {number} factor */
export function resize(painter, factor) {
  const { size } = painter.settings;
  const wanted = Math.round(size * factor);
  const changed = wanted === size ? size + Math.sign(factor - 1) : wanted;
  painter.set({ size: Math.min(MOST_SIZE, Math.max(LEAST_SIZE, changed)) });
}
