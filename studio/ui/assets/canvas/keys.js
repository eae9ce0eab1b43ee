// Keys, pasting and dropping: which canvas they mean, and what they do. A new key is in the entry of its tool or command.

import { COMMANDS } from "./commands.js";
import { TOOLS } from "./tools.js";

/** @typedef {import("./painter.js").Painter} Painter */
/** @typedef {{painter: Painter, pointers: import("./pointers.js").Pointers}} Canvas */

/** Keys without Ctrl, by what they do. @type {Record<string, string>} */
const KEYS = { i: "invert", delete: "clear", f: "full", "0": "fit", "1": "one", "[": "smaller", "]": "larger", "+": "in", "=": "in", "-": "out" };
for (const [name, { key }] of Object.entries(TOOLS)) if (key.length === 1) KEYS[key.toLowerCase()] = name;

const TEXT_INPUTS = new Set(["text", "number", "search", "url", "email", "password", "tel"]);

/** @param {() => Canvas[]} canvases those on the page, the one used last first */
export function listen(canvases) {
  document.addEventListener("keydown", (event) => pressed(canvases(), event), true);
  document.addEventListener("keyup", (event) => released(canvases(), event), true);
  document.addEventListener("paste", (event) => pasted(canvases(), event));
  window.addEventListener("blur", () => canvases().forEach(({ pointers }) => (pointers.isSpaceDown = false)));
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
    if (event.dataTransfer) void dropped(painter, event.dataTransfer);
  });
}

/** @param {Painter} painter @param {DataTransfer} data */
async function dropped(painter, data) {
  const file = [...data.files].find(isPicture) ?? data.files[0];
  if (file) return painter.load(file);
  const address = data.getData("text/uri-list").split("\n").find((line) => line && !line.startsWith("#"));
  if (!address) return painter.complain("Nothing to show was dropped. Drop a picture file, or a picture from another page.");
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(response.statusText);
    const name = new URL(address).pathname.split("/").pop() || "dropped.png";
    await painter.load(await response.blob(), decodeURIComponent(name));
  } catch {
    painter.complain("That site does not hand its pictures to other pages. Save the picture there, or copy it, and put it in here.");
  }
}

/** @param {File} file */
const isPicture = (file) => file.type.startsWith("image/");

/** @param {Canvas[]} canvases @param {ClipboardEvent} event */
function pasted(canvases, event) {
  const file = [...(event.clipboardData?.files ?? [])].find(isPicture);
  const visible = canvases.filter(isVisible);
  const target = visible.find(({ pointers }) => pointers.isOver) ?? visible[0];
  if (!file || !target || event.defaultPrevented) return;
  event.preventDefault();
  void target.painter.load(file);
}

/** @param {Canvas} canvas */
export function isVisible({ painter }) {
  const { root } = painter.frame;
  return root.isConnected && (root.offsetParent !== null || document.fullscreenElement === root);
}

/** The canvas under the pointer, else the one with the focus. @param {Canvas[]} canvases */
function meant(canvases) {
  const visible = canvases.filter(isVisible);
  return visible.find(({ pointers }) => pointers.isOver) ?? visible.find(({ painter }) => painter.frame.root.contains(document.activeElement));
}

/** @param {Canvas[]} canvases @param {KeyboardEvent} event */
function pressed(canvases, event) {
  const canvas = isTyping(event.target) ? undefined : meant(canvases);
  if (!canvas || event.altKey || !canvas.painter.picture) return;
  const name = event.ctrlKey || event.metaKey ? shortcut(event) : KEYS[event.key.toLowerCase()];
  if (event.code === "Space" && !(event.target instanceof HTMLButtonElement)) hold(canvas);
  else if (!name || !run(canvas.painter, name)) return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : undefined;
}

/** Whether the canvas has such a tool or command. @param {Painter} painter @param {string} name */
function run(painter, name) {
  const { railNames } = painter.frame;
  if (name in TOOLS) {
    if (railNames.includes(name)) painter.choose(name);
    return railNames.includes(name);
  }
  const acts = painter.isPainted || ["full", "fit", "one", "in", "out", "undo", "redo"].includes(name);
  if (acts) COMMANDS[name].run(painter);
  return acts;
}

/** @param {Canvas} canvas */
function hold({ painter, pointers }) {
  pointers.isSpaceDown = true;
  painter.frame.root.classList.add("rc-holding");
}

/** @param {Canvas[]} canvases @param {KeyboardEvent} event */
function released(canvases, event) {
  if (event.code !== "Space") return;
  for (const { painter, pointers } of canvases) {
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
