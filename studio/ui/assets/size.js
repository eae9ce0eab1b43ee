// The size sliders: the lock keeps the ratio, and the rectangle of the result lies over the picture while they move.

import { type } from "./native.js";

const STEP = 8;
/** @type {Map<string, number>} the ratio that a lock keeps, by the panel's key */
const ratios = new Map();
let isFollowing = false;

/** @param {string} key @param {"width" | "height"} side */
const field = (key, side) =>
  /** @type {HTMLInputElement | null} */ (document.querySelector(`#${key}_${side} input[type=number]`));

/** @param {string} key */
function sizes(key) {
  return { width: Number(field(key, "width")?.value), height: Number(field(key, "height")?.value) };
}

/** @param {string} key @param {"width" | "height"} moved */
function follow(key, moved) {
  const ratio = ratios.get(key);
  const other = moved === "width" ? "height" : "width";
  const target = field(key, other);
  if (!ratio || !target || isFollowing) return;
  const length = moved === "width" ? sizes(key).width / ratio : sizes(key).height * ratio;
  isFollowing = true;
  type(target, Math.max(64, Math.min(2048, Math.round(length / STEP) * STEP)));
  isFollowing = false;
}

function showTarget() {
  const { width, height } = sizes("img2img");
  const mode = /** @type {HTMLInputElement | null} */ (document.querySelector('.img2img input[aria-label="Resize mode"]'));
  if (width && height) window.RedrawCanvas?.showTarget?.(width, height, mode?.value ?? "Just resize");
}

/** The part that would be redrawn. @param {{canvas: string, box: object | null} | null} told */
export function showBox(told) {
  if (told?.canvas) window.RedrawCanvas?.get?.(told.canvas)?.showBox?.(told.box);
}

/** "640x480" pasted into a size field sets both. @param {ClipboardEvent} event @param {string} key */
function pasteBoth(event, key) {
  const both = /^\s*(\d{2,4})\s*[x×*]\s*(\d{2,4})\s*$/i.exec(event.clipboardData?.getData("text") ?? "");
  const [width, height] = [field(key, "width"), field(key, "height")];
  if (!both || !width || !height) return;
  event.preventDefault();
  type(width, both[1]);
  type(height, both[2]);
}

/** @param {EventTarget | null} target @returns {[string, "width" | "height"] | null} */
function sideOf(target) {
  const block = target instanceof Element ? target.closest('[id$="_width"], [id$="_height"]') : null;
  const named = /^(\w+)_(width|height)$/.exec(block?.id ?? "");
  return named ? [named[1], /** @type {"width" | "height"} */ (named[2])] : null;
}

export function start() {
  document.addEventListener("input", (event) => {
    const side = sideOf(event.target);
    if (!side) return;
    // Gradio copies the slider's value to the number after this event.
    requestAnimationFrame(() => {
      follow(...side);
      if (side[0] === "img2img") showTarget();
    });
  });
  document.addEventListener("paste", (event) => {
    const side = sideOf(event.target);
    if (side) pasteBoth(event, side[0]);
  });
  document.addEventListener("click", (event) => {
    const lock = event.target instanceof Element ? event.target.closest('[id$="_lock"]') : null;
    if (!lock) return;
    const key = lock.id.replace(/_lock$/, "");
    const isOn = lock.getAttribute("aria-pressed") !== "true";
    lock.setAttribute("aria-pressed", String(isOn));
    const { width, height } = sizes(key);
    if (isOn && width && height) ratios.set(key, width / height);
    else ratios.delete(key);
  });
}
