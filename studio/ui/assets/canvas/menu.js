// The menu in the head: files, masks, layers. Its entries are in `files.js`.

import { ENTRIES, isUseful } from "./files.js";
import { addLayer } from "./layer.js";
import { popover } from "./popover.js";

/** @typedef {import("./painter.js").Painter} Painter */

/** @param {Painter} painter @returns {HTMLElement} */
export function menuFor(painter) {
  const names = Object.keys(ENTRIES).filter((name) => ENTRIES[name].modes.includes(painter.options.mode));
  const html = [
    ...names.map((name) => item(name, ENTRIES[name].label)),
    painter.isSharp ? "" : item("layer", "Place a second picture as a layer ..."),
  ].join("");
  const { element, panel } = popover({ label: "Save, load, layers", icon: "save", html });
  panel.classList.add("rc-menu");
  panel.addEventListener("beforetoggle", () => {
    for (const button of panel.querySelectorAll("button")) {
      const entry = ENTRIES[String(button.dataset.entry)];
      button.disabled = entry ? !isUseful(painter, entry) : !painter.picture;
    }
  });
  panel.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-entry]");
    if (button instanceof HTMLElement) void painter.during(() => run(painter, String(button.dataset.entry)));
  });
  return element;
}

/** @param {Painter} painter @param {string} name */
async function run(painter, name) {
  if (name !== "layer") return ENTRIES[name].run(painter);
  const chooser = document.createElement("input");
  chooser.type = "file";
  chooser.accept = "image/*";
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    if (file) void addLayer(painter, file, file.name);
  });
  chooser.click();
}

/** @param {string} name @param {string} label */
function item(name, label) {
  return `<button type="button" data-entry="${name}">${label}</button>`;
}
