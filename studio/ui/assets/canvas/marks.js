// What is drawn over the picture but is no part of it: outlines, the target rectangle, the crop box. A new mark is a
// method.

/** @typedef {import("./box.js").Box} Box */
/** @typedef {{x: number, y: number}} Point */

const TARGET_MS = 1500;
const RESIZE_MODES = ["Just resize", "Crop and resize", "Resize and fill", "Just resize (latent upscale)"];

export class Marks {
  /** @param {SVGSVGElement} element */
  constructor(element) {
    this.element = element;
    element.innerHTML = '<g><rect class="rc-crop"/><rect class="rc-target"/><polygon class="rc-outline"/></g>';
    const [crop, target] = element.querySelectorAll("rect");
    this.crop = crop;
    this.target = target;
    this.group = /** @type {SVGGElement} */ (element.firstElementChild);
    this.outline = /** @type {SVGPolygonElement} */ (element.querySelector("polygon"));
    this.timer = 0;
    this.showBox(null);
    this.hideTarget();
    this.showOutline(null);
  }

  /** @param {import("./view.js").View} view */
  place({ left, top, scale }) {
    this.group.setAttribute("transform", `translate(${left} ${top}) scale(${scale})`);
  }

  /** @param {Point[] | null} points in picture pixels */
  showOutline(points) {
    this.outline.toggleAttribute("hidden", !points);
    this.outline.setAttribute("points", (points ?? []).map(({ x, y }) => `${x},${y}`).join(" "));
  }

  /** The part of the picture that is cut out and redrawn; stays until null. @param {Box | null} box */
  showBox(box) {
    this.crop.toggleAttribute("hidden", !box);
    if (box) put(this.crop, box);
  }

  /**
   * The part of the picture that a result of this size shows; "Resize and fill" shows more than the picture.
   * @param {{width: number, height: number}} picture @param {number} width @param {number} height
   * @param {string | number} resizeMode A1111's label or index
   */
  showTarget(picture, width, height, resizeMode) {
    if (!picture.width || !(width > 0) || !(height > 0)) return;
    put(this.target, targetBox(picture, width / height, RESIZE_MODES[Number(resizeMode)] ?? resizeMode));
    this.target.removeAttribute("hidden");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hideTarget(), TARGET_MS);
  }

  hideTarget() {
    this.target.setAttribute("hidden", "");
  }
}

/**
 * In picture pixels. The stretching modes show the proportion that the picture will be squeezed into.
 * @param {{width: number, height: number}} picture @param {number} ratio @param {string | number} resizeMode @returns
 *   {Box}
 */
export function targetBox(picture, ratio, resizeMode) {
  const isWider = ratio > picture.width / picture.height;
  const keepsWidth = resizeMode === "Resize and fill" ? !isWider : isWider;
  const width = keepsWidth ? picture.width : picture.height * ratio;
  const height = keepsWidth ? picture.width / ratio : picture.height;
  const left = (picture.width - width) / 2;
  const top = (picture.height - height) / 2;
  return { left, top, right: left + width, bottom: top + height };
}

/** @param {SVGRectElement} rect @param {Box} box */
function put(rect, { left, top, right, bottom }) {
  rect.setAttribute("x", String(left));
  rect.setAttribute("y", String(top));
  rect.setAttribute("width", String(right - left));
  rect.setAttribute("height", String(bottom - top));
}
