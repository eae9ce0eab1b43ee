"""What the buttons of the regions do. Another button is another `bind_` function."""

from typing import Any

import gradio as gr
from PIL import Image

from studio.ui.canvas.paint_canvas import FLUSH
from studio.ui.canvas.painting import Painting
from studio.ui.errors import shown
from studio.ui.generation import Panel
from studio.ui.parcel import WITH_MODE
from studio.ui.parts import picture
from studio.ui.parts.regions import COUNT, header, named
from studio.ui.values import LOUD, QUIET

SOURCES = [*(mode.picture for mode in picture.MODES), "picture.upload_mask", "transparency"]


def bind_regions(panel: Panel, *, has_picture: bool) -> None:
    prompts: list[Any] = [panel.components[named(number, "prompt")] for number in range(1, COUNT + 1)]

    def counted(*texts: str | None) -> gr.Accordion:
        return gr.Accordion(label=header(sum(bool(text and text.strip()) for text in texts)))

    gr.on([prompt.change for prompt in prompts], counted, prompts, panel.controls.handles["region.fold"], **QUIET)
    for number in range(1, COUNT + 1):
        bind_lay(panel, number, has_picture=has_picture)


def bind_lay(panel: Panel, number: int, *, has_picture: bool) -> None:
    """Something to paint on: the picture that is redrawn, or white of the size that is drawn. What is painted stays."""
    names = [*SOURCES, named(number, "canvas")]
    canvas, button = panel.components[named(number, "canvas")], panel.controls.handles[named(number, "lay")]

    def laid(*given: Any) -> Any:
        values = dict(zip(["mode", *names], given, strict=True))
        with shown():
            return under(picture.source(values).image, values[named(number, "canvas")])

    def blank(width: float, height: float, painting: Painting | None) -> Any:
        return under(Image.new("RGB", (int(width), int(height)), "white"), painting)

    if has_picture:
        inputs = [panel.mode, *(panel.components[name] for name in names)]
        button.click(laid, inputs, canvas, js=WITH_MODE, **LOUD)
    else:
        sizes = [panel.components["width"], panel.components["height"]]
        button.click(blank, [*sizes, canvas], canvas, js=FLUSH, **LOUD)


def under(image: Image.Image, painting: Painting | None) -> dict[str, Any]:
    """The picture with the mask that was painted, stretched where the sizes differ."""
    mask = painting.mask() if painting else None
    return {"image": image, "mask": mask.resize(image.size, Image.Resampling.BILINEAR) if mask else None}
