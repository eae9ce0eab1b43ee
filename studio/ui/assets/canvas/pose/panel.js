// Beside the figures: the list of them, their parts, their joints, the canvas's size and how dim the picture is.

import { svg } from "../icons.js";
import { BODY_NAMES, PARTS, PART_NAMES } from "./figure.js";
import { LARGEST_SIDE } from "./json.js";

/** @typedef {import("./editor.js").PoseEditor} PoseEditor */
/** @typedef {import("./figure.js").PartName} PartName */

export const PANEL = `
  <aside class="rc-side">
    <section><h3>Figures</h3><div class="rc-figures"></div>
      <button type="button" class="rc-button" data-does="addFigure">${svg("plus", 14)} Add a figure</button></section>
    <section class="rc-if-chosen"><h3>Parts</h3><div class="rc-parts"></div></section>
    <section class="rc-if-chosen"><h3>Joints of the body</h3><div class="rc-joints"></div></section>
    <section><h3>Canvas</h3>
      <div class="rc-pair"><label>Width <input type="number" name="width" min="64" max="${LARGEST_SIDE}"></label>
      <label>Height <input type="number" name="height" min="64" max="${LARGEST_SIDE}"></label></div>
      <label class="rc-dim">Picture <input type="range" min="0" max="100" value="45" aria-label="How bright the picture is"></label></section>
  </aside>`;

export class Panel {
  /** @param {PoseEditor} editor @param {import("../dialog.js").Dialog} dialog */
  constructor(editor, dialog) {
    this.editor = editor;
    this.dialog = dialog;
    const dim = /** @type {HTMLInputElement} */ (dialog.find(".rc-dim input"));
    const light = () => editor.paper.style.setProperty("--light", String(Number(dim.value) / 100));
    dim.addEventListener("input", light);
    light();
    for (const input of this.sides) input.addEventListener("change", () => this.resized());
    /** What the buttons do. @type {Record<string, (button: HTMLElement) => void>} */
    this.actions = {
      addFigure: () => editor.addFigure(),
      figure: (button) => editor.chooseFigure(numberOf(button), null),
      removeFigure: (button) => editor.removeFigure(numberOf(button)),
      part: (button) => editor.chooseFigure(editor.chosen.figure, /** @type {PartName} */ (button.dataset.part)),
      togglePart: (button) => editor.togglePart(/** @type {PartName} */ (button.dataset.part)),
      joint: (button) => this.pressedJoint(numberOf(button)),
    };
  }

  get sides() {
    const { element } = this.dialog;
    return /** @type {HTMLInputElement[]} */ ([...element.querySelectorAll(".rc-pair input")]);
  }

  /** @param {number} index */
  pressedJoint(index) {
    const place = { figure: this.editor.chosen.figure, part: /** @type {const} */ ("body"), index };
    this.editor.choose(place);
    this.editor.toggle(place);
  }

  resized() {
    const [width, height] = this.sides.map((input) => Math.round(Number(input.value)));
    const isRight = [width, height].every((side) => side >= 64 && side <= LARGEST_SIDE);
    if (isRight) this.editor.resize(width, height);
    else this.dialog.message.complain(`Width and height go from 64 to ${LARGEST_SIDE} pixels.`);
  }

  update() {
    const { scene, chosen, steps } = this.editor;
    const figure = scene.figures[chosen.figure];
    this.fill(".rc-figures", figuresHtml(scene.figures.length, chosen.figure));
    for (const section of this.dialog.element.querySelectorAll(".rc-if-chosen"))
      /** @type {HTMLElement} */ (section).hidden = !figure;
    this.fill(".rc-parts", figure ? PART_NAMES.map((part) => partHtml(part, figure, chosen.part)).join("") : "");
    this.fill(".rc-joints", figure ? figure.body.map((joint, index) => jointHtml(joint, index)).join("") : "");
    const [width, height] = this.sides;
    width.value = String(scene.width);
    height.value = String(scene.height);
    this.able("undo", steps.canUndo);
    this.able("redo", steps.canRedo);
  }

  /** The button that has the focus keeps it. @param {string} selector @param {string} html */
  fill(selector, html) {
    const place = this.dialog.find(selector);
    if (place.dataset.shown === html) return;
    const { activeElement } = document;
    const at = [...place.querySelectorAll("button")].indexOf(/** @type {HTMLButtonElement} */ (activeElement));
    place.dataset.shown = html;
    place.innerHTML = html;
    if (at >= 0) [...place.querySelectorAll("button")][at]?.focus();
  }

  /** @param {string} does @param {boolean} isAble */
  able(does, isAble) {
    /** @type {HTMLButtonElement} */ (this.dialog.find(`[data-does=${does}]`)).disabled = !isAble;
  }
}

/** @param {HTMLElement} button */
const numberOf = (button) => Number(button.dataset.number);

/** @param {number} count @param {number} chosen */
function figuresHtml(count, chosen) {
  if (!count) return '<p class="rc-hint">There is no figure yet. Add one, or open a JSON of poses.</p>';
  return Array.from({ length: count }, (_, number) => {
    const name = `Figure ${number + 1}`;
    return `<div class="rc-row"><button type="button" class="rc-pick" data-does="figure" data-number="${number}" aria-pressed="${number === chosen}">${name}</button>
      <button type="button" class="rc-tool" data-does="removeFigure" data-number="${number}" aria-label="Remove ${name}" title="Remove ${name}">${svg("clear", 16)}</button></div>`;
  }).join("");
}

/** @param {PartName} part @param {import("./figure.js").Figure} figure @param {PartName | null} chosen */
function partHtml(part, figure, chosen) {
  const { label } = PARTS[part];
  const has = figure[part].some((joint) => joint !== null);
  const toggle = part === "body" ? "" : partToggle(part, has);
  return `<div class="rc-row"><button type="button" class="rc-pick" data-does="part" data-part="${part}" aria-pressed="${part === chosen}" ${has ? "" : "disabled"}>${label}</button>${toggle}</div>`;
}

/** @param {PartName} part @param {boolean} has */
function partToggle(part, has) {
  const name = `${has ? "Remove" : "Add"} ${PARTS[part].label.toLowerCase()}`;
  return `<button type="button" class="rc-tool" data-does="togglePart" data-part="${part}" aria-label="${name}" title="${name}">${svg(has ? "clear" : "plus", 16)}</button>`;
}

/** @param {import("./figure.js").Joint | null} joint @param {number} index */
function jointHtml(joint, index) {
  const isShown = joint?.isShown === true;
  const what = joint ? (isShown ? "shown; press to hide it" : "hidden; press to show it") : "not there; press to add it";
  return `<button type="button" class="rc-joint" data-does="joint" data-number="${index}" aria-pressed="${isShown}" title="${BODY_NAMES[index]}: ${what}">${BODY_NAMES[index]}</button>`;
}
