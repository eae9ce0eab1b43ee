// Which tab is open. The style reads it from `data-mode` of the workspace, events ask `mode()`.

const FIRST = "img2img";
const workspace = () => document.querySelector("#studio .workspace.img2img");

/** The open tab of img2img, by the id that its button carries. */
export function mode() {
  const button = document.querySelector('#modes > .tab-wrapper [role="tab"][aria-selected="true"]');
  return button?.id.replace(/^mode_/, "").replace(/-button$/, "") || workspace()?.dataset.mode || FIRST;
}

/** Opens a page, and on it a tab. @param {string} page @param {string} [tab] */
export function open(page, tab) {
  button("page", page)?.click();
  if (!tab) return;
  const press = (tries = 200) => {
    button("mode", tab)?.click();
    if (mode() !== tab && tries) setTimeout(press, 50, tries - 1); // a busy browser draws the tabs late
  };
  press();
}

/**
 * The button of a tab. Those for which a narrow window has no room stand in a menu, without ids: they go by their names.
 * @param {"page" | "mode"} kind @param {string} key @returns {HTMLElement | undefined}
 */
function button(kind, key) {
  const plain = (/** @type {string | null} */ text) => (text ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
  /** @type {NodeListOf<HTMLElement>} */
  const inMenu = document.querySelectorAll(`#${kind}s > .tab-wrapper .overflow-dropdown button`);
  const found = document.getElementById(`${kind}_${key}-button`);
  return found ?? [...inMenu].find((each) => plain(each.textContent) === plain(key));
}

/** The page that is open. */
export function page() {
  const button = document.querySelector('#pages > .tab-wrapper [role="tab"][aria-selected="true"]');
  return button?.id.replace(/^page_/, "").replace(/-button$/, "") ?? "";
}

let marked = "";

/** Tells the style, and whoever listens to "studio-opened". */
function mark() {
  const place = workspace();
  const now = mode();
  if (place && place.dataset.mode !== now) place.dataset.mode = now;
  const opened = `${page()} ${now}`;
  if (marked && marked !== opened) document.dispatchEvent(new CustomEvent("studio-opened"));
  marked = opened;
}

export function start() {
  document.addEventListener("click", () => requestAnimationFrame(mark));
  new MutationObserver(mark).observe(document.body, { attributes: true, attributeFilter: ["aria-selected"], subtree: true });
}

export const redrawn = mark;
