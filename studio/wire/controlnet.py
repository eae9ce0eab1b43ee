"""Control units as clients of every age send them (features.md 3.1, 4.6). A parameter is a field of `UnitBody`."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from PIL.Image import Image
from pydantic import AliasChoices, Field, ValidationError, model_validator

from studio.domain.errors import BadRequest
from studio.domain.request import (
    ControlMode,
    ControlPictures,
    ControlUnit,
    HiresOption,
    InputMode,
    ResizeMode,
    UnionControl,
)
from studio.wire.reading import Body, Folder, Load, no_folder

T = TypeVar("T")

RESIZE_MODES: Mapping[str, ResizeMode] = {
    "just resize": ResizeMode.stretch,
    "0": ResizeMode.stretch,
    "crop and resize": ResizeMode.crop,
    "1": ResizeMode.crop,
    "inner fit (scale to fit)": ResizeMode.crop,
    "scale to fit (inner fit)": ResizeMode.crop,
    "resize and fill": ResizeMode.fill,
    "2": ResizeMode.fill,
    "outer fit (shrink to fit)": ResizeMode.fill,
    "envelope (outer fit)": ResizeMode.fill,
}
MODES: Mapping[str, ControlMode] = {
    name: mode for place, mode in enumerate(ControlMode) for name in (str(place), mode.value.lower())
}
HIRES: Mapping[str, HiresOption] = {
    name: option
    for place, option in enumerate(HiresOption)
    for words in (option.value.lower(),)
    for name in (str(place), words, f"hiresfixoption.{words.replace(' ', '_')}")
}
UNION_CONTROLS: Mapping[str, UnionControl] = {control.value.lower(): control for control in UnionControl}

SIMPLE = "simple"
INPUT_MODES = {name: name for name in (SIMPLE, *(mode.name for mode in InputMode))}


class UnitBody(Body):
    """Defaults are ControlNet's."""

    enabled: bool | None = None
    module: str = "none"
    model: str = "None"
    weight: float = 1.0
    image: Any = Field(default=None, validation_alias=AliasChoices("image", "input_image"))
    mask: Any = Field(default=None, validation_alias=AliasChoices("mask", "mask_image"))
    resize_mode: int | str = ResizeMode.crop.value
    low_vram: bool = Field(default=False, validation_alias=AliasChoices("low_vram", "lowvram"))
    processor_res: float = Field(default=-1, validation_alias=AliasChoices("processor_res", "preprocessor_res"))
    threshold_a: float = -1
    threshold_b: float = -1
    guidance_start: float = 0.0
    guidance_end: float = Field(default=1.0, validation_alias=AliasChoices("guidance_end", "guidance"))
    pixel_perfect: bool = False
    control_mode: int | str = ControlMode.balanced.value
    guessmode: bool = False
    inpaint_crop_input_image: bool = True
    hr_option: int | str = HiresOption.both.value
    save_detected_map: bool = True
    advanced_weighting: list[float] = Field(default_factory=list[float])
    effective_region_mask: Any = None
    union_control_type: str = UnionControl.unknown.value
    input_mode: str = SIMPLE
    batch_images: Any = Field(default=None, validation_alias=AliasChoices("batch_images", "batch_image_dir"))
    batch_mask_dir: str = ""
    batch_input_gallery: list[Any] = Field(default_factory=list[Any])
    loopback: bool = False

    @model_validator(mode="before")
    @classmethod
    def with_one_image(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "image" in given and "input_image" in given:
            raise ValueError("image and input_image are two names of one thing; send one of them")
        return cast("Any", given)

    @property
    def is_on(self) -> bool:
        """Older clients do not say whether a unit is enabled: it is where it names something to do."""
        if self.enabled is not None:
            return self.enabled
        return any(name.lower() not in ("", "none") for name in (self.module, self.model))

    def to_unit(self, load: Load, folder: Folder) -> ControlUnit:
        """Raises BadRequest, BrokenFile."""
        several = self.to_several(load, folder)
        image, mask = (None, None) if several else pictures_of(self.image, load)
        mask = mask if several else pictures_of(self.mask, load)[0] or mask
        if image and mask and image.size != mask.size:
            sizes = [f"{each.width}x{each.height}" for each in (image, mask)]
            raise BadRequest(f"A control picture is {sizes[0]}, its mask {sizes[1]}. Make them equal", field="mask")
        mode = named(MODES, self.control_mode, "control_mode")
        return ControlUnit(
            preprocessor=self.module or "none",
            model=self.model or "None",
            weight=self.weight,
            image=image,
            mask=mask,
            resize_mode=named(RESIZE_MODES, self.resize_mode, "resize_mode"),
            resolution=int(self.processor_res),
            threshold_a=self.threshold_a,
            threshold_b=self.threshold_b,
            start=self.guidance_start,
            end=self.guidance_end,
            pixel_perfect=self.pixel_perfect,
            mode=ControlMode.control if self.guessmode else mode,
            low_vram=self.low_vram,
            cropped_to_mask=self.inpaint_crop_input_image,
            hires_option=named(HIRES, self.hr_option, "hr_option"),
            region=pictures_of(self.effective_region_mask, load)[0],
            weights=tuple(self.advanced_weighting),
            shows_map=self.save_detected_map,
            union_control=named(UNION_CONTROLS, self.union_control_type, "union_control_type"),
            several=several,
        )

    def to_several(self, load: Load, folder: Folder) -> ControlPictures | None:
        """A list of pictures that each may have a mask is Multi-Inputs, whatever the mode says."""
        mode = named(INPUT_MODES, self.input_mode.rpartition(".")[2], "input_mode")
        if mode == SIMPLE and not is_list_of_pictures(self.image):
            return None
        given = self.image if mode == SIMPLE else self.batch_input_gallery or self.batch_images or []
        images, masks = folder(given, self.batch_mask_dir) if isinstance(given, str) else several_of(given, load)
        chosen = InputMode.merge if mode == SIMPLE else InputMode[mode]
        return ControlPictures(mode=chosen, images=images, masks=masks, has_loopback=self.loopback)


def units_of(args: Sequence[Any], load: Load, folder: Folder = no_folder) -> tuple[ControlUnit, ...]:
    """The enabled ones. Nothing in the place of a unit (some clients send `false` for "off") is left out.

    Raises BadRequest, BrokenFile.
    """
    for each in args:
        if each and not isinstance(each, Mapping):
            message = f"ControlNet takes one object for each unit, with its fields by name; {each!r:.40} is none"
            raise BadRequest(message, field="controlnet", allowed="objects")
    bodies = [unit_body(place, each) for place, each in enumerate(args) if isinstance(each, Mapping)]
    return tuple(body.to_unit(load, folder) for body in bodies if body.is_on)


def unit_body(place: int, given: Any) -> UnitBody:
    try:
        return UnitBody.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(each) for each in first["loc"])
        raise BadRequest(f"ControlNet unit {place}, {field or 'image'}: {first['msg']}", field=field) from error


def is_list_of_pictures(given: Any) -> bool:
    """More than one, each as {image, mask} or [image, mask]; a list of two texts is a picture and its mask."""
    several = cast("list[Any]", given) if isinstance(given, list) else []
    return len(several) > 1 and all(isinstance(each, Mapping | list) for each in several)


def several_of(given: Any, load: Load) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
    """The pictures, and the masks of those that have one."""
    if not isinstance(given, list):
        raise BadRequest("The pictures of a unit are a list, or the path of a folder", field="batch_images")
    pairs = [pictures_of(each, load) for each in cast("list[Any]", given)]
    return tuple(image for image, _ in pairs if image), tuple(mask for _, mask in pairs if mask)


def pictures_of(given: Any, load: Load) -> tuple[Image | None, Image | None]:
    """(picture, mask) of what stands for a picture: base64, {image, mask}, [image, mask], or a list of one of these."""
    if not given:
        return None, None
    if isinstance(given, str):
        return load(given), None
    if isinstance(given, Mapping):
        both = cast("Mapping[str, Any]", given)
        return pictures_of(both.get("image"), load)[0], pictures_of(both.get("mask"), load)[0]
    if isinstance(given, list):
        several = cast("list[Any]", given)
        if isinstance(several[0], Mapping | list):
            return pictures_of(several[0], load)
        return pictures_of(several[0], load)[0], pictures_of(several[1] if len(several) > 1 else None, load)[0]
    raise BadRequest(f"A control picture is {type(given).__name__}; send it as base64", field="image")


def named(names: Mapping[str, T], value: int | str, field: str) -> T:
    """By name in any case, or by number. Raises BadRequest."""
    known = names.get(str(value).lower())
    if known is None:
        allowed = ", ".join(dict.fromkeys(str(each) for each in names.values()))
        raise BadRequest(f"ControlNet, {field}: {value!r} is none of {allowed}", field=field, allowed=allowed)
    return known
