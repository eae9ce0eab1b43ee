// The page's own script: loads the parts, and offers to Gradio's events what they need, as `window.StudioPage`.
// A new behaviour is a module here with a `start`.

import * as attention from "./attention.js";
import * as board from "./board.js";
import * as drop from "./drop.js";
import * as folds from "./folds.js";
import * as keys from "./keys.js";
import * as memory from "./memory.js";
import * as modes from "./modes.js";
import * as names from "./names.js";
import * as networks from "./networks.js";
import { search } from "./search.js";
import * as size from "./size.js";
import * as stage from "./stage.js";
import * as strength from "./strength.js";
import * as theme from "./theme.js";

const PARTS = [theme, names, modes, memory, strength, size, stage, folds, keys, attention, drop, networks, board];
const REDRAWN = PARTS.filter((part) => "redrawn" in part);

function start() {
  for (const part of PARTS) part.start?.();
  let waiting = 0;
  const redraw = () => {
    waiting = 0;
    for (const part of REDRAWN) part.redrawn();
  };
  // Gradio draws late, and again whenever a tab or a fold opens.
  new MutationObserver(() => {
    waiting ||= requestAnimationFrame(redraw);
  }).observe(document.body, { childList: true, subtree: true });
  redraw();
}

window.StudioPage = {
  mode: modes.mode,
  open: modes.open,
  openUnit: folds.openUnit,
  boot: memory.boot,
  keep: memory.keep,
  search,
  showBox: size.showBox,
  /** Presses a button by its id. @param {string} id */
  press: (id) => document.getElementById(id)?.click(),
  touch: memory.touch,
  /** Values, and which visit and tab they come from (parcel.py). @param {any[]} values */
  pack: (values) => ({ visit: memory.visit(), mode: modes.mode(), values }),
  /** What a parcel says of each component; nothing where it says nothing. @param {any[] | null} parcel */
  unpack: (parcel) => (parcel ?? []).map((value) => value ?? undefined),
};

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
