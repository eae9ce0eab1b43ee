// Setting a field so that Gradio takes it for the user's own typing.

/** @param {HTMLInputElement | HTMLTextAreaElement} field @param {string | number} value */
export function type(field, value) {
  const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
  own?.set?.call(field, String(value));
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
