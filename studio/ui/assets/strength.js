// The denoising strength in words.

/** Up to this strength, this is what happens. @type {[number, string][]} */
const SAYS = [
  [0, "Returns the picture unchanged."],
  [0.25, "Retouches: colours and fine texture change."],
  [0.45, "Restyles: shapes stay where they are."],
  [0.65, "Redraws: the composition stays."],
  [0.85, "Reinvents: only the rough layout stays."],
  [0.99, "Nearly everything is new."],
  [1, "Draws anew, the picture hardly counts."],
];

/** @param {HTMLInputElement} input */
function say(input) {
  const words = input.closest(".group")?.querySelector(".strength-says");
  const text = SAYS.find(([limit]) => Number(input.value) <= limit)?.[1] ?? "";
  if (words && words.textContent !== text) words.textContent = text;
}

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.closest(".strength")) say(event.target);
  });
}

export function redrawn() {
  for (const input of document.querySelectorAll(".strength input[type=range]")) say(input);
}
