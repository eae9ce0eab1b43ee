"""A request as the body that asks for it: for nodes elsewhere, and to fill in what an infotext says.

The inverse of `to_request`; a parameter stands here as it stands there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from PIL.Image import Image

from studio.domain.fields import Field, Note, Value
from studio.domain.registry import Registry
from studio.domain.request import (
    ControlPictures,
    ControlUnit,
    GenerationRequest,
    HiresFix,
    InitImage,
    Mask,
    MaskedContent,
    ResizeMode,
    ScriptCall,
)
from studio.domain.things import Script
from studio.wire.reading import Store
from studio.wire.regions import region_fields
from studio.wire.scripts import SOFT_FIELDS

CONTROL_RESIZE: Mapping[ResizeMode, str] = {
    ResizeMode.stretch: "Just Resize",
    ResizeMode.crop: "Crop and Resize",
    ResizeMode.fill: "Resize and Fill",
}


def dumped(request: GenerationRequest, scripts: Registry[Script], store: Store) -> dict[str, Any]:
    """JSON values. With `init` it is img2img's body, else txt2img's."""
    sampling = request.sampling
    settings = dict(request.settings)
    is_kept = settings.pop("samples_save", True)
    body: dict[str, Any] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "styles": list(request.styles),
        "width": request.size.width,
        "height": request.size.height,
        "n_iter": request.batch_count,
        "batch_size": request.batch_size,
        "sampler_name": sampling.sampler,
        "scheduler": sampling.schedule or "Automatic",
        "steps": sampling.steps,
        "cfg_scale": sampling.cfg_scale,
        "seed": sampling.seed,
        "subseed": sampling.variation_seed,
        "subseed_strength": sampling.variation_strength,
        "seed_resize_from_w": sampling.seed_resize_from.width,
        "seed_resize_from_h": sampling.seed_resize_from.height,
        "override_settings": settings,
        "save_images": True,
        "do_not_save_samples": not is_kept,
        "alwayson_scripts": always_on(request, store),
    }
    if request.refiner:
        body |= {"refiner_checkpoint": request.refiner.model, "refiner_switch_at": request.refiner.switch_at}
    if request.script:
        body |= script_fields(request.script, scripts[request.script.name].fields, store)
    if request.init:
        return body | init_fields(request.init, store) | mask_fields(request.mask, store)
    return body | hires_fields(request.hires)


def always_on(request: GenerationRequest, store: Store) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if request.controls:
        result["controlnet"] = {"args": [unit_fields(unit, store) for unit in request.controls]}
    if request.regions:
        result["regions"] = {"args": [region_fields(region, store) for region in request.regions]}
    soft = request.mask and request.mask.soft
    if soft:
        result["soft inpainting"] = {"args": [True, *(getattr(soft, each.name) for each in SOFT_FIELDS[1:])]}
    return result


def unit_fields(unit: ControlUnit, store: Store) -> dict[str, Any]:
    return {
        "enabled": True,
        "module": unit.preprocessor,
        "model": unit.model,
        "weight": unit.weight,
        "image": unit.image and store(unit.image),
        "mask": unit.mask and store(unit.mask),
        "resize_mode": CONTROL_RESIZE.get(unit.resize_mode, CONTROL_RESIZE[ResizeMode.crop]),
        "low_vram": unit.low_vram,
        "processor_res": unit.resolution,
        "threshold_a": unit.threshold_a,
        "threshold_b": unit.threshold_b,
        "guidance_start": unit.start,
        "guidance_end": unit.end,
        "pixel_perfect": unit.pixel_perfect,
        "control_mode": unit.mode.value,
        "inpaint_crop_input_image": unit.cropped_to_mask,
        "hr_option": unit.hires_option.value,
        "save_detected_map": unit.shows_map,
        "advanced_weighting": list(unit.weights) or None,
        "effective_region_mask": unit.region and store(unit.region),
        "union_control_type": unit.union_control.value,
        **(several_fields(unit.several, store) if unit.several else {}),
    }


def several_fields(several: ControlPictures, store: Store) -> dict[str, Any]:
    masks = several.masks or [None] * len(several.images)
    return {
        "input_mode": several.mode.name,
        "batch_images": [
            {"image": store(image), "mask": mask and store(mask)}
            for image, mask in zip(several.images, masks, strict=True)
        ],
        "loopback": several.has_loopback,
    }


def script_fields(call: ScriptCall, declared: Sequence[Field], store: Store) -> dict[str, Any]:
    args = ["" if isinstance(each, Note) else argument(call.args.get(each.name), store) for each in declared]
    return {"script_name": call.name, "script_args": args}


def argument(value: Value, store: Store) -> Any:
    if isinstance(value, Image):
        return store(value)
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value


def init_fields(init: InitImage, store: Store) -> dict[str, Any]:
    return {
        "init_images": [store(init.image)],
        "denoising_strength": init.strength,
        "resize_mode": list(ResizeMode).index(init.resize_mode),
        "keep_original_size": init.keep_original_size,
        "image_cfg_scale": init.image_cfg_scale,
    }


def mask_fields(mask: Mask | None, store: Store) -> dict[str, Any]:
    if mask is None:
        return {}
    return {
        "mask": store(mask.image),
        "mask_blur_x": mask.blur_x,
        "mask_blur_y": mask.blur_y,
        "mask_round": mask.rounded,
        "inpainting_fill": list(MaskedContent).index(mask.content),
        "inpaint_full_res": mask.only_masked,
        "inpaint_full_res_padding": mask.padding,
        "inpainting_mask_invert": int(mask.inverted),
        "colour_match": mask.colour_match.value,
    }


def hires_fields(hires: HiresFix | None) -> dict[str, Any]:
    if hires is None:
        return {}
    return {
        "enable_hr": True,
        "hr_upscaler": hires.upscaler,
        "hr_scale": hires.scale,
        "hr_resize_x": hires.size.width,
        "hr_resize_y": hires.size.height,
        "hr_second_pass_steps": hires.steps,
        "denoising_strength": hires.strength,
        "hr_checkpoint_name": hires.model or None,
        "hr_sampler_name": hires.sampler or None,
        "hr_scheduler": hires.schedule or None,
        "hr_prompt": hires.prompt,
        "hr_negative_prompt": hires.negative_prompt,
    }
