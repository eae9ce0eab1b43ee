// How the tools are set, kept in this browser for each kind of canvas. A new setting is a line in DEFAULTS.

export const DEFAULTS = {
  size: 40,
  hardness: 1,
  opacity: 1,
  colour: "#e5484d",
  recent: ["#e5484d", "#f5a623", "#46a758", "#3e8bd8", "#ffffff", "#1b1b1b"],
  maskColour: "#ff2f76",
  maskOpacity: 0.55,
  tolerance: 24,
  edge: 8,
  pressure: /** @type {"" | "size" | "opacity"} */ ("size"), // what a pen changes by pressing
};
export const LEAST_SIZE = 1;
export const MOST_SIZE = 1000;

/** @typedef {typeof DEFAULTS} Settings */

/** @param {string} mode @returns {Settings} */
export function loadSettings(mode) {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(`redraw.tools.${mode}`) ?? "{}") };
  } catch {
    return { ...DEFAULTS };
  }
}

/** @param {string} mode @param {Settings} settings */
export function saveSettings(mode, settings) {
  localStorage.setItem(`redraw.tools.${mode}`, JSON.stringify(settings));
}
