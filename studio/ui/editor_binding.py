"""What the editors of a ControlNet unit have in common: each stands for a type, and its work becomes the picture."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from studio.domain.errors import StudioError
from studio.domain.registry import Registry
from studio.domain.things import Preprocessor
from studio.ui.desk import Desk
from studio.ui.generation import Panel
from studio.ui.parcel import parcel
from studio.ui.parts.control_unit import named, only
from studio.ui.values import EACH, LOUD


def bind_standing(desk: Desk, panel: Panel, number: int, tools: str, kind: str) -> None:
    """The handle `tools` is shown while the unit is of a control type, or its preprocessor belongs to it."""
    own: dict[str, Any] = dict(only(panel.components, number))
    inputs = [own["type"], own["preprocessor"]]

    def stand(chosen: str, preprocessor: str) -> gr.Row:
        return gr.Row(visible=is_of(kind, chosen, preprocessor, desk.studio.preprocessors))

    gr.on([each.change for each in inputs], stand, inputs, panel.controls.handles[named(number, tools)], **EACH)


def is_of(kind: str, chosen: str, preprocessor: str, known: Registry[Preprocessor]) -> bool:
    return kind == chosen or (preprocessor in known and kind in known[preprocessor].types)


def bind_taking(panel: Panel, number: int, button: str, take: Callable[[Any], Any], answered: str) -> None:
    """What the editor hands over becomes the unit's picture, which needs no preprocessor any more.

    `take` gives what the canvas is set to, and raises StudioError, which the editor then shows. The editor presses the
    handle `button`; `answered` is the function of `window.RedrawCanvas` that tells it how it went.
    """
    own: dict[str, Any] = dict(only(panel.components, number))
    sent, answer = parcel(), parcel()
    outputs = [own[name] for name in ("image", "preprocessor", "preview_as_input", "independent") if name in own]

    def taken(given: Any) -> list[Any]:
        try:
            image = take(given)
        except StudioError as error:
            return [{"problem": error.message}, *([gr.skip()] * len(outputs))]
        return [{"problem": ""}, image, "none", False, True][: 1 + len(outputs)]

    pressed = panel.controls.handles[named(number, button)]
    press = pressed.click(None, None, sent, js="() => [window.RedrawCanvas.outgoing]", **LOUD)
    event = press.success(taken, sent, [answer, *outputs], **LOUD)
    event.success(None, answer, None, js=f"(told) => void window.RedrawCanvas.{answered}(told.problem)", **LOUD)
