"""What an infotext says of a request beyond its plan: masks, resizing, hires fix, refiner, control units.

A new parameter is a line here, and its way back in `restore.py`. Keys are A1111's (features.md 2.19) where it has one.
"""

import json
from collections.abc import Iterator

from studio.domain.request import (
    ColourMatch,
    ControlUnit,
    GenerationRequest,
    HiresFix,
    HiresOption,
    InitImage,
    Mask,
    MaskedContent,
    Region,
    ResizeMode,
    SoftInpainting,
    UnionControl,
)
from studio.prompt.infotext import quoted, short

Facts = Iterator[tuple[str, str]]

USUAL_IMAGE_CFG = 1.5
CONTROL_RESIZE = {
    ResizeMode.stretch: "Just Resize",
    ResizeMode.crop: "Crop and Resize",
    ResizeMode.fill: "Resize and Fill",
}
"""ControlNet writes the words of the resize modes with other capitals than img2img does."""
REGION_MASK = "Effective Region Mask"


def request_facts(request: GenerationRequest) -> dict[str, str]:
    """For `Plan.facts`. The Size is the one that was asked for, which repeats the picture also where it is snapped."""
    facts = {"Size": f"{request.size.width}x{request.size.height}"}
    if request.init:
        facts |= init_facts(request.init)
    if request.mask and request.init:
        facts |= mask_facts(request.mask)
    if request.hires:
        facts |= hires_facts(request.hires)
    if request.refiner:
        facts["Refiner"] = request.refiner.model
        facts["Refiner switch at"] = short(request.refiner.switch_at)
    for index, unit in enumerate(request.controls):
        facts[f"ControlNet {index}"] = control_fact(unit)
    for index, region in enumerate(request.regions, start=1):
        facts[f"Region {index}"] = region_fact(region)
    return facts


def init_facts(init: InitImage) -> Facts:
    if init.resize_mode is not ResizeMode.stretch:
        yield "Resize mode", init.resize_mode
    if init.keep_original_size:
        yield "Keep original size", "True"
    if init.image_cfg_scale != USUAL_IMAGE_CFG:
        yield "Image CFG scale", short(init.image_cfg_scale)


def mask_facts(mask: Mask) -> Facts:
    if mask.inverted:
        yield "Mask mode", "Inpaint not masked"
    if mask.blur_x == mask.blur_y:
        yield "Mask blur", short(mask.blur_x)
    else:
        yield "Mask blur x", short(mask.blur_x)
        yield "Mask blur y", short(mask.blur_y)
    if mask.only_masked:
        yield "Inpaint area", "Only masked"
        yield "Masked area padding", str(mask.padding)
    if mask.content is not MaskedContent.original:
        yield "Masked content", mask.content
    if not mask.rounded:
        yield "Mask round", "False"
    if mask.colour_match is not ColourMatch.none:
        yield "Colour match", mask.colour_match
    if mask.soft:
        yield from soft_facts(mask.soft)


def soft_facts(soft: SoftInpainting) -> Facts:
    yield "Soft inpainting enabled", "True"
    yield "Soft inpainting schedule bias", short(soft.schedule_bias)
    yield "Soft inpainting preservation strength", short(soft.preservation_strength)
    yield "Soft inpainting transition contrast boost", short(soft.transition_contrast_boost)
    yield "Soft inpainting mask influence", short(soft.mask_influence)
    yield "Soft inpainting difference threshold", short(soft.difference_threshold)
    yield "Soft inpainting difference contrast", short(soft.difference_contrast)


def hires_facts(hires: HiresFix) -> Facts:
    if hires.size.width or hires.size.height:
        yield "Hires resize", f"{hires.size.width}x{hires.size.height}"
    else:
        yield "Hires upscale", short(hires.scale)
    if hires.steps:
        yield "Hires steps", str(hires.steps)
    yield "Hires upscaler", hires.upscaler
    for key, value in (
        ("Hires checkpoint", hires.model),
        ("Hires sampler", hires.sampler),
        ("Hires schedule type", hires.schedule),
        ("Hires prompt", hires.prompt),
        ("Hires negative prompt", hires.negative_prompt),
    ):
        if value:
            yield key, value


def region_fact(region: Region) -> str:
    """All but the mask, which is a picture."""
    facts = {"Prompt": region.prompt, "Negative": region.negative_prompt, "Weight": short(region.weight)}
    return ", ".join(f"{key}: {quoted(value)}" for key, value in facts.items() if value)


def control_fact(unit: ControlUnit) -> str:
    """As the ControlNet extension writes it (features.md 3.1), and what it leaves out where that is not the usual."""
    facts = {
        "Module": unit.preprocessor,
        "Model": unit.model,
        "Weight": str(unit.weight),
        "Resize Mode": CONTROL_RESIZE.get(unit.resize_mode, unit.resize_mode),
        "Processor Res": str(unit.resolution),
        "Threshold A": str(unit.threshold_a),
        "Threshold B": str(unit.threshold_b),
        "Guidance Start": str(unit.start),
        "Guidance End": str(unit.end),
        "Pixel Perfect": str(unit.pixel_perfect),
        "Control Mode": unit.mode.value,
    }
    if unit.hires_option is not HiresOption.both:
        facts["Hr Option"] = unit.hires_option
    if not unit.cropped_to_mask:
        facts["Crop To Mask"] = "False"
    if unit.region is not None:
        facts[REGION_MASK] = "True"  # the mask itself is a picture
    if unit.union_control is not UnionControl.unknown:
        facts["Union Control Type"] = unit.union_control
    if unit.several is not None:
        facts["Input Mode"] = unit.several.mode  # its pictures are no text
    if unit.weights:
        facts["Advanced Weighting"] = json.dumps(unit.weights)
    return ", ".join(f"{key}: {quoted(value)}" for key, value in facts.items())
