"""What no picture can be made of, whichever door it came through. A number's range is one line of `ranges`."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PIL.Image import Image

from studio.domain.errors import BadRequest, BrokenFile
from studio.domain.request import (
    ControlUnit,
    GenerationRequest,
    HiresFix,
    InitImage,
    Mask,
    Region,
    Sampling,
    SoftInpainting,
)
from studio.imaging.load import LARGEST
from studio.planning.sizes import hires_sizes

LARGEST_SEED = 2**63 - 2**16  # the last of a batch still fits into 63 bits
LONGEST_SIDE = 8192


class Range(NamedTuple):
    """`field` is A1111's name of the parameter."""

    field: str
    label: str
    value: float
    lowest: float
    highest: float


def check_limits(request: GenerationRequest) -> None:
    """Raises BadRequest, and BrokenFile for a picture without pixels."""
    for each in ranges(request):
        if not math.isfinite(each.value) or not each.lowest <= each.value <= each.highest:
            allowed = f"a number from {each.lowest:.16g} to {each.highest:.16g}"
            raise BadRequest(f"{each.label} is {each.value}; it must be {allowed}", field=each.field, allowed=allowed)
    check_together(request)


def ranges(request: GenerationRequest) -> Iterator[Range]:
    yield Range("width", "Width", request.size.width, 64, LONGEST_SIDE)
    yield Range("height", "Height", request.size.height, 64, LONGEST_SIDE)
    yield Range("n_iter", "Batch count", request.batch_count, 1, 1000)
    yield Range("batch_size", "Batch size", request.batch_size, 1, 64)
    yield from sampling_ranges(request.sampling)
    if request.init:
        yield Range("denoising_strength", "Denoising strength", request.init.strength, 0, 1)
    if request.mask:
        yield from mask_ranges(request.mask)
    if request.hires:
        yield from hires_ranges(request.hires)
    if request.refiner:
        yield Range("refiner_switch_at", "Refiner, switch at", request.refiner.switch_at, 0, 1)
    for number, unit in enumerate(request.controls):
        yield from unit_ranges(unit, f"ControlNet unit {number}")
    for number, region in enumerate(request.regions, start=1):
        yield Range("regions", f"Region {number}: weight", region.weight, 0, 1)


def sampling_ranges(sampling: Sampling) -> Iterator[Range]:
    yield Range("steps", "Sampling steps", sampling.steps, 1, 150)
    yield Range("cfg_scale", "CFG Scale", sampling.cfg_scale, 0, 100)
    yield Range("seed", "Seed", sampling.seed, -1, LARGEST_SEED)
    yield Range("subseed", "Variation seed", sampling.variation_seed, -1, LARGEST_SEED)
    yield Range("subseed_strength", "Variation strength", sampling.variation_strength, 0, 1)
    yield Range("seed_resize_from_w", "Resize seed from width", sampling.seed_resize_from.width, 0, LONGEST_SIDE)
    yield Range("seed_resize_from_h", "Resize seed from height", sampling.seed_resize_from.height, 0, LONGEST_SIDE)


def mask_ranges(mask: Mask) -> Iterator[Range]:
    yield Range("mask_blur_x", "Mask blur", mask.blur_x, 0, 256)
    yield Range("mask_blur_y", "Mask blur", mask.blur_y, 0, 256)
    yield Range("inpaint_full_res_padding", "Only masked padding, pixels", mask.padding, 0, LONGEST_SIDE)
    if mask.soft:
        yield from soft_ranges(mask.soft)


def soft_ranges(soft: SoftInpainting) -> Iterator[Range]:
    field = "soft inpainting"
    yield Range(field, "Schedule bias", soft.schedule_bias, 0, 8)
    yield Range(field, "Preservation strength", soft.preservation_strength, 0, 8)
    yield Range(field, "Transition contrast boost", soft.transition_contrast_boost, 1, 32)
    yield Range(field, "Mask influence", soft.mask_influence, 0, 1)
    yield Range(field, "Difference threshold", soft.difference_threshold, 0, 8)
    yield Range(field, "Difference contrast", soft.difference_contrast, 0, 8)


def hires_ranges(hires: HiresFix) -> Iterator[Range]:
    yield Range("hr_scale", "Upscale by", hires.scale, 1, 8)
    yield Range("hr_resize_x", "Resize width to", hires.size.width, 0, LONGEST_SIDE)
    yield Range("hr_resize_y", "Resize height to", hires.size.height, 0, LONGEST_SIDE)
    yield Range("hr_second_pass_steps", "Hires steps", hires.steps, 0, 150)
    yield Range("denoising_strength", "Denoising strength", hires.strength, 0, 1)


def unit_ranges(unit: ControlUnit, name: str) -> Iterator[Range]:
    yield Range("weight", f"{name}: Control Weight", unit.weight, 0, 2)
    yield Range("guidance_start", f"{name}: Starting Control Step", unit.start, 0, 1)
    yield Range("guidance_end", f"{name}: Ending Control Step", unit.end, unit.start, 1)
    for weight in unit.weights:
        yield Range("advanced_weighting", f"{name}: a layer's weight", weight, -10, 10)


def check_together(request: GenerationRequest) -> None:
    """What is fine for itself, but not with the rest."""
    init, mask = request.init, request.mask
    if mask and not init:
        raise BadRequest("A mask needs a picture that it lies on. Choose a picture, or remove the mask", field="mask")
    if request.hires and init:
        raise BadRequest("Hires. fix belongs to txt2img. Turn it off, or remove the picture", field="enable_hr")
    if request.hires and max(hires_sizes(request.size, request.hires)[0]) > LONGEST_SIDE:
        allowed = f"at most {LONGEST_SIDE} pixels a side in the end"
        raise BadRequest(f"Hires. fix would make too large a picture: {allowed}", field="hr_scale", allowed=allowed)
    check_pixels(init, mask)
    check_regions(request.regions)


def check_regions(regions: Sequence[Region]) -> None:
    for number, region in enumerate(regions, start=1):
        if not region.prompt.strip():
            message = f"Region {number} has no prompt. Say what it shall show, or remove it"
            raise BadRequest(message, field="regions", allowed="a prompt for each region")
        if region.mask.convert("L").getbbox() is None:
            raise BadRequest(f"Region {number} is empty. Paint where it is, or remove it", field="regions")


def check_pixels(init: InitImage | None, mask: Mask | None) -> None:
    for what, image in (("picture", init and init.image), ("mask", mask and mask.image)):
        if image is not None and 0 in image.size:
            raise BrokenFile(f"The {what} is empty: {image.width}x{image.height} pixels. Choose another one")


def check_enlarged(image: Image, scale: float) -> None:
    """Nothing is made that could not be read again, and would not fit into memory. Raises BadRequest."""
    width, height = (int(side * scale) for side in image.size)
    if width * height > LARGEST:
        allowed = f"at most {LARGEST // 1_000_000} megapixels"
        message = f"Enlarged, the picture would have {width}x{height} pixels; {allowed}. Take a smaller factor or size"
        raise BadRequest(message, field="scale", allowed=allowed)
