"""ControlNet units in diffusers' own pipelines. What those cannot express is a row of REFUSALS, and refused by name."""

from collections.abc import Callable, Sequence
from typing import Any

from studio.catalog.controlnets import ControlKind, ControlNet
from studio.domain.plan import ControlMap, Prepared
from studio.domain.request import ControlMode
from studio.engine.hooks.unit import hint_of, kept_network
from studio.engine.models import Model, Network
from studio.engine.pipeline_manager import PipelineManager

Find = Callable[[str], ControlNet]
REFUSALS: tuple[tuple[str, Callable[[ControlMap], bool]], ...] = (
    ("reference units", lambda control: control.unit.is_reference),
    ("control modes other than Balanced", lambda control: control.unit.mode is not ControlMode.balanced),
    ("effective region masks of units", lambda control: control.region is not None),
    ("advanced weighting of units", lambda control: bool(control.unit.weights)),
    ("tile_colorfix", lambda control: control.unit.preprocessor.startswith("tile_colorfix")),
    ("inpaint_only", lambda control: control.unit.preprocessor.startswith("inpaint_only")),
)
CLASSES = {
    "sd": {
        "text": "StableDiffusionControlNetPipeline",
        "image": "StableDiffusionControlNetImg2ImgPipeline",
        "inpaint": "StableDiffusionControlNetInpaintPipeline",
    },
    "sdxl": {
        "text": "StableDiffusionXLControlNetPipeline",
        "image": "StableDiffusionXLControlNetImg2ImgPipeline",
        "inpaint": "StableDiffusionXLControlNetInpaintPipeline",
    },
}


def refusal(prepared: Prepared) -> str:
    """What the pipelines cannot do of the units; empty where they can do all."""
    asked = (what for what, is_asked in REFUSALS if any(is_asked(control) for control in prepared.controls))
    return next(asked, "")


def networks_of(controls: Sequence[ControlMap], model: Model, models: PipelineManager, find: Find) -> list[Network]:
    """Raises UnknownName, BrokenFile, IncompatibleModel."""
    return [kept_network(find(control.unit.model), model, models) for control in controls]


def other_kind(controls: Sequence[ControlMap], find: Find) -> str:
    """The kind of the first unit's model that the ControlNet pipelines do not take; empty where they take all."""
    kinds = (find(control.unit.model).kind for control in controls)
    return next((f"{kind} units" for kind in kinds if kind is not ControlKind.controlnet), "")


def pools(networks: Sequence[Network]) -> bool:
    """Whether a network acts by its mean over the picture, which the pipelines do only in their guess mode."""
    return any(network.pools_everything for network in networks)


def asked_of(controls: Sequence[ControlMap], model: Model, form: str) -> dict[str, Any]:
    """The units as arguments of a pipeline. Its steps of a unit end one earlier than A1111's (features.md 3.7)."""
    hints = [hint_of(control.image, control.mask).to(model.torch_device, model.device.dtype) for control in controls]
    return {
        "image" if form == "text" else "control_image": hints,
        "controlnet_conditioning_scale": [control.unit.weight for control in controls],
        "control_guidance_start": [control.unit.start for control in controls],
        "control_guidance_end": [control.unit.end for control in controls],
    }
