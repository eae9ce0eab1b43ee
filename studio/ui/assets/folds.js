// Folds stay as they were left; on a phone, Generate brings the result into view.

import { open } from "./modes.js";

const KEPT = "redraw.folds";
const NARROW = 900;
/** @type {WeakSet<Element>} folds that were looked at already */
const seen = new WeakSet();

/** @returns {Record<string, boolean>} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

/** The page and the first word of a fold's header, which may count something behind it. @param {Element} header */
function nameOf(header) {
  const workspace = header.closest(".workspace");
  const words = header.textContent?.trim().split(" · ")[0];
  return workspace && words ? `${workspace.classList.contains("img2img") ? "img2img" : "txt2img"} ${words}` : "";
}

/** Brings a ControlNet unit before the user's eyes. @param {string} page @param {number} number */
export function openUnit(page, number) {
  open(page);
  const header = document.querySelector(`#${page}_controlnet > .label-wrap`);
  if (header instanceof HTMLElement && !header.classList.contains("open")) header.click();
  const press = (tries = 200) => {
    const tab = document.getElementById(`${page}_unit_${number}-button`);
    tab?.click();
    if (!tab && tries) setTimeout(press, 50, tries - 1); // drawn when the fold opens
    else tab?.scrollIntoView({ block: "center", behavior: "smooth" });
  };
  press();
}

export function redrawn() {
  for (const header of document.querySelectorAll("#studio :is(.fold, .quiet) > .label-wrap")) {
    if (seen.has(header)) continue;
    seen.add(header);
    if (kept()[nameOf(header)] && !header.classList.contains("open") && header instanceof HTMLElement) header.click();
  }
}

export function start() {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const header = event.target.closest("#studio :is(.fold, .quiet) > .label-wrap");
    const name = header && nameOf(header);
    if (name) requestAnimationFrame(() => remember(name, header.classList.contains("open")));
    const isGenerate = event.target.closest("#studio .generate");
    if (isGenerate && window.innerWidth < NARROW) {
      isGenerate.closest(".workspace")?.querySelector(".stage")?.scrollIntoView({ block: "center", behavior: "smooth" });
    }
  });
}

/** @param {string} name @param {boolean} isOpen */
function remember(name, isOpen) {
  localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [name]: isOpen }));
}
