// Buttons of tools and commands: icon, name, key. A new look of a button is a function here.

import { COMMANDS } from "./commands.js";
import { svg } from "./icons.js";
import { TOOLS } from "./tools.js";

/** @param {string} name of a tool or a command */
export function buttonFor(name) {
  const isTool = name in TOOLS;
  const { label, key, icon } = isTool ? TOOLS[name] : COMMANDS[name];
  const pressed = isTool ? ' aria-pressed="false"' : "";
  return `<button type="button" class="rc-tool" data-does="${name}" aria-label="${label}" data-tip="${label}" data-key="${key && ` (${key})`}"${pressed}>${svg(icon)}</button>`;
}
