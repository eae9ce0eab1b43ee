// The classes by name: a list with a search, those that were used last, and the one that is painted.

/** @typedef {import("./editor.js").ClassEditor} ClassEditor */
/** @typedef {{name: string, colour: string}} Class colour "#rrggbb" */

export const NO_CLASS = { name: "no class", colour: "#000000" };

export const PALETTE = `
  <aside class="rc-side rc-palette">
    <section><h3>Class</h3><div class="rc-class-now"><i></i><b></b></div><div class="rc-class-recent"></div></section>
    <section class="rc-class-all"><label class="rc-find"><input type="search" placeholder="Find a class" aria-label="Find a class"></label>
      <div class="rc-class-list" role="listbox" aria-label="Classes"></div></section>
    <section><h3>Map</h3>
      <div class="rc-pair"><label>Width <input type="number" name="width" min="64" max="4096"></label>
      <label>Height <input type="number" name="height" min="64" max="4096"></label></div>
      <button type="button" class="rc-button" data-does="fresh">New map of this class</button>
      <button type="button" class="rc-button" data-does="fromMap">The preprocessor's map</button></section>
  </aside>`;

export class Palette {
  /** @param {ClassEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.search = /** @type {HTMLInputElement} */ (editor.dialog.find("input[type=search]"));
    this.list = editor.dialog.find(".rc-class-list");
    this.search.addEventListener("input", () => this.filter());
    this.search.addEventListener("keydown", (event) => {
      const first = this.found()[0];
      if (event.key === "Enter" && first) editor.choose(first.colour);
    });
    this.filter();
  }

  /** The classes whose names hold what is searched, those that begin with it first. @returns {Class[]} */
  found() {
    const text = this.search.value.trim().toLowerCase();
    const at = (/** @type {Class} */ each) => each.name.toLowerCase().indexOf(text);
    const hits = this.editor.classes.filter((each) => at(each) >= 0);
    return text ? hits.sort((one, other) => Math.min(1, at(one)) - Math.min(1, at(other))) : hits;
  }

  filter() {
    const found = this.found();
    this.list.innerHTML = found.length
      ? found.map((each) => row(each, "option")).join("")
      : '<p class="rc-hint">No class is called so.</p>';
    this.update();
  }

  /** As the painter is now. */
  update() {
    const { painter, dialog } = this.editor;
    if (!painter) return;
    const { colour, recent } = painter.settings;
    const now = this.editor.classOf(colour) ?? NO_CLASS;
    dialog.find(".rc-class-now i").style.background = now.colour;
    dialog.find(".rc-class-now b").textContent = now.name;
    const known = recent.map((each) => this.editor.classOf(each)).filter((each) => each !== undefined);
    dialog.find(".rc-class-recent").innerHTML = known
      .map(({ name, colour: each }) => swatch(name, each, each === now.colour))
      .join("");
    for (const option of this.list.querySelectorAll("[data-colour]")) {
      option.setAttribute("aria-selected", String(option.getAttribute("data-colour") === now.colour));
    }
  }
}

/** @param {Class} each @param {string} role */
function row({ name, colour }, role) {
  return `<button type="button" role="${role}" class="rc-class" data-does="class" data-colour="${colour}" aria-selected="false"><i style="background:${colour}"></i><span>${name}</span></button>`;
}

/** @param {string} name @param {string} colour @param {boolean} isChosen */
function swatch(name, colour, isChosen) {
  return `<button type="button" class="rc-swatch" data-does="class" data-colour="${colour}" style="background:${colour}" title="${name}" aria-label="${name}, used before" aria-pressed="${isChosen}"></button>`;
}
