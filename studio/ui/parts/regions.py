"""Regions: parts of the picture with prompts of their own. A parameter is a component in `build_one` and a line in
`read_one`; its value is named "region.<number>.<name>". What the buttons do is in `ui/region_binding.py`.

The canvases keep what is painted, so a request is not shown here again: its masks are pictures, which no text carries.
"""

import gradio as gr

from studio.domain.errors import BadRequest
from studio.domain.request import Region
from studio.store.documents import Documents
from studio.ui.canvas.paint_canvas import PaintCanvas
from studio.ui.canvas.painting import CanvasMode, Painting
from studio.ui.values import Controls, Values, real
from studio.ui.widgets import hint, slider, text_button

COUNT = 3
TITLE = "Regions"
USE = "Paint where a region is, and say what it shows. Its prompt may name networks, which act there only"


def named(number: int, name: str) -> str:
    return f"region.{number}.{name}"


def build(key: str, documents: Documents, *, has_picture: bool) -> Controls:
    """Handles: `region.fold`, and `region.<number>.lay` (a button)."""
    drawn = Controls()
    fold = gr.Accordion(TITLE, open=False, elem_classes=["fold"], elem_id=f"{key}_regions")
    with fold:
        hint(USE, "wrapping")
        with gr.Tabs(elem_classes=["units"]):
            for number in range(1, COUNT + 1):
                with gr.Tab(f"Region {number}"):
                    drawn |= build_one(key, number, documents, has_picture=has_picture)
    return drawn | Controls(handles={"region.fold": fold})


def build_one(key: str, number: int, documents: Documents, *, has_picture: bool) -> Controls:
    with gr.Column(elem_classes=["unit-body"]):
        with gr.Column(elem_classes=["unit-pictures"], min_width=0):
            canvas = PaintCanvas(
                documents, mode=CanvasMode.mask, elem_id=f"{key}_region_{number}", label=f"Region {number}",
                small=True, elem_classes=["canvas", "canvas-small"],
            )  # fmt: skip
            lay = text_button("picture", "The tab's picture" if has_picture else "New canvas")
        with gr.Column(elem_classes=["unit-values"], min_width=0):
            prompt = gr.Textbox(
                label="Prompt of the region", placeholder="What this part shows", lines=2, interactive=True,
                elem_id=f"{key}_region_{number}_prompt", elem_classes=["prompt-text"],
            )  # fmt: skip
            negative = gr.Textbox(
                label="Negative prompt of the region", placeholder="Empty: that of the picture", interactive=True,
                elem_classes=["prompt-text"],
            )  # fmt: skip
            weight = slider("Weight of the region", 0, 1, 1, 0.05)
    return Controls(
        values={
            named(number, "canvas"): canvas,
            named(number, "prompt"): prompt,
            named(number, "negative_prompt"): negative,
            named(number, "weight"): weight,
        },
        handles={named(number, "lay"): lay},
    )


def read(values: Values) -> tuple[Region, ...]:
    """Those with a prompt, or with something painted; none where the canvases are not among the values.

    Raises BadRequest for a prompt without a place.
    """
    numbers = [number for number in range(1, COUNT + 1) if named(number, "canvas") in values]
    found = [read_one(values, number) for number in numbers]
    return tuple(region for region in found if region)


def read_one(values: Values, number: int) -> Region | None:
    prompt: str = values[named(number, "prompt")] or ""
    painting: Painting | None = values[named(number, "canvas")]
    mask = painting.mask() if painting else None
    if mask is None and not prompt.strip():
        return None
    if mask is None:
        message = f"Region {number} has a prompt, but nothing is painted. Paint where it is, or empty its prompt"
        raise BadRequest(message, field="regions", allowed="a painted region")
    return Region(
        prompt=prompt,
        mask=mask,
        negative_prompt=values[named(number, "negative_prompt")] or "",
        weight=real(values, named(number, "weight")),
    )


def without(values: Values) -> Values:
    """The values as if no region was there."""
    numbers = range(1, COUNT + 1)
    empty = {named(number, "canvas"): None for number in numbers} | {named(number, "prompt"): "" for number in numbers}
    return {**values, **empty}


def header(count: int) -> str:
    return f"{TITLE} · {count} with a prompt" if count else TITLE
