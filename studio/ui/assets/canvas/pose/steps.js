// What was, to go back to: whole scenes, which are small.

/** @typedef {import("./figure.js").Scene} Scene */

const MOST = 200;

export class Steps {
  /** @param {Scene} scene */
  constructor(scene) {
    /** @type {Scene[]} the last is the present */
    this.done = [structuredClone(scene)];
    /** @type {Scene[]} */
    this.undone = [];
  }

  get canUndo() {
    return this.done.length > 1;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  /** Whether the scene differs from the last one that was kept. @param {Scene} scene */
  keep(scene) {
    const before = this.done[this.done.length - 1];
    if (JSON.stringify(before) === JSON.stringify(scene)) return false;
    this.done = [...this.done, structuredClone(scene)].slice(-MOST);
    this.undone = [];
    return true;
  }

  /** @returns {Scene} */
  undo() {
    if (this.canUndo) this.undone.push(/** @type {Scene} */ (this.done.pop()));
    return structuredClone(this.done[this.done.length - 1]);
  }

  /** @returns {Scene} */
  redo() {
    const next = this.undone.pop();
    if (next) this.done.push(next);
    return structuredClone(this.done[this.done.length - 1]);
  }
}
