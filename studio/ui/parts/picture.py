"""The picture that is redrawn, and the mask that a tab gives. A new tab is a `Mode` and a branch in `source`.

The names of the values are "mode" and "picture.<canvas>".
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL.Image import Image

from studio.domain.errors import PictureMissing
from studio.domain.geometry import Size
from studio.domain.request import InitImage, Mask, ResizeMode
from studio.store.documents import Documents
from studio.ui.canvas.paint_canvas import PaintCanvas
from studio.ui.canvas.painting import CanvasMode, Painting
from studio.ui.parts import folder, strength
from studio.ui.values import Controls, Values, real


@dataclass(frozen=True, kw_only=True, slots=True)
class Mode:
    """`canvases`: (name, kind, label) each; the first holds the picture."""

    key: str
    label: str
    canvases: tuple[tuple[str, CanvasMode, str], ...]

    @property
    def name(self) -> str:
        """Of the buttons that send a picture there."""
        return self.key.replace("-", " ")

    @property
    def picture(self) -> str:
        return f"picture.{self.canvases[0][0]}" if self.canvases else ""


IMG2IMG = Mode(key="img2img", label="img2img", canvases=(("img2img", CanvasMode.picture, "Image for img2img"),))
SKETCH = Mode(key="sketch", label="Sketch", canvases=(("sketch", CanvasMode.sketch, "Image for sketch"),))
INPAINT = Mode(
    key="inpaint", label="Inpaint", canvases=(("inpaint", CanvasMode.mask, "Image for inpainting with mask"),)
)
INPAINT_SKETCH = Mode(
    key="inpaint-sketch",
    label="Inpaint sketch",
    canvases=(("inpaint_sketch", CanvasMode.colour_mask, "Color sketch inpainting"),),
)
UPLOAD = Mode(
    key="inpaint-upload",
    label="Inpaint upload",
    canvases=(
        ("upload", CanvasMode.picture, "Image for inpaint upload"),
        ("upload_mask", CanvasMode.picture, "Mask"),
    ),
)
BATCH = Mode(key="batch", label="Batch", canvases=())
MODES = (IMG2IMG, SKETCH, INPAINT, INPAINT_SKETCH, UPLOAD)
BY_KEY = {mode.key: mode for mode in MODES}
NOTHING_MASKED = "Nothing was masked, so the whole picture was redrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What a tab gives. `mask` None: everything is redrawn. `is_kept`: nothing is, whatever the strength."""

    image: Image
    mask: Image | None
    rounded: bool = True
    is_kept: bool = False


def build(documents: Documents, *, has_folders: bool) -> Controls:
    """Handles: modes (the tabs) and `tab.<key>`."""
    values: dict[str, Any] = {}
    handles: dict[str, Any] = {}
    with gr.Tabs(selected=IMG2IMG.key, elem_classes=["modes"], elem_id="modes") as tabs:
        for mode in MODES:
            with gr.Tab(mode.label, id=mode.key, elem_id=f"mode_{mode.key}") as tab, gr.Row(elem_classes=["pair"]):
                for name, kind, label in mode.canvases:
                    values[f"picture.{name}"] = PaintCanvas(
                        documents, mode=kind, elem_id=f"img2img_{name}", label=label, elem_classes=["canvas"]
                    )
            handles[f"tab.{mode.key}"] = tab
        with gr.Tab(BATCH.label, id=BATCH.key, elem_id=f"mode_{BATCH.key}") as tab:
            many = folder.build(documents, has_folders=has_folders)
        handles[f"tab.{BATCH.key}"] = tab
    return Controls(values=values, handles={**handles, "modes": tabs}) | many


def painting(values: Values) -> Painting | None:
    """What lies on the canvas of the open tab."""
    mode = BY_KEY.get(values["mode"])
    return values[mode.picture] if mode else None


def size(values: Values) -> Size | None:
    found = painting(values)
    return found.size if found else None


def source(values: Values) -> Source:
    """Raises PictureMissing, BrokenFile."""
    found = painting(values)
    if found is None:
        raise PictureMissing("There is no picture to redraw. Drop one on the canvas, paste it, or choose a file")
    match values["mode"]:
        case INPAINT.key:
            return Source(image=found.picture(), mask=found.mask())
        case INPAINT_SKETCH.key:
            opacity = 1 - real(values, "transparency") / 100
            return Source(image=found.composite(opacity), mask=found.mask(), is_kept=opacity == 0)
        case UPLOAD.key:
            mask: Painting | None = values["picture.upload_mask"]
            return Source(image=found.picture(), mask=mask.picture() if mask else None, rounded=False)
        case _:
            return Source(image=found.composite(), mask=None)


def read(values: Values, given: Source) -> InitImage:
    return InitImage(
        image=given.image,
        strength=0.0 if given.is_kept else strength.read(values),
        resize_mode=ResizeMode(values["resize_mode"]),
        keep_original_size=bool(values["keep_original_size"]) and given.mask is not None,
        image_cfg_scale=real(values, "image_cfg_scale"),
    )


def show(init: InitImage, mask: Mask | None) -> Values:
    """On the tab that says it without loss: what was sketched is in the picture by now."""
    shown = {
        **strength.show(init.strength),
        "resize_mode": init.resize_mode.value,
        "image_cfg_scale": init.image_cfg_scale,
    }
    if mask is None:
        return {**shown, "mode": IMG2IMG.key, IMG2IMG.picture: init.image}
    shown["keep_original_size"] = init.keep_original_size
    if mask.rounded:
        return {**shown, "mode": INPAINT.key, INPAINT.picture: {"image": init.image, "mask": mask.image}}
    return {**shown, "mode": UPLOAD.key, UPLOAD.picture: init.image, "picture.upload_mask": mask.image}
