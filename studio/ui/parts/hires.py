"""The second pass of txt2img. A parameter is a component in `build`, a line in `read` and one in `show`."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from studio.domain.geometry import Size
from studio.domain.request import HiresFix
from studio.ui.values import Controls, Values, real, whole
from studio.ui.widgets import check, choice, slider

SAME_MODEL, SAME_SAMPLER, SAME_SCHEDULE = "Use same checkpoint", "Use same sampler", "Use same scheduler"
SAME = {"hires_model": SAME_MODEL, "hires_sampler": SAME_SAMPLER, "hires_schedule": SAME_SCHEDULE}


def build(
    upscalers: Sequence[str], checkpoints: Sequence[str], samplers: Sequence[str], schedules: Sequence[str]
) -> Controls:
    with gr.Accordion("Hires. fix", open=False, elem_classes=["fold"]):
        enabled = check("Enable", False, "switch")
        with gr.Column(elem_classes=["columns"]):
            values: dict[str, Any] = {
                "hires": enabled,
                "hires_upscaler": choice("Upscaler", upscalers),
                "hires_scale": slider("Upscale by", 1, 4, 2, 0.05),
                "hires_steps": slider("Hires steps", 0, 150, 0, 1),
                "hires_strength": slider("Hires denoising strength", 0, 1, 0.7, 0.01),
                "hires_width": slider("Resize width to", 0, 2048, 0, 8),
                "hires_height": slider("Resize height to", 0, 2048, 0, 8),
                "hires_model": choice("Hires checkpoint", [SAME_MODEL, *checkpoints]),
                "hires_sampler": choice("Hires sampling method", [SAME_SAMPLER, *samplers]),
                "hires_schedule": choice("Hires schedule type", [SAME_SCHEDULE, *schedules]),
            }
        with gr.Column(elem_classes=["columns", "texts"]):
            for name, label in (("hires_prompt", "Hires prompt"), ("hires_negative_prompt", "Hires negative prompt")):
                values[name] = gr.Textbox(
                    label=label, placeholder="Empty: as in the first pass", lines=2, interactive=True
                )
    return Controls(values=values)


def read(values: Values) -> HiresFix | None:
    if not values["hires"]:
        return None
    return HiresFix(
        upscaler=values["hires_upscaler"] or "",
        scale=real(values, "hires_scale"),
        size=Size(whole(values, "hires_width"), whole(values, "hires_height")),
        steps=whole(values, "hires_steps"),
        strength=real(values, "hires_strength"),
        model=chosen(values, "hires_model"),
        sampler=chosen(values, "hires_sampler"),
        schedule=chosen(values, "hires_schedule"),
        prompt=values["hires_prompt"] or "",
        negative_prompt=values["hires_negative_prompt"] or "",
    )


def chosen(values: Values, name: str) -> str:
    return "" if values[name] in (SAME[name], None) else values[name]


def show(hires: HiresFix | None) -> Values:
    if hires is None:
        return {"hires": False}
    return {
        "hires": True,
        "hires_upscaler": hires.upscaler,
        "hires_scale": hires.scale,
        "hires_width": hires.size.width,
        "hires_height": hires.size.height,
        "hires_steps": hires.steps,
        "hires_strength": hires.strength,
        "hires_model": hires.model or SAME_MODEL,
        "hires_sampler": hires.sampler or SAME_SAMPLER,
        "hires_schedule": hires.schedule or SAME_SCHEDULE,
        "hires_prompt": hires.prompt,
        "hires_negative_prompt": hires.negative_prompt,
    }
