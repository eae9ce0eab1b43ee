"""Regions brought to where the redrawn picture lies. What else their masks need before drawing is a line here."""

from PIL import Image

from studio.domain.geometry import Size
from studio.domain.plan import Framing, Plan, PreparedRegion
from studio.domain.request import Region
from studio.imaging.control_geometry import Placement, framed
from studio.imaging.masks import grey_of


def prepared_regions(regions: tuple[Region, ...], plan: Plan, source: Size | None) -> tuple[PreparedRegion, ...]:
    """`source` is the size of the picture that is redrawn, None in txt2img."""
    masks = [placed(grey_of(each.mask, is_rounded=False), plan.framing, plan.first.size, source) for each in regions]
    return tuple(PreparedRegion(planned=planned, mask=mask) for planned, mask in zip(plan.regions, masks, strict=True))


def placed(mask: Image.Image, framing: Framing | None, size: Size, source: Size | None) -> Image.Image:
    """A mask of the picture, L, through the very box and resizing of the picture; black where that does not reach."""
    if framing is None or source is None:
        return mask.resize(size, Image.Resampling.BILINEAR)
    return carried(mask if mask.size == source else mask.resize(source, Image.Resampling.BILINEAR), framed(framing))


def carried(mask: Image.Image, place: Placement) -> Image.Image:
    """A mask (L) to where its pixels land; black where it does not reach."""
    own = Size(*mask.size)
    box, seen = place.covered(own), place.seen(own)
    result = Image.new("L", place.size)
    if box.size.width and box.size.height:
        result.paste(mask.resize(box.size, Image.Resampling.BILINEAR, box=seen), box)
    return result
