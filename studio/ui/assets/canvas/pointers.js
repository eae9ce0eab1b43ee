// Mouse, finger and pen on the canvas: who draws, who zooms, who pans. What a tool does with its gesture lies in `tools.js`.

import { LEAST_SIZE, MOST_SIZE } from "./settings.js";
import { TOOLS, panning, pick } from "./tools.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./tools.js").Gesture} Gesture */

const WHEEL_ZOOM = 1.15;
const WHEEL_SIZE = 1.1;
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
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("contextmenu", (event) => this.painter.picture && event.preventDefault());
  }

  /** @param {boolean} isOver */
  enter(isOver) {
    this.isOver = isOver;
    if (!isOver) this.painter.frame.ring.hidden = true;
  }

  /** @param {PointerEvent} event */
  down(event) {
    const { painter } = this;
    if (/** @type {Element} */ (event.target).closest("button, input, .rc-message, .rc-layer")) return;
    painter.frame.root.focus({ preventScroll: true });
    if (!painter.picture) {
      if (event.button === 0 && event.pointerType !== "touch") painter.frame.chooseFile();
      return;
    }
    if (event.pointerType === "pen") this.lastPen = event.timeStamp;
    if (event.pointerType === "touch" && !this.fingerDown(event)) return;
    if (this.gesture) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.begin(event);
  }

  /** Whether this finger may draw: not while another one is down, nor beside the pen. @param {PointerEvent} event */
  fingerDown(event) {
    if (event.timeStamp - this.lastPen < PALM_MS) return false;
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size < 2) return true;
    this.element.setPointerCapture(event.pointerId);
    this.gesture?.cancel();
    this.ended();
    return false;
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const { painter } = this;
    const point = painter.view.toPicture(event.clientX, event.clientY);
    if (event.button === 1 || this.isSpaceDown) this.gesture = panning(painter, event);
    else if (event.altKey && event.button === 0 && !painter.isMask) pick(painter, point);
    else if (event.button === 0 || event.button === 2) this.gesture = TOOLS[painter.tool].begin?.(painter, point, event) ?? null;
    painter.isBusy = this.gesture !== null;
    this.gesturePointer = event.pointerId;
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.showRing(event);
    if (this.fingers.has(event.pointerId) && this.fingers.size === 2) return this.pinch(event);
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, event);
    if (!this.gesture || event.pointerId !== this.gesturePointer) return;
    if (event.pointerType === "pen") this.lastPen = event.timeStamp;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) {
      this.gesture.move(this.painter.view.toPicture(each.clientX, each.clientY), each);
    }
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
    const other = /** @type {PointerEvent} */ ([...this.fingers.values()].find((finger) => finger.pointerId !== event.pointerId));
    const before = /** @type {PointerEvent} */ (this.fingers.get(event.pointerId));
    this.fingers.set(event.pointerId, event);
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
    const turn = -Math.sign(event.deltaY || event.deltaX);
    if ((event.ctrlKey || event.metaKey) && painter.isPainted) {
      resize(painter, WHEEL_SIZE ** turn);
      this.showRing(event);
    } else {
      painter.view.zoomTo(painter.view.scale * WHEEL_ZOOM ** turn, event.clientX, event.clientY);
      this.showRing(event);
    }
  }

  /** The brush's true size under the pointer. @param {MouseEvent} event */
  showRing(event) {
    const { painter } = this;
    const { ring, view } = painter.frame;
    const isShown = painter.picture !== null && !!TOOLS[painter.tool].hasRing && !this.isSpaceDown;
    ring.hidden = !isShown || /** @type {PointerEvent} */ (event).pointerType === "touch";
    if (ring.hidden) return;
    const frame = view.getBoundingClientRect();
    const across = painter.settings.size * painter.view.scale;
    ring.style.width = ring.style.height = `${across}px`;
    ring.style.transform = `translate(${event.clientX - frame.left - view.clientLeft - across / 2}px, ${event.clientY - frame.top - view.clientTop - across / 2}px)`;
  }
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
