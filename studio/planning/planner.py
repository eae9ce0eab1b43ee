"""Accepted request in, plan out: pure and deterministic. A parameter takes effect here."""

from dataclasses import dataclass, replace

from studio.catalog.checkpoints import Checkpoint
from studio.domain.accepted import Accepted
from studio.domain.geometry import Size
from studio.domain.plan import Framing, HiresPlan, MaskPlan, NoisePlan, PassPlan, PasteBack, Plan, RegionPlan
from studio.domain.request import ColourMatch, GenerationRequest, InitImage, Mask, Region
from studio.domain.settings import Settings
from studio.imaging.masks import crop_box, working_mask
from studio.planning.installed import Installed, pick_checkpoint
from studio.planning.passes import first_pass, hires_plan, refiner_plan
from studio.planning.sizes import crop_framing, restores_original, whole_framing
from studio.prompt.comments import strip_comments
from studio.prompt.facts import request_facts
from studio.sampling.options import options_from

EMPTY_MASK = "The mask is empty, so the whole picture was redrawn. Paint over what is to change"


@dataclass(frozen=True, kw_only=True, slots=True)
class PicturePlan:
    """`mask` is the request's, or None where it is empty."""

    framing: Framing
    mask: Mask | None
    notes: tuple[str, ...]


def make_plan(accepted: Accepted, installed: Installed) -> Plan:
    """Raises UnknownName, ModelMissing, IncompatibleModel."""
    request, settings, init = accepted.request, accepted.settings, accepted.request.init
    checkpoint = pick_checkpoint(accepted.model, installed.checkpoints)
    first = first_pass(request, checkpoint, installed, settings)
    picture = picture_plan(init, request.mask, request.size) if init else None
    if picture and settings.upscaler not in ("", "None"):
        installed.upscaler(settings.upscaler)
    mask = picture.mask if picture else None
    return Plan(
        first=first,
        hires=hires_of(accepted, first, checkpoint, installed),
        refiner=refiner_plan(request.refiner, checkpoint, installed, settings) if request.refiner else None,
        noise=noise_plan(request, settings),
        batch_size=request.batch_size,
        batch_count=request.batch_count,
        options=options_from(settings)[0],
        mask=mask_plan(mask, settings) if mask else None,
        framing=picture.framing if picture else None,
        paste_back=paste_back_plan(init, request.size, picture, settings) if init and picture else None,
        controls=request.controls,
        facts=request_facts(replace(request, mask=mask)),
        settings=settings,
        notes=(*accepted.notes, *(picture.notes if picture else ())),
        regions=tuple(region_plan(region, first) for region in request.regions),
    )


def region_plan(region: Region, first: PassPlan) -> RegionPlan:
    """A region without a negative prompt has the request's."""
    negative_prompt = strip_comments(region.negative_prompt) or first.negative_prompt
    return RegionPlan(prompts=(strip_comments(region.prompt), negative_prompt), weight=region.weight)


def hires_of(accepted: Accepted, first: PassPlan, checkpoint: Checkpoint, installed: Installed) -> HiresPlan | None:
    request = accepted.request
    if request.hires is None:
        return None
    return hires_plan(request, request.hires, first, checkpoint, installed, accepted.settings)


def picture_plan(init: InitImage, mask: Mask | None, asked: Size) -> PicturePlan:
    """Whole picture or its box, or the box around the mask. A mask with nothing in it counts as none."""
    whole = whole_framing(init, asked)
    if mask is None:
        return PicturePlan(framing=whole, mask=None, notes=())
    box = crop_box(working_mask(mask, whole.source), mask.padding, whole.size)
    if box is None:
        return PicturePlan(framing=whole, mask=None, notes=(EMPTY_MASK,))
    framing = crop_framing(init, box, asked) if mask.only_masked and init.box is None else whole
    return PicturePlan(framing=framing, mask=mask, notes=())


def paste_back_plan(init: InitImage, asked: Size, picture: PicturePlan, settings: Settings) -> PasteBack | None:
    """None where what is drawn is the result as it stands."""
    framing, mask = picture.framing, picture.mask
    restores = restores_original(init, asked, only_masked=mask is not None and mask.only_masked)
    if mask is None and (not restores or framing.size == framing.source):
        return None
    if mask and not settings.overlays:
        return None
    return PasteBack(
        framing=framing,
        restores_original=restores,
        colour_match=mask.colour_match if mask else ColourMatch.none,
    )


def mask_plan(mask: Mask, settings: Settings) -> MaskPlan:
    return MaskPlan(
        content=mask.content,
        rounded=mask.rounded and mask.soft is None,
        soft=mask.soft,
        covers=settings.covers,
        conditioning_strength=settings.conditioning_strength,
    )


def noise_plan(request: GenerationRequest, settings: Settings) -> NoisePlan:
    """A batch counts seeds up; with a variation strength only the variation seeds (features.md 2.16)."""
    sampling = request.sampling
    pictures = range(request.batch_count * request.batch_size)
    step = 0 if sampling.variation_strength else 1
    return NoisePlan(
        source=settings.noise_source,
        seeds=tuple(sampling.seed + step * index for index in pictures),
        variation_seeds=tuple(sampling.variation_seed + index for index in pictures),
        variation_strength=sampling.variation_strength,
        resize_from=sampling.seed_resize_from if all(sampling.seed_resize_from) else Size(0, 0),
        multiplier=settings.noise_multiplier,
        extra=settings.extra_noise,
        seed_delta=settings.seed_delta,
    )
