// The handles of a layer and the bar of what can be done with it. A new control is a line in `markup`.

/** @typedef {import("./layer.js").Layer} Layer */

const HANDLES = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
];
const KNOB_AWAY = 26; // pixels of the screen over the upper edge
const LEAST_SCALE = 0.01;
const STEP = Math.PI / 12; // with Shift the angle keeps to 15 degrees

/** Handles and bar of a layer, not yet on the page. @param {Layer} layer */
export function withPlaced(layer) {
  const corners = HANDLES.map(([right, down]) =>
    handle(layer, "scale", "Scale the layer", () => layer.corner(right, down), scaling),
  );
  const knob = handle(layer, "turn", "Turn the layer (Shift: in steps)", () => knobAt(layer), turning);
  const bar = document.createElement("div");
  bar.className = "rc-bar";
  bar.innerHTML = markup();
  connect(layer, bar);
  return {
    elements: [...corners.map(({ element }) => element), knob.element, bar],
    place: () => [...corners, knob].forEach(({ place }) => place()),
  };
}

function markup() {
  return `<span>Layer</span>
    <label>Opacity <input type="range" min="0" max="100" aria-label="Opacity of the layer"></label>
    <button type="button" data-layer="erase" aria-pressed="false" title="Erase from the layer with the brush">Erase</button>
    <button type="button" data-layer="flatten" title="Make it part of the picture (Enter)">Flatten</button>
    <button type="button" data-layer="discard" title="Take the layer away (Escape)">Discard</button>`;
}

/** @param {Layer} layer @param {HTMLElement} bar */
function connect(layer, bar) {
  const opacity = /** @type {HTMLInputElement} */ (bar.querySelector("input"));
  opacity.value = String(Math.round(layer.placement.opacity * 100));
  opacity.addEventListener("input", () => layer.set({ opacity: Number(opacity.value) / 100 }));
  bar.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-layer]");
    if (!(button instanceof HTMLElement)) return;
    if (button.dataset.layer === "flatten") layer.flatten().catch((error) => layer.painter.complain(error));
    else if (button.dataset.layer === "discard") layer.detach();
    else {
      layer.isErasing = !layer.isErasing;
      button.setAttribute("aria-pressed", String(layer.isErasing));
    }
  });
}

/** @typedef {{x: number, y: number}} Point */

/**
 * @param {Layer} layer @param {string} kind @param {string} label @param {() => Point} at in picture pixels
 * @param {(layer: Layer, start: Point) => (point: Point, event: PointerEvent) => void} begin
 */
function handle(layer, kind, label, at, begin) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `rc-handle rc-handle-${kind}`;
  element.title = label;
  element.setAttribute("aria-label", label);
  const { view } = layer.painter;
  element.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    element.setPointerCapture(event.pointerId);
    const move = begin(layer, view.toPicture(event.clientX, event.clientY));
    element.onpointermove = (moved) => move(view.toPicture(moved.clientX, moved.clientY), moved);
    element.onpointerup = element.onpointercancel = () => (element.onpointermove = null);
  });
  return {
    element,
    place() {
      const { x, y } = at();
      element.style.transform = `translate(${view.left + x * view.scale}px, ${view.top + y * view.scale}px)`;
    },
  };
}

/** @param {Layer} layer */
function knobAt(layer) {
  const edge = layer.corner(0, -1);
  const away = KNOB_AWAY / layer.painter.view.scale;
  return { x: edge.x + Math.sin(layer.placement.angle) * away, y: edge.y - Math.cos(layer.placement.angle) * away };
}

/** @param {Layer} layer @param {Point} start */
function scaling(layer, start) {
  const { scale, x, y } = layer.placement;
  const before = Math.hypot(start.x - x, start.y - y) || 1;
  return (/** @type {Point} */ point) => {
    layer.set({ scale: Math.max(LEAST_SCALE, (scale * Math.hypot(point.x - x, point.y - y)) / before) });
  };
}

/** @param {Layer} layer @param {Point} start */
function turning(layer, start) {
  const { angle, x, y } = layer.placement;
  const before = Math.atan2(start.y - y, start.x - x);
  return (/** @type {Point} */ point, /** @type {PointerEvent} */ event) => {
    const turned = angle + Math.atan2(point.y - y, point.x - x) - before;
    layer.set({ angle: event.shiftKey ? Math.round(turned / STEP) * STEP : turned });
  };
}
