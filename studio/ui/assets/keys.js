// Keys: Ctrl+Enter generates, Alt+Enter skips, Escape interrupts.

/** The button of the page that is open. @param {string} suffix */
function shown(suffix) {
  const all = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(`button[id$="_${suffix}"]`));
  return [...all].find((button) => button.offsetParent !== null);
}

/** @param {KeyboardEvent} event @returns {string} */
function meant(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return "generate";
  if (event.key === "Enter" && event.altKey) return "skip";
  const isBusyElsewhere = document.querySelector("dialog[open], [role=listbox], :fullscreen");
  return event.key === "Escape" && !isBusyElsewhere ? "interrupt" : "";
}

export function start() {
  document.addEventListener("keydown", (event) => {
    const button = meant(event) && shown(meant(event));
    if (!button || button.disabled || event.defaultPrevented) return;
    event.preventDefault();
    button.click();
  });
}
