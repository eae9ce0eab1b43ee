// A panel that opens from a button and closes by a click elsewhere or Escape. A new panel is another call of `popover`.

import { svg } from "./icons.js";

/**
 * A button with its panel; what lies in the panel is up to the caller.
 * @param {{label: string, icon: string, html: string, keepsOpen?: boolean}} look
 * @returns {{element: HTMLElement, panel: HTMLElement}}
 */
export function popover({ label, icon, html, keepsOpen = false }) {
  const element = document.createElement("span");
  element.className = "rc-popover";
  element.innerHTML = `<button type="button" class="rc-tool" aria-label="${label}" data-tip="${label}" aria-haspopup="true">${svg(icon)}</button>
    <div class="rc-panel" popover>${html}</div>`;
  const [button, panel] = /** @type {HTMLCollectionOf<HTMLElement>} */ (element.children);
  button.addEventListener("click", () => {
    panel.showPopover();
    place(panel, button.getBoundingClientRect());
  });
  if (!keepsOpen) panel.addEventListener("click", () => panel.hidePopover());
  return { element, panel };
}

/** Below the button where there is room, else above it. @param {HTMLElement} panel @param {DOMRect} button */
function place(panel, button) {
  const gap = 6;
  const { offsetWidth: width, offsetHeight: height } = panel;
  const isOnTheRight = button.left > innerWidth / 2;
  const left = isOnTheRight ? button.right - width : button.left;
  const hasRoomBelow = button.bottom + gap + height < innerHeight;
  panel.style.left = `${Math.max(gap, Math.min(left, innerWidth - width - gap))}px`;
  panel.style.top = `${hasRoomBelow ? button.bottom + gap : Math.max(gap, button.top - gap - height)}px`;
}
