// Colours as text and numbers, and picking one from the screen. Another notation is a function here.

/** @typedef {import("./surface.js").Colour} Colour */

/** @param {string} text "#rrggbb" @returns {Colour} */
export function parseColour(text) {
  const number = parseInt(text.slice(1), 16);
  return { red: (number >> 16) & 255, green: (number >> 8) & 255, blue: number & 255 };
}

/** @param {ArrayLike<number>} channels red, green, blue */
export function colourText(channels) {
  return `#${Array.from({ length: 3 }, (_, i) => channels[i].toString(16).padStart(2, "0")).join("")}`;
}

/** Whether the browser can pick a colour anywhere on the screen: Chrome and Edge, over https or on this machine. */
export const hasScreenPicker = () => "EyeDropper" in window && window.isSecureContext;

/** @returns {Promise<string | null>} "#rrggbb", or null where the user gave up */
export async function pickFromScreen() {
  try {
    // @ts-ignore: not in every browser's types
    const { sRGBHex } = await new window.EyeDropper().open();
    return sRGBHex.toLowerCase();
  } catch {
    return null;
  }
}

/** The latest colours first, each once. @param {string[]} recent @param {string} colour @param {number} most */
export function withRecent(recent, colour, most = 6) {
  return [colour, ...recent.filter((known) => known !== colour)].slice(0, most);
}
