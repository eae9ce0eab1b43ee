"""A loaded model, or a folder of any family, as diffusers' own pipelines. A new family is a row of CLASSES.

The forms of one model (text, image, inpaint) share its networks; each has its own scheduler. Those of Stable Diffusion
are made of the networks as they are: `from_pipe` would cast all of them to one precision.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.catalog.checkpoints import Checkpoint
from studio.devices.device import Device
from studio.devices.memory import bytes_of
from studio.domain.errors import BrokenFile, IncompatibleModel
from studio.engine.families import FAMILIES
from studio.engine.loading import read_config
from studio.engine.models import Model, Network
from studio.engine.pipeline_manager import PipelineManager, stock_scheduler
from studio.engine.stock_controls import CLASSES as CONTROLLED

Pipeline = Any
CLASSES: Mapping[str, Mapping[str, str]] = {
    "sd": {
        "text": "StableDiffusionPipeline",
        "image": "StableDiffusionImg2ImgPipeline",
        "inpaint": "StableDiffusionInpaintPipeline",
    },
    "sdxl": {
        "text": "StableDiffusionXLPipeline",
        "image": "StableDiffusionXLImg2ImgPipeline",
        "inpaint": "StableDiffusionXLInpaintPipeline",
    },
}
AUTOMATIC = {
    "text": "AutoPipelineForText2Image",
    "image": "AutoPipelineForImage2Image",
    "inpaint": "AutoPipelineForInpainting",
}
"""For all other families that diffusers knows."""


def pipeline_of(model: Model, form: str, controlnets: Sequence[Network] = ()) -> Pipeline:
    """Of Stable Diffusion; `form` is text, image or inpaint."""
    import diffusers

    is_xl = model.architecture in ("sdxl", "refiner")
    names = (CONTROLLED if controlnets else CLASSES)["sdxl" if is_xl else "sd"]
    found: Any = getattr(diffusers, names[form])
    more = {"controlnet": list(controlnets)} if controlnets else {}
    pipe = found(**parts_of(model, is_xl), **more)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def parts_of(model: Model, is_xl: bool) -> dict[str, Any]:
    """Prompts come encoded, so there is no tokenizer."""
    import diffusers

    common = {
        "vae": model.vae,
        "unet": model.unet,
        "tokenizer": None,
        "text_encoder": model.encoders[0].network,
        "scheduler": diffusers.DDIMScheduler(**stock_scheduler(model)),
    }
    if is_xl:
        second = model.encoders[-1].network
        first = model.encoders[0].network if len(model.encoders) > 1 else None
        return common | {"text_encoder": first, "text_encoder_2": second, "tokenizer_2": None}
    return common | {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def foreign_pipeline(models: PipelineManager, checkpoint: Checkpoint, form: str) -> Pipeline:
    """Of any other family. Raises IncompatibleModel, BrokenFile."""
    import diffusers

    def load() -> Pipeline:
        return loaded(checkpoint, models.device)

    base = models.keep(("pipeline", checkpoint.path), load, pipeline_bytes)
    found: Any = getattr(diffusers, AUTOMATIC[form])
    try:
        return found.from_pipe(base, dtype=models.device.dtype)
    except ValueError as error:
        message = f"Diffusers has no {form} pipeline for {checkpoint.architecture}, the kind of {checkpoint.name}"
        raise IncompatibleModel(message, file=checkpoint.name) from error


def loaded(checkpoint: Checkpoint, device: Device) -> Pipeline:
    import diffusers

    place: Path = checkpoint.path
    options: dict[str, Any] = {"dtype": device.dtype, "local_files_only": True, **left_out(place)}
    try:
        if place.is_dir():
            pipe = diffusers.DiffusionPipeline.from_pretrained(str(place), **options)
        else:
            message = (
                f"{checkpoint.name} is one file of the family {checkpoint.architecture}; for these, take the folder"
            )
            raise IncompatibleModel(f"{message} in diffusers' layout", file=checkpoint.name)
    except (OSError, ValueError, KeyError) as error:
        raise BrokenFile(f"{checkpoint.name} cannot be loaded: {error}", file=checkpoint.name) from error
    pipe.set_progress_bar_config(disable=True)
    if device.home != device.torch_device:
        pipe.enable_model_cpu_offload(device=device.torch_device)
        return pipe
    return pipe.to(device.torch_device)


def left_out(folder: Path) -> dict[str, None]:
    """Parts that the folder says it has not (SD 3's third text encoder), which must be named to be done without."""
    index = read_config(folder / "model_index.json") if folder.is_dir() else {}
    return {name: None for name, value in index.items() if value == [None, None]}


def pipeline_bytes(pipe: Pipeline) -> int:
    return bytes_of(*(part for part in pipe.components.values() if hasattr(part, "parameters")))


def is_ours(checkpoint: Checkpoint) -> bool:
    """Whether the model can be loaded part by part."""
    return checkpoint.architecture in FAMILIES
