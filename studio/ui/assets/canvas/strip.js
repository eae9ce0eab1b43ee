// The line of options under the canvas: only what acts on the tool that is chosen. A new option is a line in OPTIONS.

import { buttonFor } from "./buttons.js";
import { hasScreenPicker } from "./colour.js";
import { svg } from "./icons.js";
import { popover } from "./popover.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {import("./settings.js").Settings} Settings */
/**
 * @typedef {{name: keyof Settings, label: string, tip: string, min: number, max: number, unit: string, factor: number,
 *   tools: string[], maskOnly?: boolean}} Option
 */

const BRUSHES = ["brush", "eraser"];
const PAINTING = [...BRUSHES, "rectangle", "lasso", "fill", "wand"];

/** @type {Option[]} */
const OPTIONS = [
  {
    name: "hardness",
    label: "Hardness",
    tip: "How sharp the brush's edge is",
    min: 0,
    max: 100,
    unit: "%",
    factor: 100,
    tools: BRUSHES,
  },
  {
    name: "opacity",
    label: "Opacity",
    tip: "How much one stroke covers",
    min: 1,
    max: 100,
    unit: "%",
    factor: 100,
    tools: PAINTING,
  },
  {
    name: "tolerance",
    label: "Tolerance",
    tip: "How much colours may differ from the one clicked",
    min: 0,
    max: 255,
    unit: "",
    factor: 1,
    tools: ["fill"],
  },
  {
    name: "edge",
    label: "Edge",
    tip: "Width by which the three buttons beside change the mask",
    min: 1,
    max: 64,
    unit: "px",
    factor: 1,
    tools: [...PAINTING, "pan"],
    maskOnly: true,
  },
];
const MASK_COLOURS = ["#ff2f76", "#1fb6ff", "#3ddc55", "#ffb000", "#ffffff", "#000000"];

export class Strip {
  /** @param {HTMLElement} element @param {import("./painter.js").Options} options */
  constructor(element, { id, mode, small }) {
    this.element = element;
    this.isMask = mode === "mask";
    this.isShown = mode !== "picture" && mode !== "classes" && !small;
    if (this.isShown) element.innerHTML = this.markup();
    if (this.isShown && this.isMask) element.prepend(maskLook());
    this.pen = this.isShown ? penChoice(id) : null;
    if (this.pen) element.append(this.pen);
    this.colour = /** @type {HTMLInputElement | null} */ (element.querySelector("input[type=color]"));
  }

  markup() {
    const options = OPTIONS.filter((option) => !option.maskOnly || this.isMask);
    const sliders = options.map(
      ({ name, label, tip, min, max }) =>
        `<label data-option="${name}" title="${tip}"><span>${label}</span><input type="range" min="${min}" max="${max}"><output></output></label>`,
    );
    const edges = this.isMask ? ["grow", "shrink", "feather"].map(buttonFor) : [];
    return `<span class="rc-colours">${this.isMask ? "" : palette()}</span>${sliders.join("")}<span class="rc-edges">${edges.join("")}</span>`;
  }

  /** @param {Painter} painter */
  connect(painter) {
    for (const { name, factor } of OPTIONS) {
      const input = this.input(name);
      input?.addEventListener("input", () => painter.set({ [name]: Number(input.value) / factor }));
    }
    const colourName = this.isMask ? "maskColour" : "colour";
    this.colour?.addEventListener("input", () => painter.set({ [colourName]: this.colour?.value }));
    this.pen?.addEventListener("change", (event) => {
      painter.set({ pressure: /** @type {any} */ (event.target).value });
    });
    this.element.addEventListener("click", (event) => {
      const swatch = /** @type {Element} */ (event.target).closest("[data-colour]");
      if (swatch instanceof HTMLElement) painter.set({ [colourName]: swatch.dataset.colour });
    });
    const shown = /** @type {HTMLInputElement | null} */ (
      this.element.querySelector("[data-option=maskOpacity] input")
    );
    shown?.addEventListener("input", () => painter.set({ maskOpacity: Number(shown.value) / 100 }));
  }

  /** @param {Painter} painter */
  update({ tool, settings, hasPen }) {
    if (!this.isShown) return;
    this.showPen(hasPen && BRUSHES.includes(tool), settings.pressure);
    for (const { name, factor, unit, tools } of OPTIONS) {
      const input = this.input(name);
      if (!input) continue;
      show(input, Math.round(Number(settings[name]) * factor), unit);
      /** @type {HTMLElement} */ (input.parentElement).hidden = !tools.includes(tool);
    }
    if (this.colour) this.colour.value = this.isMask ? settings.maskColour : settings.colour;
    if (this.isMask)
      show(
        /** @type {HTMLInputElement} */ (this.element.querySelector("[data-option=maskOpacity] input")),
        Math.round(settings.maskOpacity * 100),
        "%",
      );
    else this.showRecent(settings);
  }

  /** @param {boolean} isShown @param {string} pressure */
  showPen(isShown, pressure) {
    if (!this.pen) return;
    this.pen.hidden = !isShown;
    for (const each of this.pen.querySelectorAll("input")) each.checked = each.value === pressure;
  }

  /** @param {Settings} settings */
  showRecent({ recent, colour }) {
    const place = /** @type {HTMLElement} */ (this.element.querySelector(".rc-swatches"));
    place.innerHTML = recent.map((each) => swatch(each, each === colour)).join("");
  }

  /** @param {string} name */
  input(name) {
    return /** @type {HTMLInputElement | null} */ (this.element.querySelector(`[data-option=${name}] input`));
  }

  /** Asks for size and colour of a blank canvas, in the place of the empty state. @param {Painter} painter */
  askBlank(painter) {
    const place = /** @type {HTMLElement} */ (painter.frame.root.querySelector(".rc-empty"));
    const dialogue = document.createElement("form");
    dialogue.className = "rc-blank";
    dialogue.innerHTML = `<h3>Blank canvas</h3>
      <div><label>Width <input name="width" type="number" min="8" max="8192" value="512" required></label>
      <label>Height <input name="height" type="number" min="8" max="8192" value="512" required></label>
      <label>Colour <input name="colour" type="color" value="#ffffff"></label></div>
      <div><button type="submit">Make it</button><button type="button" data-does-not>Cancel</button></div>`;
    const before = [...place.childNodes];
    const close = () => place.replaceChildren(...before);
    dialogue.addEventListener("submit", (event) => {
      event.preventDefault();
      const asked = new FormData(dialogue);
      close();
      void painter.blank(Number(asked.get("width")), Number(asked.get("height")), String(asked.get("colour")));
    });
    /** @type {HTMLElement} */ (dialogue.querySelector("[data-does-not]")).addEventListener("click", close);
    place.replaceChildren(dialogue);
    dialogue.querySelector("input")?.select();
  }
}

/** How the mask looks on the screen; nothing of it reaches the result. */
function maskLook() {
  const html = `<label class="rc-well"><span>Colour</span><input type="color" aria-label="Mask colour on the screen"></label>
    <span class="rc-swatches">${MASK_COLOURS.map((colour) => swatch(colour, false)).join("")}</span>
    <label data-option="maskOpacity"><span>Opacity</span><input type="range" min="10" max="100" aria-label="Mask opacity on the screen"><output></output></label>`;
  const { element, panel } = popover({
    label: "How the mask looks (it never reaches the result)",
    icon: "look",
    html,
    keepsOpen: true,
  });
  panel.classList.add("rc-look");
  return element;
}

/** Stands once a pen was seen. @param {string} id of the canvas */
function penChoice(id) {
  const choices = { size: "its size", opacity: "how much it covers", "": "nothing" };
  const rows = Object.entries(choices).map(
    ([value, label]) =>
      `<label><input type="radio" name="pressure-${id}" value="${value}"><span>${label}</span></label>`,
  );
  const label = "What the brush changes with the pen's pressure";
  const { element, panel } = popover({ label, icon: "pen", html: `<b>${label}</b>${rows.join("")}`, keepsOpen: true });
  panel.classList.add("rc-look");
  element.hidden = true;
  return element;
}

function palette() {
  const tip = hasScreenPicker() ? "Pick a colour anywhere on the screen, outside the page too" : "Choose a colour";
  return `<label class="rc-well" title="Brush colour"><span>Colour</span><input type="color" aria-label="Brush colour"></label>
    <button type="button" class="rc-tool" data-does="screen" aria-label="${tip}" data-tip="${tip}" data-key=" (Alt + click picks from the picture)">${svg("picker")}</button>
    <span class="rc-swatches"></span>`;
}

/** @param {string} colour @param {boolean} isChosen */
function swatch(colour, isChosen) {
  return `<button type="button" class="rc-swatch" data-colour="${colour}" style="background:${colour}" title="${colour}" aria-label="Colour ${colour}" aria-pressed="${isChosen}"></button>`;
}

/** @param {HTMLInputElement} input @param {number} value @param {string} unit */
function show(input, value, unit) {
  input.value = String(value);
  /** @type {HTMLElement} */ (input.nextElementSibling).textContent = `${value}${unit && ` ${unit}`}`;
}
