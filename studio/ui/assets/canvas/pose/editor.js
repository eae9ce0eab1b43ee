// The pose editor: figures over the unit's picture, dimmed, to be pulled by their joints. What it is told when it opens,
// and where its work goes, is in `studio/ui/pose_binding.py`.

import { MESSAGE, Dialog, toolButton } from "../dialog.js";
import { View } from "../view.js";
import { drawFigures, markBox, markChosen, markHidden } from "./drawing.js";
import { ATTACHED, PART_NAMES, guessedJoint, nameOf, newFigure, newPart } from "./figure.js";
import { Gestures } from "./gestures.js";
import { handlesOf, jointsOf } from "./handles.js";
import { jsonOf, sceneOf } from "./json.js";
import { Panel, PANEL } from "./panel.js";
import { readJson, saveJson } from "./files.js";
import { Steps } from "./steps.js";

/** @typedef {import("./figure.js").Scene} Scene */
/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./figure.js").PartName} PartName */
/** @typedef {import("./figure.js").Point} Point */
/** @typedef {import("./gestures.js").Place} Place */
/**
 * @typedef {{unit: string, title: string, from: string, poses: any, background: string | null, width: number, height:
 *   number, look: import("./drawing.js").Look, note: string}} Told `unit` is the id of the unit's controls; `from` names
 *   what the poses were read from; `background` is the key of a picture
 */
/** @typedef {{figure: number, part: PartName | null, index: number}} Choice -1: none; part null: the whole figure */

const NOTHING = { figure: -1, part: null, index: -1 };
const BESIDE = [0, 0.25, -0.25, 0.38, -0.38, 0.12, -0.12]; // where one figure after another stands
const ZOOM_STEP = 1.25;
const PICTURES = new URL("../../pictures/", import.meta.url);

const HEAD = `
  ${toolButton("undo", "Undo", "Ctrl + Z", "undo")}${toolButton("redo", "Redo", "Ctrl + Y", "redo")}
  <span class="rc-zoom">${toolButton("minus", "Zoom out", "-", "out")}<span class="rc-scale"></span>${toolButton("plus", "Zoom in", "+", "in")}${toolButton("fit", "Fit to frame", "0", "fit")}</span>
  ${toolButton("folder", "Open JSON; pasting and dropping work too", "", "open")}${toolButton("save", "Save JSON", "", "save")}`;
const BODY = `
  <div class="rc-stage" tabindex="0" role="application" aria-label="Figures: drag their joints">
    <div class="rc-paper"><img alt="" draggable="false" hidden></div><canvas class="rc-overlay"></canvas>${MESSAGE}</div>${PANEL}`;

export class PoseEditor {
  /** @param {Told} told @param {Scene} scene @param {(scene: Scene) => void} keep */
  constructor(told, scene, keep) {
    this.told = told;
    this.look = told.look;
    this.scene = scene;
    this.keep = keep;
    this.steps = new Steps(scene);
    /** @type {Choice} */
    this.chosen = scene.figures.length ? { figure: 0, part: null, index: -1 } : NOTHING;
    this.start = structuredClone(scene);
    this.dialog = new Dialog({
      name: "poses",
      title: "Poses",
      about: told.title,
      head: HEAD,
      body: BODY,
      foot: '<span class="rc-status"></span>',
      send: `Send to ${told.title}`,
    });
    this.stage = this.dialog.find(".rc-stage");
    this.paper = this.dialog.find(".rc-paper");
    this.overlay = /** @type {HTMLCanvasElement} */ (this.dialog.find(".rc-overlay"));
    this.view = new View(this.stage, this.paper, this.overlay);
    this.view.onMove = () => this.draw();
    this.gestures = new Gestures(this, this.stage);
    this.panel = new Panel(this, this.dialog);
    this.connect();
  }

  connect() {
    const { view } = this;
    this.dialog.connect({
      undo: () => this.show(this.steps.undo()),
      redo: () => this.show(this.steps.redo()),
      out: () => view.zoomMiddle(view.scale / ZOOM_STEP),
      in: () => view.zoomMiddle(view.scale * ZOOM_STEP),
      fit: () => view.fit(),
      open: () => readJson(this),
      save: () => saveJson(this),
      send: () => this.send(),
      ...this.panel.actions,
    });
  }

  open() {
    this.dialog.open();
    const picture = /** @type {HTMLImageElement} */ (this.dialog.find(".rc-paper img"));
    if (this.told.background) picture.src = new URL(`${this.told.background}/shown`, PICTURES).href;
    picture.hidden = !this.told.background;
    this.refresh();
    if (this.told.note) this.dialog.message.tell(this.told.note);
    this.stage.focus();
  }

  // ---- what is chosen

  /** @returns {Place[]} */
  places() {
    return this.scene.figures.flatMap((figure, number) =>
      PART_NAMES.flatMap((part) => figure[part].map((_, index) => ({ figure: number, part, index }))),
    );
  }

  /** @param {Place} place */
  jointOf({ figure, part, index }) {
    return this.scene.figures[figure]?.[part][index] ?? null;
  }

  /** How little a joint has to do with what is chosen, 0 to 3. @param {Place} place */
  strangeness({ figure, part }) {
    const isOther = figure === this.chosen.figure ? 0 : 2;
    return isOther + (part === (this.chosen.part ?? "body") ? 0 : 1);
  }

  /** @param {Place} place */
  choose(place) {
    const { part } = this.chosen;
    const isSameGroup = place.figure === this.chosen.figure && part === place.part;
    this.chosen = { ...place, part: place.part === "body" && !isSameGroup ? null : place.part };
    this.refresh();
  }

  /** @param {number} figure @param {PartName | null} part */
  chooseFigure(figure, part) {
    this.chosen = { figure, part, index: -1 };
    this.refresh();
  }

  /** @returns {Place | null} the joint that is chosen */
  get place() {
    const { figure, part, index } = this.chosen;
    return index < 0 ? null : { figure, part: part ?? "body", index };
  }

  handles() {
    const figure = this.scene.figures[this.chosen.figure];
    return figure ? handlesOf(jointsOf(figure, this.chosen.part), 1 / this.view.scale) : null;
  }

  // ---- changes

  /** What hangs on a joint of the body moves along. @param {Place} place @param {Point} to */
  pullJoint({ figure, part, index }, to) {
    const joints = this.scene.figures[figure];
    const before = this.start.figures[figure];
    const was = before[part][index];
    if (!was) return;
    joints[part][index] = { ...was, ...to };
    const attached = part === "body" ? ATTACHED[index] : undefined;
    if (attached) {
      joints[attached] = before[attached].map(
        (joint) => joint && { ...joint, x: joint.x + to.x - was.x, y: joint.y + to.y - was.y },
      );
    }
    this.tell(this.place);
    this.draw();
  }

  /** The chosen figure or part, from how it was when the gesture began. @param {import("./handles.js").Change} change */
  changeChosen(change) {
    const { figure, part } = this.chosen;
    for (const name of part ? [part] : PART_NAMES) {
      this.scene.figures[figure][name] = this.start.figures[figure][name].map(
        (joint) => joint && { ...joint, ...change(joint) },
      );
    }
    this.draw();
  }

  /** @param {Place} place */
  toggle(place) {
    const figure = this.scene.figures[place.figure];
    const joint = figure[place.part][place.index];
    figure[place.part][place.index] = joint
      ? { ...joint, isShown: !joint.isShown }
      : guessedJoint(figure, place.index);
    this.commit();
  }

  addFigure() {
    const figure = newFigure(this.scene);
    const shift = BESIDE[this.scene.figures.length % BESIDE.length] * this.scene.width;
    for (const joint of figure.body) if (joint) joint.x += shift;
    this.scene.figures.push(figure);
    this.chosen = { figure: this.scene.figures.length - 1, part: null, index: -1 };
    this.commit();
  }

  /** @param {number} number */
  removeFigure(number) {
    this.scene.figures.splice(number, 1);
    this.chosen = NOTHING;
    this.commit();
  }

  /** A part comes where it belongs, or goes. @param {PartName} part */
  togglePart(part) {
    const figure = this.scene.figures[this.chosen.figure];
    const has = figure[part].length > 0;
    figure[part] = has ? [] : newPart(figure, part);
    this.chosen = { ...this.chosen, part: has ? null : part, index: -1 };
    this.commit();
  }

  /** Another canvas; the figures keep their places in it. @param {number} width @param {number} height */
  resize(width, height) {
    const [across, down] = [width / this.scene.width, height / this.scene.height];
    for (const place of this.places()) {
      const joint = this.jointOf(place);
      if (joint) Object.assign(joint, { x: joint.x * across, y: joint.y * down });
    }
    Object.assign(this.scene, { width, height });
    this.commit();
    this.view.fit();
  }

  /** What is shown now is a step that can be undone. */
  commit() {
    this.start = structuredClone(this.scene);
    if (this.steps.keep(this.scene)) this.keep(this.scene);
    this.refresh();
  }

  /** As it was when the gesture began. */
  revert() {
    this.scene = structuredClone(this.start);
    this.refresh();
  }

  /** Another scene, as a step. @param {Scene} scene */
  replace(scene) {
    this.scene = scene;
    this.chosen = scene.figures.length ? { figure: 0, part: null, index: -1 } : NOTHING;
    this.commit();
    this.view.fit();
  }

  /** A scene of the history. @param {Scene} scene */
  show(scene) {
    this.scene = scene;
    this.start = structuredClone(scene);
    if (!scene.figures[this.chosen.figure]) this.chosen = NOTHING;
    this.keep(scene);
    this.refresh();
  }

  // ---- what is seen

  refresh() {
    const { width, height } = this.scene;
    Object.assign(this.paper.style, { width: `${width}px`, height: `${height}px` });
    this.view.show({ width, height }, null);
    this.panel.update();
    this.tell(this.place);
    this.draw();
  }

  draw() {
    const { overlay, view, scene, look, chosen } = this;
    const context = view.context;
    const ratio = overlay.width / (this.stage.clientWidth || 1);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, overlay.width, overlay.height);
    const scale = view.scale * ratio;
    context.setTransform(scale, 0, 0, scale, view.left * ratio, view.top * ratio);
    drawFigures(context, scene.figures, look);
    const pixel = 1 / view.scale;
    for (const figure of scene.figures) markHidden(context, figure, pixel);
    const handles = this.handles();
    if (handles) markBox(context, handles, pixel);
    const joint = this.place && this.jointOf(this.place);
    if (joint) markChosen(context, joint, pixel);
    this.dialog.find(".rc-scale").textContent = `${Math.round(view.scale * 100)}%`;
  }

  /** Which joint lies under the pointer, or is chosen. @param {Place | null} place */
  tell(place) {
    const shown = place ?? this.place;
    const joint = shown && this.jointOf(shown);
    const many = this.scene.figures.length > 1 && shown ? `Figure ${shown.figure + 1}: ` : "";
    this.dialog.find(".rc-status").textContent =
      shown && joint
        ? `${many}${nameOf(shown.part, shown.index)} · ${Math.round(joint.x)}, ${Math.round(joint.y)}${joint.isShown ? "" : " · hidden"}`
        : `${this.scene.width} x ${this.scene.height}`;
  }

  // ---- out

  json() {
    return jsonOf(this.scene);
  }

  send() {
    this.dialog.setBusy(true);
    this.dialog.message.clear();
    window.RedrawCanvas.outgoing = this.json();
    document.getElementById(`${this.told.unit}_poses`)?.click();
  }

  /** What the server made of what was sent. @param {string} problem empty: it lies on the unit */
  answered(problem) {
    this.dialog.setBusy(false);
    if (problem) this.dialog.message.complain(problem);
    else this.dialog.close();
  }
}

/** @param {Told} told @returns {Scene} */
export function sceneAtFirst({ poses, width, height }) {
  return poses ? sceneOf(poses, { width, height }) : { width, height, figures: [] };
}
