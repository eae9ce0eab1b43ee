"""The editor of styles, a panel below the prompts that opens by a button. What it does: `ui/style_binding.py`."""

from collections.abc import Sequence

import gradio as gr

from studio.ui.values import Controls
from studio.ui.widgets import icon_button, spring, text_button

HINT = (
    "In a style, {prompt} stands for what is typed above; without it the style is put behind that. "
    "A new name makes a new style."
)


def build(key: str, styles: Sequence[str]) -> Controls:
    """Handles: style.panel, .name, .prompt, .negative_prompt, .save, .delete, .copy, .close."""
    with gr.Column(visible=False, elem_classes=["style-editor"], elem_id=f"{key}_style_editor") as panel:
        with gr.Row(elem_classes=["bar"]):
            name = gr.Dropdown(
                list(styles),
                value=None,
                label="Style",
                allow_custom_value=True,
                interactive=True,
                elem_classes=["line", "style-name"],
            )
            copy = text_button("paste", "Copy the prompts")
            spring()
            delete = text_button("clear", "Delete")
            save = text_button("save", "Save")
            close = icon_button("close", "Close the editor of styles")
        with gr.Row(elem_classes=["prompts"]):
            prompt = gr.Textbox(label="Prompt of the style", lines=2, max_lines=6, interactive=True)
            negative = gr.Textbox(label="Negative prompt of the style", lines=2, max_lines=6, interactive=True)
        gr.HTML(f'<span class="hint">{HINT}</span>', elem_classes=["wrapping"])
    parts = {
        "panel": panel, "name": name, "prompt": prompt, "negative_prompt": negative, "save": save, "delete": delete,
        "copy": copy, "close": close,
    }  # fmt: skip
    return Controls(handles={f"style.{each}": component for each, component in parts.items()})
