"""Control units checked when a job is taken: canonical names, models that fit. Another rule is a line of `checked`.

A unit that cannot be applied fails the job with the reason, never silently.
"""

from collections.abc import Sequence
from dataclasses import replace

from PIL.Image import Image

from studio.catalog.checkpoints import Checkpoint
from studio.catalog.controlnets import ControlNet, base_name, is_fitting, text_width_of
from studio.domain.errors import BadRequest, IncompatibleModel, UnknownName
from studio.domain.registry import Registry, nearest_first
from studio.domain.request import ControlPictures, ControlUnit, InputMode
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
    check_pictures(unit, position)
    preprocessor = preprocessors[unit.preprocessor]
    unit = replace(unit, preprocessor=preprocessor.name)
    if unit.is_reference:
        return replace(unit, model=NO_MODEL)
    model = found_model(unit, position, controlnets)
    if not is_fitting(model, checkpoint):
        wanted = base_name(text_width_of(checkpoint))
        reason = model.problem or f"it is for {model.base}, but the checkpoint {checkpoint.title} is {wanted}"
        message = f"ControlNet unit {position}: {model.name} cannot be used: {reason}"
        raise IncompatibleModel(message, unit=position, model=model.name, checkpoint=checkpoint.title)
    preprocessor = with_eyes(unit, position, model, preprocessors)
    unit = with_union_control(unit, position, model, preprocessor)
    return replace(unit, preprocessor=preprocessor.name, model=model.name)


def found_model(unit: ControlUnit, position: int, controlnets: Registry[ControlNet]) -> ControlNet:
    if unit.model.lower() in ("", "none"):
        what = "Turn it off, or choose one" if unit.preprocessor == "none" else "Choose one"
        fitting = "the kind of its picture" if unit.preprocessor == "none" else unit.preprocessor
        message = f"ControlNet unit {position} has no model. {what} that belongs to {fitting}"
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


def check_pictures(unit: ControlUnit, position: int) -> None:
    if unit.several:
        check_several(unit.several, position)
    elif unit.image and unit.mask:
        check_mask(unit.image, unit.mask, position)


def check_several(several: ControlPictures, position: int) -> None:
    if not several.images:
        message = f"ControlNet unit {position}: {several.mode} has no pictures. Give it some, or take Single Image"
        raise BadRequest(message, field=f"controlnet.{position}.batch_images", allowed="pictures")
    if several.masks and len(several.masks) != len(several.images):
        counts = f"{len(several.images)} pictures have {len(several.masks)} masks"
        message = f"ControlNet unit {position}: {counts}. Give each a mask, or none of them"
        raise BadRequest(message, field=f"controlnet.{position}.batch_mask_dir", allowed="a mask for each picture")
    if several.has_loopback and several.mode is not InputMode.batch:
        message = (
            f"ControlNet unit {position}: loopback goes from picture to picture of a batch. Take Batch, or turn it off"
        )
        raise BadRequest(message, field=f"controlnet.{position}.loopback", allowed="input_mode batch")
    for image, mask in zip(several.images, several.masks, strict=False):
        check_mask(image, mask, position)


def check_mask(image: Image, mask: Image, position: int) -> None:
    if image.size != mask.size:
        sizes = [f"{each.width}x{each.height}" for each in (image, mask)]
        message = f"ControlNet unit {position}: the mask is {sizes[1]}, but its picture {sizes[0]}. Make them equal"
        raise BadRequest(message, field=f"controlnet.{position}.mask", allowed=sizes[0])
