"""Control units checked when a job is taken: canonical names, models that fit. Another rule is a line of `checked`.

A unit that cannot be applied fails the job with the reason, never silently.
"""

from collections.abc import Sequence
from dataclasses import replace

from studio.catalog.checkpoints import Checkpoint
from studio.catalog.controlnets import ControlNet, base_name, is_fitting, text_width_of
from studio.domain.errors import BadRequest, IncompatibleModel, UnknownName
from studio.domain.registry import Registry, nearest_first
from studio.domain.request import ControlUnit
from studio.domain.things import Preprocessor
from studio.planning.ip_adapters import with_eyes
from studio.planning.unions import with_union_control

NO_MODEL = "None"
FOLDER = "models/ControlNet"


def checked_units(
    units: Sequence[ControlUnit],
    preprocessors: Registry[Preprocessor],
    controlnets: Registry[ControlNet],
    checkpoint: Checkpoint,
) -> tuple[ControlUnit, ...]:
    """The units by canonical names. Raises UnknownName, BadRequest, IncompatibleModel, with the unit's number."""
    return tuple(checked(unit, position, preprocessors, controlnets, checkpoint) for position, unit in enumerate(units))


def checked(
    unit: ControlUnit,
    position: int,
    preprocessors: Registry[Preprocessor],
    controlnets: Registry[ControlNet],
    checkpoint: Checkpoint,
) -> ControlUnit:
    check_mask(unit, position)
    preprocessor = preprocessors[unit.preprocessor]
    if not needs_model(preprocessor.name):
        return replace(unit, preprocessor=preprocessor.name, model=NO_MODEL)
    model = found_model(unit, position, controlnets)
    if not is_fitting(model, checkpoint):
        wanted = base_name(text_width_of(checkpoint))
        reason = model.problem or f"it is for {model.base}, but the checkpoint {checkpoint.title} is {wanted}"
        message = f"ControlNet unit {position}: {model.name} cannot be used: {reason}"
        raise IncompatibleModel(message, unit=position, model=model.name, checkpoint=checkpoint.title)
    preprocessor = with_eyes(unit, position, model, preprocessors)
    unit = with_union_control(unit, position, model, preprocessor)
    return replace(unit, preprocessor=preprocessor.name, model=model.name)


def needs_model(preprocessor: str) -> bool:
    """The reference preprocessors use the checkpoint itself."""
    return not preprocessor.startswith("reference")


def found_model(unit: ControlUnit, position: int, controlnets: Registry[ControlNet]) -> ControlNet:
    if unit.model.lower() in ("", "none"):
        message = f"ControlNet unit {position} has no model. Choose one that belongs to {unit.preprocessor}"
        if not controlnets.names():
            message = f"ControlNet unit {position} has no model, and none is installed. Put one into {FOLDER}"
        raise BadRequest(message, field=f"controlnet.{position}.model", allowed=controlnets.names())
    if unit.model not in controlnets:
        without_hash = unit.model.rpartition(" [")[0]
        if without_hash in controlnets and controlnets[without_hash].problem:
            return controlnets[without_hash]  # a damaged file has another hash; its problem says more
        names = nearest_first(unit.model, controlnets.names())
        message = f"ControlNet unit {position}: there is no model {unit.model!r} in {FOLDER}."
        raise UnknownName(f"{message} Installed: {', '.join(names) or 'none'}", name=unit.model, installed=names)
    return controlnets[unit.model]


def check_mask(unit: ControlUnit, position: int) -> None:
    if unit.image and unit.mask and unit.image.size != unit.mask.size:
        sizes = [f"{image.width}x{image.height}" for image in (unit.image, unit.mask)]
        message = f"ControlNet unit {position}: the mask is {sizes[1]}, but its picture {sizes[0]}. Make them equal"
        raise BadRequest(message, field=f"controlnet.{position}.mask", allowed=sizes[0])
