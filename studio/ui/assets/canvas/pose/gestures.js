// Mouse, finger and pen in the pose editor: what lies under them, and what pulling it does.

import { distance } from "./figure.js";
import { handlesOf, isInside, jointsOf, moved, scaled, turned } from "./handles.js";

/** @typedef {import("./editor.js").PoseEditor} PoseEditor */
/** @typedef {import("./figure.js").Point} Point */
/** @typedef {import("./figure.js").PartName} PartName */
/** @typedef {{figure: number, part: PartName, index: number}} Place of a joint */
/** @typedef {{move: (point: Point, event: PointerEvent) => void, end?: () => void}} Gesture */

const REACH = { mouse: 9, pen: 12, touch: 22 }; // pixels of the screen
const WHEEL_ZOOM = 1.15;
const CLICK = 4; // pixels of the screen that a click may slip

export class Gestures {
  /** @param {PoseEditor} editor @param {HTMLElement} stage */
  constructor(editor, stage) {
    this.editor = editor;
    this.stage = stage;
    /** @type {Gesture | null} */
    this.gesture = null;
    this.pointer = -1;
    /** @type {Map<number, PointerEvent>} */
    this.fingers = new Map();
    this.isSpaceDown = false;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"]))
      stage.addEventListener(name, (event) => this.up(event));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (/** @type {Element} */ (event.target).closest("button, .rc-message")) return;
    event.preventDefault();
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") this.fingers.set(event.pointerId, event);
    if (this.fingers.size > 1) return this.cancel();
    if (this.gesture) return;
    this.pointer = event.pointerId;
    this.gesture = this.begin(event);
  }

  /** A second finger zooms; what the first one began is taken back. */
  cancel() {
    if (this.gesture) this.editor.revert();
    this.gesture = null;
  }

  /** @param {PointerEvent} event @returns {Gesture | null} */
  begin(event) {
    const { editor } = this;
    const point = editor.view.toPicture(event.clientX, event.clientY);
    if (event.button === 1 || this.isSpaceDown) return this.panning(event);
    const pulled = this.pulledHandle(point, event);
    if (pulled) return pulled;
    const place = this.jointAt(point, event);
    if (place && event.button === 2) {
      editor.choose(place);
      editor.toggle(place);
      return null;
    }
    if (place) return this.pullingJoint(place, point);
    return this.pullingFigure(point, event) ?? this.panning(event);
  }

  /** @param {Place} place @param {Point} from @returns {Gesture} */
  pullingJoint(place, from) {
    const { editor } = this;
    editor.choose(place);
    const joint = editor.jointOf(place);
    const grip = joint ? { x: joint.x - from.x, y: joint.y - from.y } : { x: 0, y: 0 };
    return {
      move: (point) => editor.pullJoint(place, { x: point.x + grip.x, y: point.y + grip.y }),
      end: () => editor.commit(),
    };
  }

  /** The corners scale, the stalk turns. @param {Point} point @param {PointerEvent} event @returns {Gesture | null} */
  pulledHandle(point, event) {
    const { editor } = this;
    const handles = editor.handles();
    if (!handles) return null;
    const reach = this.reach(event);
    const { corners, turn, middle } = handles;
    if (distance(turn, point) <= reach)
      return this.changing((to, moveEvent) => turned(middle, point, to, moveEvent.shiftKey));
    const corner = corners.findIndex((each) => distance(each, point) <= reach);
    if (corner < 0) return null;
    const fixed = corners[(corner + 2) % 4];
    return this.changing((to) => scaled(fixed, point, to));
  }

  /** Inside the box of what is chosen, or on a limb of any figure. @param {Point} point @param {PointerEvent} event */
  pullingFigure(point, event) {
    const { editor } = this;
    const handles = editor.handles();
    if (!handles || !isInside(handles.box, point)) {
      const figure = this.figureAt(point, event);
      if (figure < 0) return null;
      editor.chooseFigure(figure, null);
    }
    return this.changing((to) => moved(point, to));
  }

  /** @param {(to: Point, event: PointerEvent) => import("./handles.js").Change} changeTo @returns {Gesture} */
  changing(changeTo) {
    const { editor } = this;
    return {
      move: (to, event) => editor.changeChosen(changeTo(to, event)),
      end: () => editor.commit(),
    };
  }

  /** Moves the view; a click beside everything chooses nothing. @param {PointerEvent} event @returns {Gesture} */
  panning(event) {
    const { editor } = this;
    let { clientX, clientY } = event;
    let isClick = event.button === 0 && !this.isSpaceDown;
    return {
      move(_, now) {
        if (Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > CLICK) isClick = false;
        editor.view.pan(now.clientX - clientX, now.clientY - clientY);
        ({ clientX, clientY } = now);
      },
      end: () => isClick && editor.chooseFigure(-1, null),
    };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { editor } = this;
    if (this.fingers.has(event.pointerId)) {
      if (this.fingers.size === 2) this.pinch(event);
      this.fingers.set(event.pointerId, event);
    }
    const point = editor.view.toPicture(event.clientX, event.clientY);
    if (this.gesture && event.pointerId === this.pointer) this.gesture.move(point, event);
    else if (!this.gesture && event.pointerType !== "touch") this.hover(point, event);
  }

  /** @param {Point} point @param {PointerEvent} event */
  hover(point, event) {
    const place = this.jointAt(point, event);
    this.stage.classList.toggle("rc-on-joint", place !== null);
    this.editor.tell(place);
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.fingers.delete(event.pointerId);
    if (!this.gesture || event.pointerId !== this.pointer) return;
    if (event.type === "pointercancel") this.editor.revert();
    else this.gesture.end?.();
    this.gesture = null;
  }

  /** @param {PointerEvent} event */
  pinch(event) {
    const before = /** @type {PointerEvent} */ (this.fingers.get(event.pointerId));
    const other = [...this.fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (!other) return;
    const { view } = this.editor;
    const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
    const is = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
    view.pan((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
    const middle = [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
    if (was > 0) view.zoomTo((view.scale * is) / was, middle[0], middle[1]);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const { view } = this.editor;
    const notches = Math.max(-1, Math.min(1, -event.deltaY / 100));
    view.zoomTo(view.scale * WHEEL_ZOOM ** notches, event.clientX, event.clientY);
  }

  /** In canvas pixels. @param {PointerEvent} event */
  reach(event) {
    return REACH[/** @type {keyof typeof REACH} */ (event.pointerType)] / this.editor.view.scale;
  }

  /**
   * The nearest joint; those of the chosen part, then of the chosen figure, win over others within reach.
   * @param {Point} point @param {PointerEvent} event @returns {Place | null}
   */
  jointAt(point, event) {
    const reach = this.reach(event);
    /** @type {{place: Place, rank: number} | null} */
    let best = null;
    for (const place of this.editor.places()) {
      const joint = this.editor.jointOf(place);
      if (!joint) continue;
      const away = distance(joint, point);
      if (away > reach) continue;
      const rank = away + this.editor.strangeness(place) * reach;
      if (!best || rank < best.rank) best = { place, rank };
    }
    return best?.place ?? null;
  }

  /** The figure whose limb lies under the point, the uppermost first. @param {Point} point @param {PointerEvent} event */
  figureAt(point, event) {
    const { scene, look, view } = this.editor;
    const reach = Math.max(this.reach(event), look.thickness + 1);
    for (let number = scene.figures.length - 1; number >= 0; number--) {
      const { body } = scene.figures[number];
      const isHit = look.limbs.some(([first, second]) => {
        const [one, other] = [body[first], body[second]];
        return one?.isShown && other?.isShown && distanceToLine(point, one, other) <= reach;
      });
      const handles = handlesOf(jointsOf(scene.figures[number], "face"), 1 / view.scale);
      if (isHit || (handles && isInside(handles.box, point))) return number;
    }
    return -1;
  }
}

/** @param {Point} point @param {Point} one @param {Point} other */
function distanceToLine(point, one, other) {
  const [x, y] = [other.x - one.x, other.y - one.y];
  const share = ((point.x - one.x) * x + (point.y - one.y) * y) / (x * x + y * y || 1);
  const at = Math.max(0, Math.min(1, share));
  return Math.hypot(point.x - one.x - at * x, point.y - one.y - at * y);
}
