"""The small shapes that every group is made of, and the drawing of declared fields. Their look is in `assets/`."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from studio.domain.fields import Check, Choice, Colour, Field, File, MultiChoice, Note, Number, Picture, Slider, Text
from studio.ui.icons import svg

Options = Callable[[str], Sequence[str]]
"""The values of a list that a field names ("samplers")."""


def icon_button(icon: str, label: str, *classes: str, **more: Any) -> gr.Button:
    """The label stays in the button as its name, and becomes the tooltip; only the icon shows."""
    return gr.Button(label, elem_classes=["icon", f"icon-{icon}", *classes], scale=0, min_width=30, size="sm", **more)


def text_button(icon: str, label: str, *classes: str, **more: Any) -> gr.Button:
    names = ["with-icon", f"icon-{icon}", *classes]
    return gr.Button(label, elem_classes=names, scale=0, min_width=30, size="sm", **more)


def chip(label: str, *classes: str, **more: Any) -> gr.Button:
    return gr.Button(label, size="sm", scale=0, min_width=0, elem_classes=["chip", *classes], **more)


def slider(label: str, low: float, high: float, value: float, step: float, **more: Any) -> gr.Slider:
    """Label, slider and number in one line of 30 px."""
    return gr.Slider(
        low, high, value, step=step, label=label, elem_classes=["line"], interactive=True, buttons=[], **more
    )


def choice(label: str, options: Sequence[str], value: Any = None, *classes: str, **more: Any) -> gr.Dropdown:
    """A long list in one line; without a value the first option holds."""
    chosen = value if value is not None else next(iter(options), None)
    return gr.Dropdown(
        list(options), value=chosen, label=label, elem_classes=["line", *classes], interactive=True, **more
    )


def number(label: str, value: float, *classes: str, **more: Any) -> gr.Number:
    return gr.Number(value, label=label, interactive=True, elem_classes=["line", *classes], **more)


def check(label: str, value: bool = False, *classes: str, **more: Any) -> gr.Checkbox:
    return gr.Checkbox(value, label=label, interactive=True, elem_classes=list(classes), **more)


def segments(label: str, options: Sequence[str], value: str | None = None, *classes: str) -> gr.Radio:
    """A few short words, one of which holds: a row of segments."""
    return gr.Radio(
        list(options), value=value or options[0], label=label, elem_classes=["segments", *classes], interactive=True
    )


def heading(text: str) -> gr.HTML:
    return gr.HTML(f"<h3>{text}</h3>", elem_classes=["heading"])


def spring() -> gr.HTML:
    """Takes the room that is left in a bar."""
    return gr.HTML("<i></i>", elem_classes=["spring"])


def hint(text: str, *classes: str) -> gr.HTML:
    return gr.HTML(hint_html(text), elem_classes=list(classes))


def hint_html(text: str) -> str:
    return f'<span class="hint">{text}</span>'


def component(field: Field, options: Options, value: Any = None) -> Any:
    """A declared input, drawn; `value` stands for its default."""
    at_first: Any = field.default if value is None else value
    match field:
        case Slider():
            return slider(field.label, field.minimum, field.maximum, at_first, field.step, info=field.info or None)
        case Number():
            digits = 0 if isinstance(field.default, int) else None
            return number(field.label, at_first, precision=digits, info=field.info or None)
        case Choice():
            return choice(field.label, listed(field.options, options), at_first, info=field.info or None)
        case MultiChoice():
            several = listed(field.options, options)
            return choice(field.label, several, list(at_first), multiselect=True, info=field.info or None)
        case Check():
            return check(field.label, at_first, info=field.info or None)
        case Colour():
            return gr.ColorPicker(at_first, label=field.label, info=field.info or None, interactive=True)
        case _:
            return rarer(field, at_first)


def rarer(field: Text | File | Picture | Note, value: Any) -> Any:
    match field:
        case Text():
            return gr.Textbox(value, label=field.label, lines=field.lines, info=field.info or None, interactive=True)
        case File():
            return gr.Textbox(value, label=field.label, info=field.info or "The path of a file", interactive=True)
        case Picture():
            return gr.Image(value, type="pil", image_mode=None, format="png", label=field.label, interactive=True)
        case Note():
            return gr.HTML(f'<p class="hint">{field.label}</p>', elem_classes=["wrapping"])


def listed(of: Sequence[str] | str, options: Options) -> Sequence[str]:
    return options(of) if isinstance(of, str) else of


def empty_state(icon: str, title: str, text: str, hint: str = "") -> str:
    """What a page says that has nothing to show yet: what it is for and what to do next."""
    return (
        f'<section class="empty"><div class="empty-art">{svg(icon, 44)}</div><h2>{title}</h2><p>{text}</p>'
        f"<small>{hint}</small></section>"
    )
