// The frame of an editor that lies over the page: head, body, foot, one line of message. What it edits is up to the
// caller.

import { svg } from "./icons.js";
import { Message } from "./message.js";

/**
 * @typedef {{name: string, title: string, about: string, head: string, body: string, foot: string, send: string}} Look
 *   `head`, `body` and `foot` are HTML; `send` names the button that hands the work over
 */

export class Dialog {
  /** @param {Look} look */
  constructor({ name, title, about, head, body, foot, send }) {
    this.element = document.createElement("dialog");
    this.element.className = `rc-dialog rc-${name}`;
    this.element.setAttribute("aria-label", `${title}, ${about}`);
    this.element.innerHTML = `
      <header class="rc-dialog-head"><h2>${title}</h2><span class="rc-about">${about}</span><i class="rc-spring"></i>${head}
        ${toolButton("close", "Close; what is not sent stays here", "Esc", "close")}</header>
      <div class="rc-dialog-body">${body}</div>
      <footer class="rc-dialog-foot">${foot}<i class="rc-spring"></i>
        <button type="button" class="rc-button" data-does="close">Close</button>
        <button type="button" class="rc-button rc-primary" data-does="send">${send}</button></footer>`;
    this.message = new Message(this.find(".rc-message"));
    this.onClose = () => {};
    this.element.addEventListener("close", () => {
      this.onClose();
      this.element.remove();
    });
  }

  /** @param {string} selector @returns {HTMLElement} */
  find(selector) {
    return /** @type {HTMLElement} */ (this.element.querySelector(selector));
  }

  open() {
    document.body.append(this.element);
    this.element.showModal();
  }

  close() {
    this.element.close();
  }

  /**
   * What the buttons do, by their `data-does`.
   * @param {Record<string, (button: HTMLElement) => void>} actions
   */
  connect(actions) {
    const all = { close: () => this.close(), ...actions };
    this.element.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-does]");
      if (button instanceof HTMLElement) all[String(button.dataset.does)]?.(button);
    });
  }

  /** While the server works, nothing is sent twice. @param {boolean} isBusy */
  setBusy(isBusy) {
    /** @type {HTMLButtonElement} */ (this.find("[data-does=send]")).disabled = isBusy;
  }
}

/** @param {string} icon @param {string} label @param {string} key @param {string} does */
export function toolButton(icon, label, key, does) {
  return `<button type="button" class="rc-tool" data-does="${does}" aria-label="${label}" data-tip="${label}" data-key="${key && ` (${key})`}">${svg(icon)}</button>`;
}

export const MESSAGE = '<div class="rc-message" hidden></div>';
