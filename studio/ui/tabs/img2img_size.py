"""What moves the sizes of the img2img tab: a picture that is put in, the ruler; and what is said of them."""

from typing import Any

import gradio as gr

from studio.domain.geometry import Size
from studio.ui.desk import Desk
from studio.ui.generation import Panel
from studio.ui.parts import mask, picture, size
from studio.ui.values import QUIET, Values

WITH_MODE = "(mode, ...rest) => [window.StudioPage?.mode() ?? mode, ...rest]"
PICTURES = [mode.picture for mode in picture.MODES]
TOLD_BY = ("width", "height", "scale", "size_by", "area", "keep_original_size", "mask_mode")


def bind_sizes(desk: Desk, panel: Panel) -> None:
    bind_upload(desk, panel)
    bind_ruler(panel)
    bind_texts(panel)


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


def bind_texts(panel: Panel) -> None:
    """ "in → work → out" under the canvas, and "resize: from ... to ..." under Scale."""
    controls, names = panel.controls, [*PICTURES, *TOLD_BY]

    def told(*given: Any) -> list[str]:
        values = values_of(given, names)
        found = picture.size(values)
        return [way(values, found), size.resized_html(found, values["scale"] or 1)]

    components = [controls.values[name] for name in names]
    tabs = [controls.handles[f"tab.{mode.key}"].select for mode in picture.MODES]
    gr.on(
        [*(component.change for component in components), *tabs],
        told,
        [panel.mode, *components],
        [controls.handles["sizes"], controls.handles["resized"]],
        js=WITH_MODE,
        trigger_mode="always_last",
        **QUIET,
    )


def way(values: Values, found: Size | None) -> str:
    has_mask = values["mode"] not in (picture.IMG2IMG.key, picture.SKETCH.key)
    by_scale = values["size_by"] == size.BY
    if by_scale and found is None:
        return '<span class="sizes">Put in a picture: Resize by multiplies its size</span>'
    if values["width"] is None or values["height"] is None:
        return '<span class="sizes">Type a size</span>'
    return size.way_html(
        found,
        size.read(values, found),
        has_mask=has_mask,
        only_masked=values["area"] == mask.ONLY_MASKED,
        keeps_original=bool(values["keep_original_size"]),
    )


def values_of(given: tuple[Any, ...], names: list[str]) -> Values:
    return dict(zip(["mode", *names], given, strict=True))
