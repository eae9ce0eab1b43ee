"""How large. A parameter is a component in `build`, a line in `read` and one in `show`; the arithmetic is below.

A picture that is put in sets the size to its own shape at the model's pixel count, until the user types another.
"""

import math
from typing import Any

import gradio as gr

from studio.domain.errors import BadRequest
from studio.domain.geometry import Size
from studio.planning.sizes import resize_by, size_story
from studio.ui.values import QUIET, Controls, Values, real, whole
from studio.ui.widgets import heading, icon_button, segments, slider, spring

TO, BY = "Resize to", "Resize by"
SMALLEST, LARGEST, STEP = 64, 2048, 8


def build(key: str, native: Size, *, has_picture: bool) -> Controls:
    """Handles: ruler, resized (the text under Scale), typed (whether the size is the user's own)."""
    with gr.Row(elem_classes=["bar"]):
        heading("Size")
        spring()
        handles: dict[str, Any] = (
            {"ruler": icon_button("ruler", "Auto detect size from img2img")} if has_picture else {}
        )
        swap = icon_button("swap", "Switch width/height", elem_id=f"{key}_swap")
        icon_button("lock", "Keep the ratio", "toggle", elem_id=f"{key}_lock")
    values: dict[str, Any] = {"size_by": segments("Size by", [TO, BY], TO, "no-label")} if has_picture else {}
    with gr.Column(elem_classes=["size"]):
        width = slider("Width", SMALLEST, LARGEST, native.width, STEP, elem_id=f"{key}_width")
        height = slider("Height", SMALLEST, LARGEST, native.height, STEP, elem_id=f"{key}_height")
    if has_picture:
        with gr.Column(elem_classes=["scale"]):
            values["scale"] = slider("Scale", 0.05, 4, 1, 0.05)
            handles["resized"] = gr.HTML(resized_html(None, 1))
    typed = gr.State(False)
    gr.on([width.input, height.input], lambda: True, None, typed, **QUIET)
    swap.click(None, [width, height], [width, height], js="(width, height) => [height, width]", **QUIET)
    return Controls(values={**values, "width": width, "height": height}, handles={**handles, "typed": typed})


def read(values: Values, picture: Size | None = None) -> Size:
    """`picture` is needed for "Resize by". Raises BadRequest."""
    if values.get("size_by") == BY:
        if picture is None:
            raise BadRequest("Put in a picture first: Resize by multiplies its size", field="size_by")
        return resize_by(picture, real(values, "scale"))
    return Size(whole(values, "width"), whole(values, "height"))


def show(size: Size) -> Values:
    return {"size_by": TO, "width": size.width, "height": size.height}


def fitting(picture: Size, native: Size) -> Size:
    """The picture's shape at the model's pixel count."""
    area, ratio = native.width * native.height, picture.width / picture.height
    return Size(cells(math.sqrt(area * ratio)), cells(math.sqrt(area / ratio)))


def cells(length: float) -> int:
    return min(LARGEST, max(SMALLEST, round(length / STEP) * STEP))


def resized_html(picture: Size | None, scale: float) -> str:
    if picture is None:
        return '<span class="hint">resize: put in a picture first</span>'
    to = resize_by(picture, scale)
    return f'<span class="hint">resize: from {picture.width}x{picture.height} to {to.width}x{to.height}</span>'


def way_html(picture: Size | None, asked: Size, *, has_mask: bool, only_masked: bool, keeps_original: bool) -> str:
    """ "in → work → out": the picture's size, the one that is worked at where it is another, and the result's."""
    if picture is None:
        return way_of(("out", asked.snapped()))
    keeps = has_mask and keeps_original
    story = size_story(picture, asked, has_mask=has_mask, only_masked=only_masked, keep_original_size=keeps)
    work = [] if story.work == story.result else [("work", story.work)]
    return way_of(("in", story.source), *work, ("out", story.result))


def way_of(*steps: tuple[str, Size]) -> str:
    told = "<i>→</i>".join(f"{word} <b>{size.width} &times; {size.height}</b>" for word, size in steps)
    return f'<span class="sizes">{told}</span>'
