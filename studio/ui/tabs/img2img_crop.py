"""The part that "Only masked" redraws, and the button that enlarges and redraws it."""

from typing import Any

import gradio as gr

from studio.domain.errors import StudioError
from studio.domain.geometry import Box, Size
from studio.imaging.masks import crop_box, working_mask
from studio.ui import parcel
from studio.ui.canvas.painting import Painting
from studio.ui.desk import Desk
from studio.ui.generation import Panel
from studio.ui.parts import mask, picture, size
from studio.ui.values import LOUD, Values

MASKED = {
    picture.INPAINT.key: picture.INPAINT.picture,
    picture.INPAINT_SKETCH.key: picture.INPAINT_SKETCH.picture,
    picture.UPLOAD.key: "picture.upload_mask",
}
PICTURES = [*MASKED.values(), picture.UPLOAD.picture]
CROPS = ("mask_mode", "area", "padding", "mask_blur", "width", "height", "content", "colour_match")
NO_MASK = "Paint over what is to be redrawn first"


def bind_enlarge(desk: Desk, panel: Panel) -> None:
    """Crop, enlarge to what the model draws best, redraw, and put back: one press."""
    names = [*PICTURES, *CROPS]
    inputs = [panel.mode, *(panel.components[name] for name in names)]
    outputs = [panel.components[name] for name in ("area", "width", "height")]

    def enlarged(*given: Any) -> list[Any]:
        values = dict(zip(["mode", *names], given, strict=True))
        box = box_of(values)
        if box is None:
            raise gr.Error(NO_MASK, duration=None, print_exception=False)
        return [mask.ONLY_MASKED, *size.fitting(box.size, desk.studio.native_size())]

    event = panel.controls.handles["enlarge"].click(enlarged, inputs, outputs, js=parcel.WITH_MODE, **LOUD)
    event.success(None, None, None, js="() => window.StudioPage.press('img2img_generate')", **LOUD)


def canvas_of(mode: str) -> str:
    """The id of the canvas that shows the picture of a tab with a mask; empty on other tabs."""
    return f"img2img_{picture.BY_KEY[mode].canvases[0][0]}" if mode in MASKED else ""


def box_of(values: Values) -> Box | None:
    """What "Only masked" would cut out; None where nothing is masked, or cannot be read."""
    if values["mode"] not in MASKED:
        return None
    painting: Painting | None = values[picture.BY_KEY[values["mode"]].picture]
    masked: Painting | None = values[MASKED[values["mode"]]]
    if painting is None or masked is None:
        return None
    is_uploaded = values["mode"] == picture.UPLOAD.key
    try:
        image = masked.picture() if is_uploaded else masked.mask()
    except StudioError:  # Generate says what is wrong with it
        return None
    given = mask.read({**values, "soft_inpainting": False}, image, rounded=not is_uploaded)
    if given is None:
        return None
    return crop_box(
        working_mask(given, painting.size), given.padding, Size(values["width"] or 8, values["height"] or 8)
    )
