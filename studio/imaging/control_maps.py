"""Control units made ready: each picture brought to where the redrawn one lies, and its map made by the annotator.

Alignment comes first (features.md 2.28, trap 25): what the unit looks at goes through the very box and resizing of the
picture, and is looked at there. The map that comes back is of the working size, pixel for pixel. Only what an
IP-Adapter sees is no map: the whole picture, as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.fields import Value
from studio.domain.geometry import Size
from studio.domain.plan import ControlMap, Framing, Plan
from studio.domain.request import ControlUnit
from studio.imaging.control_geometry import FloatBox, Placement, fitted, framed
from studio.imaging.load import flattened
from studio.imaging.map_resize import laid_out, looks_like_strokes, resized_map
from studio.imaging.regions import carried, placed


class Annotate(Protocol):
    """`domain/ports.py:Annotator.annotate`."""

    def __call__(
        self, preprocessor: str, image: Image.Image, resolution: int, arguments: Mapping[str, Value]
    ) -> Image.Image: ...


NO_PREPROCESSOR = "none"
HALF = 127


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What a unit looks at, and where it lands. `mask` (L) marks what an inpainting unit leaves to the network."""

    image: Image.Image
    mask: Image.Image | None
    place: Placement
    is_map: bool


def control_maps(
    plan: Plan, *, original: Image.Image | None, latent_mask: Image.Image | None, annotate: Annotate
) -> tuple[ControlMap, ...]:
    """One for each picture of each unit. `original` is the picture to redraw, upright and whole; `latent_mask` (L) has
    the working size.

    Raises BadRequest for a unit that has nothing to look at, and what the annotator raises.
    """
    return tuple(
        control_map(plan, each, position, original=original, latent_mask=latent_mask, annotate=annotate)
        for position, unit in enumerate(plan.controls)
        for each in single(unit)
    )


def single(unit: ControlUnit) -> list[ControlUnit]:
    """The unit, or in its place one for each of its pictures, with an equal share of its weight."""
    if unit.several is None:
        return [unit]
    images, masks = unit.several.images, unit.several.masks or [None] * len(unit.several.images)
    weights = tuple(weight / len(images) for weight in unit.weights)
    part = replace(unit, weight=unit.weight / len(images), weights=weights, several=None)
    return [replace(part, image=image, mask=mask) for image, mask in zip(images, masks, strict=True)]


def control_map(
    plan: Plan,
    unit: ControlUnit,
    position: int,
    *,
    original: Image.Image | None,
    latent_mask: Image.Image | None,
    annotate: Annotate,
) -> ControlMap:
    def made(size: Size) -> tuple[Image.Image, Image.Image | None, Image.Image | None]:
        source = source_of(plan, unit, position, original, size)
        mask = placed_mask(source, size) if source.mask else latent_mask if is_inpainting(unit) else None
        if is_seen_whole(unit):
            found = annotate(unit.preprocessor, source.image, unit.resolution, {})
        else:
            found = detected(unit, source, mask, annotate, extra_arguments(plan))
        return found, mask, placed_region(unit, source, plan.framing, size)

    image, mask, region = made(plan.first.size)
    return ControlMap(
        unit=unit,
        image=image,
        hires_image=made(plan.hires.second.size)[0] if plan.hires else None,
        region=region,
        mask=mask,
    )


def extra_arguments(plan: Plan) -> dict[str, Value]:
    """What a preprocessor may want to know of the job: the seed, for those that draw by chance (shuffle)."""
    return {"seed": (plan.noise.seeds[0] + plan.noise.variation_seeds[0]) & 0xFFFFFFFF}


def is_inpainting(unit: ControlUnit) -> bool:
    return unit.preprocessor.startswith("inpaint")


def is_seen_whole(unit: ControlUnit) -> bool:
    return unit.preprocessor.startswith("ip-adapter")


def source_of(plan: Plan, unit: ControlUnit, position: int, original: Image.Image | None, size: Size) -> Source:
    """The unit's own picture, or the picture to redraw."""
    own = unit.image
    if own is None and original is None:
        raise BadRequest(
            f"ControlNet unit {position} has no picture. Give it one, or redraw a picture, which it then looks at",
            field=f"controlnet.{position}.image",
            allowed="a picture",
        )
    picture = own if own is not None else original
    assert picture is not None
    image = flattened(picture, plan.settings.background)
    place = place_of(unit, Size(*image.size), plan.framing, size, is_own=own is not None)
    mask = unit.mask if own is not None else None
    if mask is not None and not is_inpainting(unit):
        if looks_like_strokes(mask) and not plan.settings.ignores_strokes:
            return Source(image=mask.convert("RGB"), mask=None, place=scaled_place(place, image, mask), is_map=True)
        mask = None
    return Source(image=image, mask=mask, place=place, is_map=unit.preprocessor == NO_PREPROCESSOR)


def scaled_place(place: Placement, image: Image.Image, mask: Image.Image) -> Placement:
    """For a mask that has another size than its picture."""
    stretch = Placement(
        scale_x=image.width / mask.width, scale_y=image.height / mask.height, left=0, top=0, size=Size(*image.size)
    )
    return stretch.then(place)


def place_of(unit: ControlUnit, source: Size, framing: Framing | None, size: Size, *, is_own: bool) -> Placement:
    """Where the unit's picture lands.

    The redrawn picture lies where its framing puts it. A picture of the unit's own follows it when it has the same
    size (a map made from it), or when only a part is redrawn and the unit is cropped along; else the unit's resize
    mode brings it to the working size.
    """
    if framing is None:
        return fitted(source, unit.resize_mode, size)
    is_part = framing.box.size != framing.source
    if not is_own or source == framing.source:
        return framed(framing)
    if is_part and unit.cropped_to_mask and not unit.is_reference:
        return fitted(source, unit.resize_mode, framing.source).then(framed(framing))
    return fitted(source, unit.resize_mode, size)


def detected(
    unit: ControlUnit, source: Source, mask: Image.Image | None, annotate: Annotate, extra: Mapping[str, Value]
) -> Image.Image:
    """The control map at the working size, on which `mask` lies.

    Bands that the picture does not reach get the colour of the map's border.
    """
    box = source.place.covered(Size(*source.image.size))
    seen = source.place.seen(Size(*source.image.size))
    if not box.size.width or not box.size.height:
        return Image.new("RGB", source.place.size)
    if source.is_map:
        found = resized_map(source.image, box.size, seen)
    else:
        resolution = min(box.size) if unit.pixel_perfect else unit.resolution
        looked_at = source.image.resize(looking_size(box.size, seen, resolution), Image.Resampling.LANCZOS, box=seen)
        arguments = {"threshold_a": unit.threshold_a, "threshold_b": unit.threshold_b, **extra}
        shown = marked(looked_at, mask and mask.resize(source.place.size).crop(box))
        found = annotate(unit.preprocessor, shown, resolution, arguments)
    return laid_out(resized_map(found, box.size), box, source.place.size)


def marked(image: Image.Image, mask: Image.Image | None) -> Image.Image:
    """RGBA with the mask as its alpha, for preprocessors that fill what is masked; the picture itself without one."""
    if mask is None:
        return image
    result = image.copy()
    result.putalpha(mask.convert("L").resize(image.size, Image.Resampling.BILINEAR))
    return result


def looking_size(drawn: Size, seen: FloatBox, resolution: int) -> Size:
    """As many pixels as are drawn, or as the preprocessor asks for where that is more and the picture has them."""
    available = min((seen[2] - seen[0]) / drawn.width, (seen[3] - seen[1]) / drawn.height)
    scale = max(1.0, min(available, resolution / min(drawn)))
    return Size(round(drawn.width * scale), round(drawn.height * scale))


def placed_mask(source: Source, size: Size) -> Image.Image:
    """White (to be painted) also where the picture does not reach."""
    assert source.mask is not None
    mask = source.mask.convert("L").resize(source.image.size, Image.Resampling.BILINEAR)
    whole = Size(*mask.size)
    box, seen = source.place.covered(whole), source.place.seen(whole)
    result = Image.new("L", size, 255)
    if box.size.width and box.size.height:
        part = mask.resize(box.size, Image.Resampling.BILINEAR, box=seen)
        result.paste(part.point([255 * (value > HALF) for value in range(256)]), box)
    return result


def placed_region(unit: ControlUnit, source: Source, framing: Framing | None, size: Size) -> Image.Image | None:
    """A region drawn on the unit's picture follows it; one of another size is stretched over the whole picture."""
    if unit.region is None:
        return None
    region = unit.region.convert("L")
    if region.size != source.image.size:
        return placed(region, framing, size, framing and framing.source)
    return carried(region, source.place)
