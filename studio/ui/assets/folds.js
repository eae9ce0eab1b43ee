// Folds stay as they were left; on a phone, Generate brings the result into view.

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
