// The board: the pictures of a press of Generate, large, to choose the best one from. Those put aside leave their room
// to the others. Another thing to do with the chosen picture is a line in ACTS.

import { mode } from "./modes.js";

/** @typedef {{page: string, strip: Element, jobs: string}} Place whose pictures lie on the board */

const PATIENCE = 100; // looks at the stage, 50 ms apart
const DRAWN_ON = ["img2img", "sketch", "inpaint", "inpaint-sketch", "inpaint-upload"];

/** The page's own buttons, which act on the picture on the stage. @type {Record<string, (page: string) => string>} */
const ACTS = {
  seed: (page) => `#${page}_seed_again`,
  base: (page) => `#${page}_send_${page === "img2img" && DRAWN_ON.includes(mode()) ? mode().replace("-", "_") : "img2img"}`,
};
const KEYS = { s: "seed", Enter: "base", x: "aside" };

/** What was put aside, by the jobs; it stays until the page is left. @type {Map<string, Set<string>>} */
const aside = new Map();

class Board {
  /** @param {Place} place */
  constructor({ page, strip, jobs }) {
    this.page = page;
    this.strip = strip;
    this.aside = aside.get(jobs) ?? new Set();
    aside.set(jobs, this.aside);
    this.chosen = strip.querySelector(".thumb.is-on[data-seed]")?.getAttribute("data-address") ?? "";
    this.element = document.createElement("dialog");
    this.element.className = "rc-dialog board";
    this.element.setAttribute("aria-label", "Choose the best picture");
    this.element.innerHTML = `
      <header class="rc-dialog-head"><h2>Choose the best</h2><span class="rc-about"></span><i class="rc-spring"></i>
        <button type="button" class="rc-tool" data-does="close" aria-label="Close the board">${window.StudioIcons.close}</button></header>
      <div class="board-pictures"></div>
      <footer class="rc-dialog-foot"><span class="board-aside"></span><i class="rc-spring"></i>
        <button type="button" class="rc-button" data-does="seed" title="S">Keep its seed</button>
        <button type="button" class="rc-button rc-primary" data-does="base" title="Enter">Use as base</button></footer>`;
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.element.addEventListener("dblclick", (event) => address(event.target) && void this.act("base"));
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.element.addEventListener("close", () => this.element.remove());
  }

  open() {
    this.draw();
    document.body.append(this.element);
    this.element.showModal();
    this.focus();
  }

  /** @returns {HTMLElement[]} */
  get thumbs() {
    return [...this.strip.querySelectorAll("[data-seed]")].filter((each) => each instanceof HTMLElement);
  }

  draw() {
    const kept = this.thumbs.filter((each) => !this.aside.has(String(each.dataset.address)));
    const put = this.thumbs.filter((each) => this.aside.has(String(each.dataset.address)));
    const columns = Math.ceil(Math.sqrt(kept.length));
    const pictures = /** @type {HTMLElement} */ (this.element.querySelector(".board-pictures"));
    pictures.style.setProperty("--columns", String(columns));
    pictures.style.setProperty("--rows", String(Math.ceil(kept.length / columns)));
    pictures.innerHTML = kept.map((each) => cell(each, each.dataset.address === this.chosen)).join("");
    const back = put.map(
      (each) =>
        `<button type="button" class="board-back" data-back="${each.dataset.address}" aria-label="Take back picture ${number(each)}"><img src="${each.querySelector("img")?.src}" alt=""></button>`,
    );
    this.say(".board-aside", put.length ? `Put aside ${back.join("")}` : "Click chooses, X puts aside, Enter goes on with it");
    this.say(".rc-about", `${kept.length} of ${this.thumbs.length} left`);
  }

  /** @param {string} selector @param {string} html */
  say(selector, html) {
    /** @type {HTMLElement} */ (this.element.querySelector(selector)).innerHTML = html;
  }

  focus() {
    const cells = [...this.element.querySelectorAll(".board-cell")];
    const found = cells.find((each) => address(each) === this.chosen) ?? cells[0];
    if (found instanceof HTMLElement) found.focus();
  }

  /** @param {Event} event */
  clicked(event) {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("[data-does], [data-back]");
    const { does, back } = button instanceof HTMLElement ? button.dataset : {};
    if (does === "close") this.element.close();
    else if (does === "aside") this.putAside(address(event.target));
    else if (does) void this.act(does);
    else if (back) this.takeBack(back);
    else this.choose(address(event.target));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const cells = [...this.element.querySelectorAll(".board-cell")];
    const at = cells.findIndex((each) => address(each) === address(event.target));
    const columns = Number(getComputedStyle(/** @type {Element} */ (this.element.querySelector(".board-pictures"))).getPropertyValue("--columns"));
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const does = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
    if (at < 0 || (!step && !does)) return;
    event.preventDefault();
    event.stopPropagation(); // the page has keys of its own
    if (step) this.choose(address(cells[Math.min(Math.max(at + step, 0), cells.length - 1)]));
    else if (does === "aside") this.putAside(address(event.target));
    else if (does) {
      this.choose(address(event.target));
      void this.act(does);
    }
  }

  /** @param {string} chosen */
  choose(chosen) {
    if (!chosen) return;
    this.chosen = chosen;
    this.draw();
    this.focus();
  }

  /** @param {string} put */
  putAside(put) {
    if (this.thumbs.length - this.aside.size <= 1) return; // one is always left
    this.aside.add(put);
    if (this.chosen === put) this.chosen = "";
    this.draw();
    this.focus();
  }

  /** @param {string} back */
  takeBack(back) {
    this.aside.delete(back);
    this.choose(back);
  }

  /** The chosen picture comes onto the stage, then the page's own button is pressed. @param {string} does */
  async act(does) {
    const thumb = this.thumbs.find((each) => each.dataset.address === this.chosen);
    if (!thumb) return;
    thumb.click();
    const stage = this.strip.closest(".outcome");
    const isShown = () => stage?.querySelector(".stage .after")?.getAttribute("src") === this.chosen;
    for (let looks = 0; !isShown() && looks < PATIENCE; looks++) await new Promise((go) => setTimeout(go, 50));
    this.element.close();
    const button = document.querySelector(ACTS[does](this.page));
    if (isShown() && button instanceof HTMLElement) button.click();
  }
}

/** The picture that something on the board belongs to. @param {EventTarget | null} target */
function address(target) {
  const found = target instanceof Element ? target.closest("[data-address]") : null;
  return found?.getAttribute("data-address") ?? "";
}

/** @param {HTMLElement} thumb */
const number = (thumb) => Number(thumb.dataset.number) + 1;

/** @param {HTMLElement} thumb @param {boolean} isChosen */
function cell(thumb, isChosen) {
  const { address, seed } = thumb.dataset;
  const name = `Picture ${number(thumb)}, seed ${seed}`;
  return `<div class="board-cell${isChosen ? " is-on" : ""}" tabindex="0" role="button" aria-pressed="${isChosen}" data-address="${address}" aria-label="${name}">
    <img src="${address}" alt=""><span class="board-name">${number(thumb)} · seed ${seed}</span>
    <button type="button" data-does="aside" aria-label="Put picture ${number(thumb)} aside">${window.StudioIcons.close}</button></div>`;
}

export function start() {
  document.addEventListener("click", (event) => {
    const strip = event.target instanceof Element && event.target.closest(".open-board") ? event.target.closest(".strip") : null;
    if (!(strip instanceof HTMLElement)) return;
    const page = strip.closest(".workspace")?.classList.contains("img2img") ? "img2img" : "txt2img";
    new Board({ page, strip, jobs: strip.dataset.jobs ?? "" }).open();
  });
}
