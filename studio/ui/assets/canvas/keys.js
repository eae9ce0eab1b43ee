// Keys, pasting and dropping: which canvas they mean, and what they do. A new key is in the entry of its tool or
// command.

import { COMMANDS } from "./commands.js";
import { addLayer } from "./layer.js";
import { TOOLS } from "./tools.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {{painter: Painter, pointers: import("./pointers.js").Pointers}} Canvas */

/** Keys without Ctrl, by what they do. @type {Record<string, string>} */
const KEYS = {
  i: "invert",
  delete: "clear",
  f: "full",
  0: "fit",
  1: "one",
  "[": "smaller",
  "]": "larger",
  "+": "in",
  "=": "in",
  "-": "out",
};
for (const [name, { key }] of Object.entries(TOOLS)) if (key.length === 1) KEYS[key.toLowerCase()] = name;

/** While a layer is on the canvas. @type {Record<string, (painter: Painter) => boolean>} */
const LAYER_KEYS = {
  Enter(painter) {
    painter.layer?.flatten().catch((error) => painter.complain(error));
    return true;
  },
  Escape(painter) {
    painter.layer?.detach();
    return true;
  },
};

const TEXT_INPUTS = new Set(["text", "number", "search", "url", "email", "password", "tel"]);

let isShiftDown = false; // Ctrl + Shift + V: a paste event does not say it

/** @param {() => Canvas[]} canvases those on the page, the one used last first */
export function listen(canvases) {
  document.addEventListener("keydown", (event) => pressed(canvases(), event), true);
  document.addEventListener("keyup", (event) => released(canvases(), event), true);
  document.addEventListener("paste", (event) => pasted(canvases(), event));
  for (const name of /** @type {const} */ (["dragover", "drop"])) document.addEventListener(name, keepPage);
  window.addEventListener("blur", () => canvases().forEach(({ pointers }) => (pointers.isSpaceDown = false)));
}

/** A file that is dropped beside a canvas does not take the page's place. @param {DragEvent} event */
function keepPage(event) {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
}

/** @param {Canvas} canvas */
export function acceptDrops({ painter }) {
  const { root } = painter.frame;
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("rc-over");
  });
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) root.classList.remove("rc-over");
  });
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    root.classList.remove("rc-over");
    if (event.dataTransfer) void dropped(painter, event.dataTransfer, event.shiftKey);
  });
}

/**
 * With Shift a picture comes as a layer over the one that is there.
 * @param {Painter} painter @param {Blob} file @param {string} name @param {boolean} asLayer
 */
function put(painter, file, name, asLayer) {
  return asLayer && !painter.isSharp ? addLayer(painter, file, name) : painter.load(file, name);
}

/** @param {Painter} painter @param {DataTransfer} data @param {boolean} asLayer */
async function dropped(painter, data, asLayer) {
  const file = [...data.files].find(isPicture) ?? data.files[0];
  if (file) return put(painter, file, file.name, asLayer);
  const address = data
    .getData("text/uri-list")
    .split("\n")
    .find((line) => line && !line.startsWith("#"));
  if (!address)
    return painter.complain("Nothing to show was dropped. Drop a picture file, or a picture from another page.");
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(response.statusText);
    const name = new URL(address).pathname.split("/").pop() || "dropped.png";
    await put(painter, await response.blob(), decodeURIComponent(name), asLayer);
  } catch {
    painter.complain(
      "That site does not hand its pictures to other pages. Save the picture there, or copy it, and put it in here.",
    );
  }
}

/** @param {File} file */
const isPicture = (file) => file.type.startsWith("image/");

/** @param {Canvas[]} canvases @param {ClipboardEvent} event */
function pasted(canvases, event) {
  const file = pictureIn(event);
  const visible = canvases.filter(isVisible);
  const target = visible.find(({ pointers }) => pointers.isOver) ?? visible[0];
  if (!file || !target || event.defaultPrevented) return;
  event.preventDefault();
  void put(target.painter, file, file.name || "pasted.png", isShiftDown);
}

/** What text editors copy beside their text is no picture for the one who is typing. @param {ClipboardEvent} event */
function pictureIn({ clipboardData, target }) {
  if (!clipboardData || (isTyping(target) && clipboardData.types.includes("text/plain"))) return undefined;
  return [...clipboardData.files].find(isPicture);
}

/** @param {Canvas} canvas */
export function isVisible({ painter }) {
  const { root } = painter.frame;
  const editor = document.querySelector("dialog.rc-dialog"); // what lies below one is out of reach
  if (editor && !editor.contains(root)) return false;
  return root.isConnected && (root.offsetParent !== null || document.fullscreenElement === root);
}

/** The canvas under the pointer, else the one with the focus. @param {Canvas[]} canvases */
function meant(canvases) {
  const visible = canvases.filter(isVisible);
  return (
    visible.find(({ pointers }) => pointers.isOver) ??
    visible.find(({ painter }) => painter.frame.root.contains(document.activeElement))
  );
}

/** @param {Canvas[]} canvases @param {KeyboardEvent} event */
function pressed(canvases, event) {
  isShiftDown = event.shiftKey;
  if (event.altKey || isTyping(event.target)) return;
  const canvas = meant(canvases);
  if (!canvas || !acted(canvas, event)) return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {Canvas} canvas @param {KeyboardEvent} event */
function acted(canvas, event) {
  if (event.code === "Space") return hold(canvas, event);
  if (canvas.painter.layer && event.key in LAYER_KEYS) return LAYER_KEYS[event.key](canvas.painter);
  const name = event.ctrlKey || event.metaKey ? shortcut(event) : KEYS[event.key.toLowerCase()];
  return name !== undefined && run(canvas.painter, name);
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : undefined;
}

/** Whether the canvas has such a tool or command now. @param {Painter} painter @param {string} name */
function run(painter, name) {
  if (!painter.picture && name !== "undo" && name !== "redo") return false;
  const { railNames } = painter.frame;
  if (name in TOOLS) {
    if (railNames.includes(name)) painter.choose(name);
    return railNames.includes(name);
  }
  const acts = painter.isPainted || ["full", "fit", "one", "in", "out", "undo", "redo"].includes(name);
  if (acts) COMMANDS[name].run(painter);
  return acts;
}

/**
 * Space moves the view; on a button that has the focus, only under the pointer.
 * @param {Canvas} canvas @param {KeyboardEvent} event
 */
function hold({ painter, pointers }, event) {
  if (!painter.picture || (event.target instanceof HTMLButtonElement && !pointers.isOver)) return false;
  pointers.isSpaceDown = true;
  painter.frame.root.classList.add("rc-holding");
  return true;
}

/** @param {Canvas[]} canvases @param {KeyboardEvent} event */
function released(canvases, event) {
  if (event.code !== "Space") return;
  for (const { painter, pointers } of canvases) {
    if (pointers.isSpaceDown) event.preventDefault(); // no click on the button that has the focus
    pointers.isSpaceDown = false;
    painter.frame.root.classList.remove("rc-holding");
  }
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target instanceof HTMLInputElement && TEXT_INPUTS.has(target.type);
}
