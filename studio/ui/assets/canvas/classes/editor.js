// The painter of class maps: our canvas with hard edges, and ADE20K's classes by name in their exact colours. What it is
// told when it opens, and where its work goes, is in `studio/ui/class_binding.py`.

import { MESSAGE, Dialog } from "../dialog.js";
import { fromKey } from "../picture.js";
import { seenAt } from "../tools.js";
import { NO_CLASS, PALETTE, Palette } from "./palette.js";

/** @typedef {import("../painter.js").Painter} Painter */
/** @typedef {import("../exchange.js").Value} Value */
/** @typedef {import("./palette.js").Class} Class */
/**
 * @typedef {{unit: string, title: string, classes: Class[], map: Value | null, width: number, height: number}} Told
 *   `unit` is the id of the unit's controls; `map` is what its preprocessor has made
 */
/** @typedef {(root: HTMLElement, options: any, host: any) => Promise<Painter>} Mount */

const BODY = `<div class="rc-map"><div class="rc-host"></div>${MESSAGE}</div>${PALETTE}`;
const LEAST_SIDE = 64;
const MOST_SIDE = 4096;

export class ClassEditor {
  /** @param {Told} told */
  constructor(told) {
    this.told = told;
    this.classes = [...told.classes, NO_CLASS];
    this.byColour = byColour(this.classes);
    /** @type {Painter | null} */
    this.painter = null;
    this.dialog = new Dialog({
      name: "classes",
      title: "Segmentation map",
      about: told.title,
      head: "",
      body: BODY,
      foot: '<span class="rc-status">Alt + click picks a class from the map</span>',
      send: "Use as control image",
    });
    this.palette = new Palette(this);
    this.dialog.connect({
      class: (button) => this.choose(String(button.dataset.colour)),
      fresh: () => void this.fresh(this.painter?.settings.colour ?? NO_CLASS.colour),
      fromMap: () => void this.fromMap(),
      send: () => void this.send(),
    });
    const [width, height] = this.sides;
    width.value = String(told.width);
    height.value = String(told.height);
    /** @type {HTMLButtonElement} */ (this.dialog.find("[data-does=fromMap]")).disabled = !told.map;
  }

  get sides() {
    return /** @type {HTMLInputElement[]} */ ([...this.dialog.element.querySelectorAll(".rc-pair input")]);
  }

  /** @param {Mount} mount */
  async open(mount) {
    this.dialog.open();
    const root = this.dialog.find(".rc-host");
    const id = `${this.told.unit}_classes`;
    /** @type {Value} */
    let value = { canvas: id, set: "start", picture: null, name: "", width: 0, height: 0, drawing: null };
    const host = {
      value: () => value,
      setValue: (/** @type {Value} */ next) => (value = next),
      watchValue: () => {},
      trigger: () => {},
    };
    const painter = await mount(root, { id, mode: "classes", label: "Map", small: false }, host);
    this.painter = painter;
    if (!this.classOf(painter.settings.colour)) painter.set({ colour: this.classes[0].colour, recent: [] });
    const { onChange } = painter;
    painter.onChange = () => {
      onChange();
      this.changed();
    };
    painter.frame.view.addEventListener("pointermove", (event) => this.tell(event));
    this.changed();
    if (!painter.picture) await (this.told.map ? this.fromMap() : this.fresh(NO_CLASS.colour));
  }

  // ---- classes

  /** @param {string} colour @returns {Class | undefined} */
  classOf(colour) {
    return this.byColour.get(colour);
  }

  /** @param {string} colour */
  choose(colour) {
    const { painter } = this;
    if (!painter) return;
    if (["eraser", "pan", "picker"].includes(painter.tool)) painter.choose("brush");
    painter.set({ colour });
  }

  /** A colour that was picked and is none of the classes' stands for the nearest one. */
  changed() {
    const { painter } = this;
    if (painter && !this.classOf(painter.settings.colour)) {
      painter.set({ colour: this.nearest(painter.settings.colour).colour });
      return;
    }
    this.palette.update();
  }

  /** @param {string} colour @returns {Class} */
  nearest(colour) {
    const away = (/** @type {Class} */ each) => difference(each.colour, colour);
    return this.classes.reduce((best, each) => (away(each) < away(best) ? each : best));
  }

  /** Which class lies under the pointer. @param {PointerEvent} event */
  tell({ clientX, clientY }) {
    const { painter } = this;
    if (!painter) return;
    const { x, y } = painter.view.toPicture(clientX, clientY);
    const seen = seenAt(painter, Math.floor(x), Math.floor(y));
    const found = seen && (this.classOf(seen) ?? this.nearest(seen));
    this.dialog.find(".rc-status").textContent = found
      ? `${Math.floor(x)}, ${Math.floor(y)}: ${found.name}`
      : `${painter.width} x ${painter.height}`;
  }

  // ---- maps

  /** A map of one class. @param {string} colour */
  async fresh(colour) {
    const [width, height] = this.sides.map((input) => Math.round(Number(input.value)));
    if (![width, height].every((side) => side >= LEAST_SIDE && side <= MOST_SIDE)) {
      this.dialog.message.complain(`Width and height go from ${LEAST_SIDE} to ${MOST_SIDE} pixels.`);
      return;
    }
    await this.replaced(() => this.painter?.blank(width, height, colour));
  }

  async fromMap() {
    const { map } = this.told;
    if (map) await this.replaced(() => this.painter?.loadFrom(() => fromKey(/** @type {any} */ (map))));
  }

  /** Another map; what was painted over the old one goes with it. @param {() => Promise<void> | undefined} replace */
  async replaced(replace) {
    this.painter?.clear();
    await replace();
  }

  // ---- out

  async send() {
    const { painter, dialog, told } = this;
    if (!painter) return;
    dialog.setBusy(true);
    dialog.message.clear();
    try {
      window.RedrawCanvas.outgoing = await painter.flush();
      document.getElementById(`${told.unit}_classes_sent`)?.click();
    } catch (error) {
      this.answered(error instanceof Error ? error.message : String(error));
    }
  }

  /** What the server made of what was sent. @param {string} problem empty: it lies on the unit */
  answered(problem) {
    this.dialog.setBusy(false);
    if (problem) this.dialog.message.complain(problem);
    else this.dialog.close();
  }
}

/** Road and skyscraper share a colour: it stands for both. @param {Class[]} classes @returns {Map<string, Class>} */
function byColour(classes) {
  const found = new Map();
  for (const { name, colour } of classes) {
    const other = found.get(colour);
    found.set(colour, { name: other ? `${other.name} or ${name}` : name, colour });
  }
  return found;
}

/** @param {string} one @param {string} other */
function difference(one, other) {
  let sum = 0;
  for (const at of [1, 3, 5]) sum += (parseInt(one.slice(at, at + 2), 16) - parseInt(other.slice(at, at + 2), 16)) ** 2;
  return sum;
}

/** @type {ClassEditor | null} */
let open = null;

/** @param {Told} told @param {Mount} mount */
export async function openClasses(told, mount) {
  if (open) return;
  const editor = new ClassEditor(told);
  open = editor;
  editor.dialog.onClose = () => (open = null);
  await editor.open(mount);
}

/** @param {string} problem */
export async function answeredClasses(problem) {
  open?.answered(problem);
}
