"""Prompt, negative prompt and styles, with their counters and tools. A tool is a button in `build`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gradio as gr

from studio.ui.parts import style_editor
from studio.ui.values import QUIET, Controls, Values
from studio.ui.widgets import icon_button, spring, text_button

Count = Callable[[str], tuple[int, int]]
"""A prompt's tokens, and how many fit into the chunks that they fill."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompts:
    """A piece of the request."""

    prompt: str
    negative_prompt: str
    styles: tuple[str, ...]


BOXES = (
    ("prompt", "Prompt", "What the picture should become"),
    ("negative_prompt", "Negative prompt", "What to keep away"),
)


def build(key: str, count: Count, styles: Sequence[str], interrogators: Sequence[str]) -> Controls:
    """`key` makes the ids of the page unique. Handles: paste, apply_styles, edit_styles, dropped,
    `interrogate.<name>`, and those of the editor of styles.
    """
    with gr.Column(elem_classes=["area-prompt", "card"]):
        with gr.Row(elem_classes=["prompts"]):
            boxes = {name: build_box(key, name, label, tip, count) for name, label, tip in BOXES}
        with gr.Row(elem_classes=["prompt-tools", "bar"]):
            chosen = gr.Dropdown(
                list(styles),
                value=[],
                multiselect=True,
                label="Styles",
                interactive=True,
                elem_classes=["line", "styles"],
            )
            apply = icon_button("apply", "Apply selected styles to the prompt")
            edit = icon_button("edit", "Edit styles", elem_id=f"{key}_edit_styles")
            spring()
            asking = {f"interrogate.{name}": text_button("picture", f"Interrogate {name}") for name in interrogators}
            paste = icon_button("paste", PASTE, elem_id=f"{key}_paste")
            clear = icon_button("clear", "Clear prompt", elem_id=f"{key}_clear")
        editor = style_editor.build(key, styles)
        # A file that is dropped on the prompt is put in here by assets/drop.js.
        dropped = gr.File(label="Picture with parameters", visible="hidden", elem_classes=["dropped"])
    emptied = "(...boxes) => window.confirm('Delete the prompt and the negative prompt?') ? ['', ''] : boxes"
    clear.click(None, list(boxes.values()), list(boxes.values()), js=emptied, **QUIET)
    handles = {"paste": paste, "apply_styles": apply, "edit_styles": edit, "dropped": dropped, **asking}
    return Controls(values={**boxes, "styles": chosen}, handles=handles) | editor


PASTE = "Read generation parameters from the prompt, or from the last generation if it is empty"


def build_box(key: str, name: str, label: str, tip: str, count: Count) -> gr.Textbox:
    with gr.Column(elem_classes=["prompt"], min_width=0):
        box = gr.Textbox(
            label=label,
            placeholder=tip,
            lines=3,
            max_lines=3,
            interactive=True,
            elem_id=f"{key}_{name}",
            elem_classes=["prompt-text"],
        )
        counter = gr.HTML(counter_html(0, 75), elem_classes=["counter-box"])

    def counted(text: str) -> str:
        return counter_html(*count(text))

    box.change(counted, box, counter, trigger_mode="always_last", **QUIET)
    return box


def counter_html(tokens: int, limit: int) -> str:
    title = f"Tokens, of the {limit} that fit into the chunks they fill"
    return f'<span class="counter" title="{title}">{tokens}/{limit}</span>'


def read(values: Values) -> Prompts:
    return Prompts(
        prompt=values["prompt"] or "",
        negative_prompt=values["negative_prompt"] or "",
        styles=tuple(values["styles"] or ()),
    )


def show(prompts: Prompts) -> Values:
    return {
        "prompt": prompts.prompt,
        "negative_prompt": prompts.negative_prompt,
        "styles": list(prompts.styles),
    }
