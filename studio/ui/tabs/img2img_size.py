"""What moves the sizes of the img2img tab: a picture that is put in, and the ruler."""

from typing import Any

import gradio as gr

from studio.ui.desk import Desk
from studio.ui.generation import Panel
from studio.ui.parts import picture, size
from studio.ui.values import QUIET, Values

WITH_MODE = "(mode, ...rest) => [window.StudioPage?.mode() ?? mode, ...rest]"
PICTURES = [mode.picture for mode in picture.MODES]


def bind_sizes(desk: Desk, panel: Panel) -> None:
    bind_upload(desk, panel)
    bind_ruler(panel)


def bind_upload(desk: Desk, panel: Panel) -> None:
    """A picture sets the size to its own shape, unless the user has set one."""
    controls = panel.controls
    typed, width, height = controls.handles["typed"], controls.values["width"], controls.values["height"]

    def fitted(painting: Any, is_typed: bool) -> list[Any]:
        if painting is None or is_typed:
            return [gr.skip(), gr.skip()]
        return list(size.fitting(painting.size, desk.studio.native_size()))

    for name in PICTURES:
        canvas = controls.values[name]
        canvas.upload(fitted, [canvas, typed], [width, height], **QUIET)


def bind_ruler(panel: Panel) -> None:
    controls = panel.controls
    outputs = [controls.values["width"], controls.values["height"], controls.handles["typed"]]

    def measured(*given: Any) -> list[Any]:
        found = picture.size(values_of(given, PICTURES))
        return [gr.skip()] * 3 if found is None else [found.width, found.height, True]

    inputs = [panel.mode, *(controls.values[name] for name in PICTURES)]
    controls.handles["ruler"].click(measured, inputs, outputs, js=WITH_MODE, **QUIET)


def values_of(given: tuple[Any, ...], names: list[str]) -> Values:
    return dict(zip(["mode", *names], given, strict=True))
