// A picture that is dropped on the prompts gives its parameters: it is put into the hidden file field beside them.

/** @param {DragEvent} event */
function place(event) {
  const isFile = event.dataTransfer?.types.includes("Files");
  return isFile && event.target instanceof Element ? event.target.closest(".area-prompt") : null;
}

export function start() {
  document.addEventListener("dragover", (event) => {
    if (place(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const field = /** @type {HTMLInputElement | null | undefined} */ (place(event)?.querySelector(".dropped input[type=file]"));
    const file = event.dataTransfer?.files[0];
    if (!field || !file) return;
    event.preventDefault();
    const transfer = new DataTransfer();
    transfer.items.add(file);
    field.files = transfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
