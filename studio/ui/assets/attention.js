// Ctrl+Up and Ctrl+Down in a prompt change the weight of the word at the caret, or of what is selected, by 0.1.

import { type } from "./native.js";

const STEP = 0.1;
const BETWEEN = /[\s,.()<>[\]:]/;

/** The weighted piece `(text:1.2)` around a selection. @param {string} text @param {number} start @param {number} end */
function weighted(text, start, end) {
  const open = text.lastIndexOf("(", start - (text[start] === "(" ? 0 : 1));
  const close = text.indexOf(")", end);
  if (open < 0 || close < 0 || text.slice(open, start).includes(")")) return null;
  const parts = /^\((.*):(-?[\d.]+)\)$/s.exec(text.slice(open, close + 1));
  return parts && { start: open, end: close + 1, inner: parts[1], weight: Number(parts[2]) };
}

/** The word at the caret, or the selection without spaces at its end. @param {string} text @param {number} start @param {number} end */
function plain(text, start, end) {
  if (start === end) {
    while (start > 0 && !BETWEEN.test(text[start - 1])) start--;
    while (end < text.length && !BETWEEN.test(text[end])) end++;
  }
  while (end > start && text[end - 1] === " ") end--;
  return start === end ? null : { start, end, inner: text.slice(start, end), weight: 1 };
}

/** @param {string} text @param {number} start @param {number} end @param {number} change */
export function reweighted(text, start, end, change) {
  const piece = weighted(text, start, end) ?? plain(text, start, end);
  if (!piece) return null;
  const weight = Math.round((piece.weight + change) * 100) / 100;
  const fresh = weight === 1 ? piece.inner : `(${piece.inner}:${weight})`;
  const from = piece.start + (weight === 1 ? 0 : 1);
  return { text: text.slice(0, piece.start) + fresh + text.slice(piece.end), from, to: from + piece.inner.length };
}

export function start() {
  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (!(area instanceof HTMLTextAreaElement) || !area.closest(".prompt-text")) return;
    const change = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (!change || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const changed = reweighted(area.value, area.selectionStart, area.selectionEnd, change);
    if (!changed) return;
    type(area, changed.text);
    area.setSelectionRange(changed.from, changed.to);
  });
}
