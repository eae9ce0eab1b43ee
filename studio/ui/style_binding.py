"""Styles on the page: applying the chosen ones, and editing all of them. Every tab offers what was saved at once."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import gradio as gr

from studio.prompt.styles import apply_styles
from studio.ui.desk import Desk
from studio.ui.errors import shown
from studio.ui.generation import Panel
from studio.ui.values import LOUD, QUIET

SURE = "(name, ...rest) => [name && window.confirm(`Delete the style ${name}?`) ? name : null, ...rest]"
BACKUP = "styles.csv.bak"


def bind_styles(desk: Desk, panel: Panel) -> None:
    bind_applying(desk, panel)
    bind_opening(desk, panel)
    desk.later.append(lambda: bind_changing(desk, panel))


def bind_applying(desk: Desk, panel: Panel) -> None:
    """The chosen styles become text, and are chosen no more."""
    boxes = [panel.components[name] for name in ("prompt", "negative_prompt", "styles")]

    def applied(prompt: str, negative_prompt: str, names: list[str]) -> list[Any]:
        chosen = [style for style in desk.studio.styles.list() if style.name in names]
        if not chosen:
            return [gr.skip()] * 3
        return [
            apply_styles(prompt, [style.prompt for style in chosen]),
            apply_styles(negative_prompt, [style.negative_prompt for style in chosen]),
            [],
        ]

    panel.controls.handles["apply_styles"].click(applied, boxes, boxes, **LOUD)


def bind_opening(desk: Desk, panel: Panel) -> None:
    """The editor opens with the first of the chosen styles, and fills in whatever style is picked in it."""
    handles, chosen = panel.controls.handles, panel.components["styles"]
    name, texts = handles["style.name"], [handles["style.prompt"], handles["style.negative_prompt"]]

    def opened(names: list[str], current: str | None) -> list[Any]:
        first = next(iter(names), current)
        return [gr.Column(visible=True), gr.Dropdown(choices=names_of(desk), value=first), *texts_of(desk, first)]

    handles["edit_styles"].click(opened, [chosen, name], [handles["style.panel"], name, *texts], **LOUD)
    name.input(partial(texts_of, desk), name, texts, **LOUD)
    handles["style.close"].click(lambda: gr.Column(visible=False), None, handles["style.panel"], **QUIET)
    boxes = [panel.components["prompt"], panel.components["negative_prompt"]]
    handles["style.copy"].click(None, boxes, texts, js="(...texts) => texts", **QUIET)


def bind_changing(desk: Desk, panel: Panel) -> None:
    """After all tabs are drawn: what is saved or deleted shows in each of them, and on a page that is opened later."""
    handles, every = panel.controls.handles, boxes_of(desk)
    name, texts = handles["style.name"], [handles["style.prompt"], handles["style.negative_prompt"]]

    def saved(typed: str | None, prompt: str, negative_prompt: str, *chosen: list[str]) -> list[Any]:
        with shown():
            desk.studio.styles.save(typed or "", prompt, negative_prompt)
        gr.Info(f"The style {typed} is saved", duration=3)
        return [gr.Dropdown(choices=names_of(desk), value=(typed or "").strip()), gr.skip(), gr.skip(), *offers(chosen)]

    def deleted(picked: str | None, *chosen: list[str]) -> list[Any]:
        if not picked:
            return [gr.skip()] * (3 + len(every))
        with shown():
            desk.studio.styles.delete(picked)
        gr.Info(f"The style {picked} is deleted; {BACKUP} still has it", duration=5)
        return [gr.Dropdown(choices=names_of(desk), value=None), "", "", *offers(chosen)]

    def offers(chosen: Sequence[list[str]]) -> list[Any]:
        """The styles that there are now, for each tab; of the chosen ones those that are left."""
        names = names_of(desk)
        for box in every:
            box.choices = [(name, name) for name in names]  # what a page that is opened from now on begins with
        return [gr.Dropdown(choices=names, value=[name for name in old if name in names]) for old in chosen]

    outputs = [name, *texts, *every]
    handles["style.save"].click(saved, [name, *texts, *every], outputs, **LOUD)
    handles["style.delete"].click(deleted, [name, *every], outputs, js=SURE, **LOUD)
    mine = panel.components["styles"]
    desk.blocks.load(lambda: gr.Dropdown(choices=names_of(desk)), None, mine, **QUIET)


def boxes_of(desk: Desk) -> list[Any]:
    """The dropdown of styles of each tab that draws."""
    return list({id(box): box for place in desk.places if (box := place.components.get("styles"))}.values())


def names_of(desk: Desk) -> list[str]:
    with shown():
        return [style.name for style in desk.studio.styles.list()]


def texts_of(desk: Desk, name: str | None) -> list[Any]:
    """Prompt and negative prompt of a style; what stands in the editor stays for a name that no style has yet."""
    with shown():
        found = next((style for style in desk.studio.styles.list() if style.name == name), None)
    return [found.prompt, found.negative_prompt] if found else [gr.skip()] * 2
