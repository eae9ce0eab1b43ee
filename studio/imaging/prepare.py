"""A plan and its pixels: the picture framed and filled, the masks, the control maps. Engines read what comes out.

What happens to a picture before it is redrawn is one more step of `working_picture`.
"""

from dataclasses import dataclass

from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing, PasteBack, Plan, Prepared
from studio.domain.ports import Upscale
from studio.domain.request import GenerationRequest, MaskedContent, ResizeMode
from studio.imaging.control_maps import Annotate, control_maps
from studio.imaging.fills import filled
from studio.imaging.load import flattened
from studio.imaging.masks import doubled, latent_mask, working_mask
from studio.imaging.regions import prepared_regions
from studio.imaging.resize import Enlarge, framed, seen_box


@dataclass(frozen=True, kw_only=True, slots=True)
class Masks:
    """`source` lies on the picture that came in, `latent` on the working picture, `overlay` on the result."""

    source: Image.Image
    latent: Image.Image
    overlay: Image.Image


def prepare(plan: Plan, request: GenerationRequest, upscale: Upscale, annotate: Annotate) -> Prepared:
    """Raises what the upscaler and the annotator raise."""
    image = original = None
    masks = masks_of(plan, request)
    if request.init and plan.framing:
        enlarge = enlarger(plan, upscale)
        image = working_picture(plan, plan.framing, request.init.image, masks, enlarge)
        original = plan.paste_back and under(plan.paste_back, request.init.image, enlarge)
    controls = control_maps(
        plan,
        original=request.init and request.init.image,
        latent_mask=masks and masks.latent,
        annotate=annotate,
    )
    source = Size(*request.init.image.size) if request.init else None
    return Prepared(
        plan=plan,
        image=image,
        latent_mask=masks and masks.latent,
        original=original,
        overlay_mask=masks and masks.overlay,
        controls=controls,
        regions=prepared_regions(request.regions, plan, source),
    )


def enlarger(plan: Plan, upscale: Upscale) -> Enlarge | None:
    """The upscaler of every enlarging resize, where the setting names one."""
    name = plan.settings.upscaler
    if name in ("", "None"):
        return None
    return lambda picture, scale: upscale(picture, scale, name)


def working_picture(
    plan: Plan, framing: Framing, picture: Image.Image, masks: Masks | None, enlarge: Enlarge | None
) -> Image.Image:
    """RGB, of the working size; for a latent resize as it came, but for sides that a latent can have."""
    if framing.mode is ResizeMode.latent:
        own = Framing(source=framing.source, box=framing.box, mode=ResizeMode.stretch, size=framing.source.snapped())
        image = framed(flattened(picture, plan.settings.background), own)
    else:
        cut = picture if framing.box.size == picture.size else picture.crop(framing.box)
        whole = Framing(source=framing.box.size, box=Box(0, 0, *framing.box.size), mode=framing.mode, size=framing.size)
        image = framed(flattened(cut, plan.settings.background), whole, enlarge)
    if masks and plan.mask and plan.mask.content is not MaskedContent.original and plan.first.strength > 0:
        image = filled(image, masks.latent.resize(image.size, Image.Resampling.BILINEAR))
    return image


def under(place: PasteBack, picture: Image.Image, enlarge: Enlarge | None) -> Image.Image:
    """What the redrawn picture is laid on: the picture as it came, or resized like the working one. RGB or RGBA."""
    plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return plain if place.restores_original else framed(plain, place.framing, enlarge)


def masks_of(plan: Plan, request: GenerationRequest) -> Masks | None:
    """None where there is no mask, or an empty one."""
    if not (plan.mask and plan.framing and request.mask and request.init):
        return None
    source = working_mask(request.mask, Size(*request.init.image.size))
    latent = latent_mask(source, plan.framing)
    restores = plan.paste_back is not None and plan.paste_back.restores_original
    overlay = seen_of(source, plan.framing) if restores else latent
    if request.mask.rounded and not request.mask.only_masked:
        overlay = doubled(overlay)
    return Masks(source=source, latent=latent, overlay=overlay)


def seen_of(mask: Image.Image, framing: Framing) -> Image.Image:
    """The mask, less what Crop and resize has cut off."""
    box = seen_box(framing)
    if box == (0, 0, *mask.size):
        return mask
    seen = Image.new("L", mask.size)
    seen.paste(mask.crop(box), box)
    return seen
