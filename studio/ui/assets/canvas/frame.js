// What stands around the canvas: rail of tools, head, line of options, empty state. A new button is a name in RAILS.

import { buttonFor } from "./buttons.js";
import { COMMANDS } from "./commands.js";
import { svg } from "./icons.js";
import { Marks } from "./marks.js";
import { menuFor } from "./menu.js";
import { Message } from "./message.js";
import { Strip } from "./strip.js";
import { TOOLS } from "./tools.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./painter.js").Options} Options */

const BREAK = "|";
/** @type {Record<string, string[]>} */
const RAILS = {
  picture: [],
  mask: [
    "brush",
    "eraser",
    "rectangle",
    "lasso",
    "fill",
    "wand",
    "pan",
    BREAK,
    "undo",
    "redo",
    BREAK,
    "invert",
    "clear",
  ],
  sketch: [
    "brush",
    "eraser",
    "rectangle",
    "lasso",
    "fill",
    "wand",
    "picker",
    "pan",
    BREAK,
    "undo",
    "redo",
    BREAK,
    "clear",
  ],
  small: ["brush", "eraser", "rectangle", "lasso", "pan", BREAK, "undo", "redo", BREAK, "invert", "clear"],
};
RAILS.colour_mask = RAILS.sketch;
RAILS.classes = RAILS.sketch.filter((tool) => tool !== "wand"); // which looks for things in a photo
const SIZE_STEPS = 1000; // of the slider, over three powers of ten

export class Frame {
  /** @param {HTMLElement} root @param {Options} options */
  constructor(root, options) {
    this.root = root;
    this.options = options;
    root.classList.add("rc");
    root.dataset.mode = options.mode;
    root.classList.toggle("rc-small", options.small);
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.innerHTML = this.markup();
    this.view = part(root, ".rc-view");
    this.picture = /** @type {HTMLImageElement} */ (part(root, ".rc-picture"));
    this.overlay = /** @type {HTMLCanvasElement} */ (part(root, ".rc-overlay"));
    this.ring = part(root, ".rc-ring");
    this.rail = part(root, ".rc-rail");
    this.chooser = /** @type {HTMLInputElement} */ (part(root, "input[type=file]"));
    this.size = /** @type {HTMLInputElement} */ (root.querySelector(".rc-size input"));
    this.marks = new Marks(/** @type {any} */ (root.querySelector(".rc-marks")));
    this.message = new Message(part(root, ".rc-message"));
    this.strip = new Strip(part(root, ".rc-strip"), options);
  }

  /** The names of the rail's buttons. */
  get railNames() {
    const { mode, small } = this.options;
    return RAILS[small && mode === "mask" ? "small" : mode];
  }

  markup() {
    const { label, mode } = this.options;
    const rail = this.railNames.map((name) => (name === BREAK ? "<hr>" : buttonFor(name))).join("");
    const size =
      mode === "picture"
        ? ""
        : `<label class="rc-size"><span>Brush</span><input type="range" min="0" max="${SIZE_STEPS}" aria-label="Brush size" title="Brush size ([ and ], Ctrl + wheel)"><output></output></label>`;
    return `
      <div class="rc-head"><span class="rc-title">${escaped(label)}</span>${size}<i class="rc-spring"></i>
        <span class="rc-zoom">${buttonFor("out")}<button type="button" class="rc-scale" data-does="one" data-tip="${COMMANDS.one.label}" data-key=" (1)" aria-label="Zoom; click for actual size">100%</button>${buttonFor("in")}${buttonFor("fit")}</span>
        ${buttonFor("open")}<span class="rc-menu-place"></span>${buttonFor("full")}${buttonFor("remove")}</div>
      <div class="rc-rail" role="toolbar" aria-orientation="vertical" aria-label="Tools: ${escaped(label)}">${rail}</div>
      <div class="rc-view"><img class="rc-picture" alt="" draggable="false"><canvas class="rc-overlay"></canvas>
        <svg class="rc-marks" aria-hidden="true"></svg><div class="rc-ring" hidden></div>
        <div class="rc-empty">${this.emptyState()}</div><div class="rc-message" hidden></div></div>
      <div class="rc-strip"></div>
      <input type="file" accept="image/*,.tif,.tiff,.webp,.avif" hidden tabindex="-1" aria-label="Picture file for ${escaped(label)}">`;
  }

  emptyState() {
    const { label, small } = this.options;
    const blank = small ? "" : '<button type="button" data-does="blank">Blank canvas</button>';
    return `${svg("picture", small ? 28 : 36)}<h3>${small ? escaped(label) : "Put a picture here"}</h3>
      <p>Drop it, paste it with <kbd>Ctrl</kbd> <kbd>V</kbd>, or</p>
      <div><button type="button" data-does="open">Choose a file</button>${blank}</div>`;
  }

  /** Ties the frame to its painter. @param {Painter} painter */
  connect(painter) {
    painter.onChange = () => this.update(painter);
    painter.view.onMove = () => this.moved(painter);
    this.root.addEventListener("click", (event) => this.clicked(painter, event));
    this.rail.addEventListener("keydown", (event) => walkRail(this.rail, event));
    this.chooser.addEventListener("change", () => {
      const file = this.chooser.files?.[0];
      if (file) void painter.load(file);
      this.chooser.value = "";
    });
    this.size?.addEventListener("input", () => painter.set({ size: sizeOf(Number(this.size.value)) }));
    this.strip.connect(painter);
    part(this.root, ".rc-menu-place").replaceWith(menuFor(painter));
    this.update(painter);
  }

  /** @param {Painter} painter @param {MouseEvent} event */
  clicked(painter, event) {
    const button = /** @type {Element} */ (event.target).closest("[data-does]");
    if (!(button instanceof HTMLElement)) return;
    const name = String(button.dataset.does);
    if (name === "blank") this.strip.askBlank(painter);
    else if (name in TOOLS) painter.choose(name);
    else COMMANDS[name].run(painter);
  }

  /** Buttons and numbers as the painter is now. @param {Painter} painter */
  update(painter) {
    const { history, tool, settings } = painter;
    for (const button of this.rail.querySelectorAll("button")) {
      const name = String(button.dataset.does);
      if (name in TOOLS) button.setAttribute("aria-pressed", String(name === tool));
      if (name === "undo") button.disabled = history.done.length === 0;
      if (name === "redo") button.disabled = history.undone.length === 0;
    }
    if (this.size) {
      this.size.value = String(stepOf(settings.size));
      /** @type {HTMLElement} */ (this.size.nextElementSibling).textContent = String(settings.size);
    }
    this.root.dataset.tool = painter.layer ? "layer" : tool;
    this.strip.update(painter);
  }

  /** @param {Painter} painter */
  moved({ view, layer }) {
    part(this.root, ".rc-scale").textContent = `${Math.round(view.scale * 100)}%`;
    this.marks.place(view);
    layer?.place();
    this.root.classList.toggle("rc-zoomed", !view.isFitted);
  }

  /** @param {import("./picture.js").Picture | null} picture */
  showPicture(picture) {
    this.root.classList.toggle("rc-has", picture !== null);
    if (!picture) {
      this.picture.removeAttribute("src");
      this.marks.showBox(null);
      return;
    }
    if (this.picture.src !== picture.url) this.picture.src = picture.url;
    this.picture.width = picture.width;
    this.picture.height = picture.height;
  }

  /**
   * Another picture, or none, lies where one lay before.
   * @param {Painter} painter @param {boolean} hadDrawing @param {boolean} isKept
   */
  tellReplaced(painter, hadDrawing, isKept) {
    const what = painter.isMask ? "mask" : "drawing";
    const undo = { label: "Undo", act: () => painter.undo() };
    if (!painter.picture) this.message.tell("The picture was removed.", [undo]);
    else if (!hadDrawing) this.message.tell("The picture was replaced.", [undo]);
    else if (!isKept)
      this.message.tell(`The picture was replaced; the ${what} was cleared, as the sizes differ.`, [undo]);
    else
      this.message.tell(`The picture was replaced; the ${what} was kept.`, [
        { label: `Clear the ${what}`, act: () => painter.clear() },
        undo,
      ]);
  }

  chooseFile() {
    this.chooser.click();
  }
}

/** Arrow keys move along the rail. @param {HTMLElement} rail @param {KeyboardEvent} event */
function walkRail(rail, event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const buttons = [...rail.querySelectorAll("button")].filter((button) => !button.disabled);
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
}

/** The slider runs over the logarithm, 1 to 1000 pixels. @param {number} step */
const sizeOf = (step) => Math.round(10 ** ((3 * step) / SIZE_STEPS));

/** @param {number} size */
const stepOf = (size) => Math.round((Math.log10(size) / 3) * SIZE_STEPS);

/** @param {Element} root @param {string} selector */
function part(root, selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

/** @param {string} text */
function escaped(text) {
  const element = document.createElement("i");
  element.textContent = text;
  return element.innerHTML.replaceAll('"', "&quot;");
}
