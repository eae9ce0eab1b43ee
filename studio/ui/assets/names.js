// Names and tooltips for what Gradio draws without them.

export function redrawn() {
  for (const button of document.querySelectorAll("#studio button.icon:not([data-tip])")) {
    button.dataset.tip = button.textContent.trim();
  }
  for (const button of document.querySelectorAll("#studio .toggle:not([aria-pressed])")) {
    button.setAttribute("aria-pressed", "false");
  }
  // A slider's two inputs get their label's text, which may change; Gradio names only one of them.
  for (const block of document.querySelectorAll("#studio .block:has(input[type=range]):not(:has(.block))")) {
    const label = block.querySelector("[data-testid=block-info]")?.textContent?.trim();
    if (!label || block.dataset.named === label) continue;
    block.dataset.named = label;
    for (const input of block.querySelectorAll("input")) input.setAttribute("aria-label", label);
  }
}
