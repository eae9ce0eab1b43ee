// One line over the canvas: what has just happened and what can be done about it. Errors stay until they are dismissed.

import { svg } from "./icons.js";

/** @typedef {{label: string, act: () => void}} Action */

const NOTICE_MS = 8000;

export class Message {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.timer = 0;
    this.clear();
  }

  /** A notice that goes by itself. @param {string} text @param {Action[]} actions */
  tell(text, actions = []) {
    this.show(text, actions, false);
    this.timer = setTimeout(() => this.clear(), NOTICE_MS);
  }

  /** What went wrong. @param {string} text @param {Action[]} actions */
  complain(text, actions = []) {
    this.show(text, actions, true);
  }

  clear() {
    clearTimeout(this.timer);
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** @param {string} text @param {Action[]} actions @param {boolean} isError */
  show(text, actions, isError) {
    this.clear();
    const words = document.createElement("span");
    words.textContent = text;
    const buttons = actions.map(({ label, act }) => this.button(label, label, act));
    const close = this.button(svg("close", 14), "Dismiss", () => {});
    close.classList.add("rc-dismiss");
    this.element.append(words, ...buttons, close);
    this.element.setAttribute("role", isError ? "alert" : "status");
    this.element.classList.toggle("rc-error", isError);
    this.element.hidden = false;
  }

  /** @param {string} content @param {string} name @param {() => void} act */
  button(content, name, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = content;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => {
      this.clear();
      act();
    });
    return button;
  }
}
