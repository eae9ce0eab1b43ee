"""What the img2img tab says of what would be drawn: the sizes, and the crop box on the canvas.

One event for both: of two that wait for their turn ("always_last") on one trigger, Gradio starts each again when the
other ends, for ever.
"""

from typing import Any

import gradio as gr

from studio.domain.geometry import Size
from studio.ui.generation import Panel
from studio.ui.parts import mask, picture, size
from studio.ui.tabs.img2img_crop import CROPS, MASKED, PICTURES, box_of, canvas_of
from studio.ui.tabs.img2img_size import WITH_MODE
from studio.ui.values import QUIET, Values

NAMES = list(dict.fromkeys([
    *(mode.picture for mode in picture.MODES), *PICTURES, *CROPS, "scale", "size_by", "keep_original_size",
]))  # fmt: skip


def bind_told(panel: Panel) -> None:
    controls, box = panel.controls, gr.JSON(visible=False)

    def told(*given: Any) -> list[Any]:
        values = dict(zip(["mode", *NAMES], given, strict=True))
        found = picture.size(values)
        return [way(values, found), size.resized_html(found, values["scale"] or 1), told_box(values)]

    components = [controls.values[name] for name in NAMES]
    tabs = [controls.handles[f"tab.{mode.key}"].select for mode in picture.MODES]
    event = gr.on(
        [*(component.change for component in components), *tabs],
        told,
        [panel.mode, *components],
        [controls.handles["sizes"], controls.handles["resized"], box],
        js=WITH_MODE,
        trigger_mode="always_last",
        **QUIET,
    )
    event.then(None, box, None, js="(told) => window.StudioPage?.showBox(told)", **QUIET)


def told_box(values: Values) -> dict[str, Any]:
    """The canvas that shows the picture, and the corners of what "Only masked" would cut out."""
    box = box_of(values) if values["area"] == mask.ONLY_MASKED else None
    corners = box and {"left": box.left, "top": box.top, "right": box.right, "bottom": box.bottom}
    return {"canvas": canvas_of(values["mode"]), "box": corners}


def way(values: Values, found: Size | None) -> str:
    """ "in → work → out" under the canvas."""
    has_mask = values["mode"] in MASKED
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
