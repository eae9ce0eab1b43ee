// Buttons with `data-insert` write their text into the prompt, or take it out where it is there already.

import { type } from "./native.js";
import { open, page } from "./modes.js";

const PAGES = ["img2img", "txt2img"];
let last = PAGES[0];

/** The prompt's field of a page, once it was drawn. @param {string} name */
const field = (name) => /** @type {HTMLTextAreaElement | null} */ (document.querySelector(`#${name}_prompt textarea`));

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A text as it may stand in a prompt already; of a network any weight counts. @param {string} insert */
function pattern(insert) {
  const network = /^<(\w+):([^:>]+)/.exec(insert);
  if (network) return new RegExp(`\\s*<${network[1]}:${escaped(network[2])}[:>][^>]*>?`, "i");
  return new RegExp(`(^|,\\s*)${escaped(insert)}(?=\\s*(,|<|$))`, "i");
}

/** The prompt with the text, or without it where it had it. @param {string} prompt @param {string} insert */
export function toggled(prompt, insert) {
  const found = pattern(insert);
  if (found.test(prompt)) return prompt.replace(found, "").replace(/^,\s*/, "");
  const between = insert.startsWith("<") ? " " : ", ";
  return prompt.trim() ? prompt.trimEnd().replace(/,$/, "") + between + insert : insert;
}

/** @param {string} text @param {Element} button */
function put(text, button) {
  const area = field(last);
  if (!area) return;
  const prompt = toggled(area.value, text);
  const what = prompt.length > area.value.length ? "now in" : "taken out of";
  type(area, prompt);
  const told = button.closest(".models")?.querySelector(".models-told");
  if (told) told.textContent = `${text} is ${what} the prompt of ${last}`;
}

/** A tab that was never opened has no field yet. @param {string} text @param {Element} button */
function drawn(text, button, tries = 60) {
  if (field(last)) put(text, button);
  else if (tries) requestAnimationFrame(() => drawn(text, button, tries - 1));
}

export function start() {
  document.addEventListener("studio-opened", () => {
    if (PAGES.includes(page())) last = page();
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
    if (!(button instanceof HTMLElement) || !button.dataset.insert) return;
    if (!field(last)) open(last);
    drawn(button.dataset.insert, button);
  });
}
