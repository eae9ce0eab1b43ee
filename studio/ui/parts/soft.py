"""Soft inpainting. A parameter is one line in `SLIDERS`."""

from typing import NamedTuple

import gradio as gr

from studio.domain.request import SoftInpainting
from studio.ui.values import Controls, Values, real
from studio.ui.widgets import check, slider


class Line(NamedTuple):
    name: str
    label: str
    low: float
    high: float
    value: float
    step: float


SLIDERS = (
    Line("schedule_bias", "Schedule bias", 0, 8, 1, 0.1),
    Line("preservation_strength", "Preservation strength", 0, 8, 0.5, 0.05),
    Line("transition_contrast_boost", "Transition contrast boost", 1, 32, 4, 0.5),
    Line("mask_influence", "Mask influence", 0, 1, 0, 0.05),
    Line("difference_threshold", "Difference threshold", 0, 8, 0.5, 0.25),
    Line("difference_contrast", "Difference contrast", 0, 8, 2, 0.25),
)


def build() -> Controls:
    with gr.Accordion("Soft inpainting", open=False, elem_classes=["fold", "only-mask"]):
        enabled = check("Enable", False, "switch")
        with gr.Column(elem_classes=["columns"]):
            lines = {each.name: slider(each.label, each.low, each.high, each.value, each.step) for each in SLIDERS}
    return Controls(values={"soft_inpainting": enabled, **lines}, handles={"soft_fold": enabled})


def read(values: Values) -> SoftInpainting | None:
    if not values["soft_inpainting"]:
        return None
    return SoftInpainting(**{each.name: real(values, each.name) for each in SLIDERS})


def show(soft: SoftInpainting | None) -> Values:
    if soft is None:
        return {"soft_inpainting": False}
    return {"soft_inpainting": True, **{each.name: getattr(soft, each.name) for each in SLIDERS}}
