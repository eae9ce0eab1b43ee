"""What will be done: the request with every seed, size, name and noise level decided. Engines read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL.Image import Image

from studio.domain.geometry import Box, Size
from studio.domain.request import ColourMatch, ControlUnit, MaskedContent, ResizeMode, SoftInpainting
from studio.domain.settings import Settings
from studio.domain.things import SamplerOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class NoisePlan:
    """Where noise comes from. `seeds[i]` and `variation_seeds[i]` belong to picture i; `source` is CPU, GPU or NV."""

    source: str
    seeds: tuple[int, ...]
    variation_seeds: tuple[int, ...]
    variation_strength: float
    resize_from: Size
    multiplier: float
    extra: float
    seed_delta: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PassPlan:
    """One run of the denoiser over all pictures. `sigmas` fall to 0; `steps` counts for prompt schedules and text.

    `model` is a checkpoint's title; prompts are free of styles and comments, but hold networks (`<lora:...>`).
    """

    model: str
    prompt: str
    negative_prompt: str
    size: Size
    sampler: str
    schedule: str
    steps: int
    sigmas: tuple[float, ...]
    cfg_scale: float
    strength: float
    image_cfg_scale: float = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class RefinerPlan:
    """From the step whose sigma is `switch_sigma` or less on, `model` goes on."""

    model: str
    switch_sigma: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HiresPlan:
    """The second pass: enlarged by `upscaler` to `target`, cut to `second.size` about the centre, redrawn."""

    upscaler: str
    target: Size
    second: PassPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class Framing:
    """How a picture becomes the working picture, and how a control map and a mask follow it.

    `box` of the source (its whole, or the crop around the mask) is brought to `size` by `mode`.
    """

    source: Size
    box: Box
    mode: ResizeMode
    size: Size


@dataclass(frozen=True, kw_only=True, slots=True)
class PasteBack:
    """Where the redrawn picture goes: framed as `framing` says, into a result of size `result`.

    `restores_original`: into the original at its own size; otherwise into the picture resized like the working one.
    """

    framing: Framing
    restores_original: bool
    colour_match: ColourMatch


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskPlan:
    content: MaskedContent
    rounded: bool
    soft: SoftInpainting | None
    covers: bool
    conditioning_strength: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionPlan:
    """`prompts` (positive, negative) are free of comments. `weight` 0..1: how much it covers what lies beneath."""

    prompts: tuple[str, str]
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """`first` is the only pass but for hires fix. `framing` and `paste_back` are None without a picture to redraw.

    `facts` are what the infotext says beside what stands here. `settings` are frozen for the job. `notes` tell the
    user what was decided otherwise than asked (an empty mask, say).
    """

    first: PassPlan
    hires: HiresPlan | None
    refiner: RefinerPlan | None
    noise: NoisePlan
    batch_size: int
    batch_count: int
    options: SamplerOptions
    mask: MaskPlan | None
    framing: Framing | None
    paste_back: PasteBack | None
    controls: tuple[ControlUnit, ...]
    facts: Mapping[str, str]
    settings: Settings
    notes: tuple[str, ...] = ()
    regions: tuple[RegionPlan, ...] = ()

    @property
    def size(self) -> Size:
        """Of what the engine draws."""
        return self.hires.second.size if self.hires else self.first.size

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.noise.seeds


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlMap:
    """A control unit ready for use: `image` (RGB) and `region` (L or None) have the working size of the pass.

    `hires_image`: the same for the second pass. `mask` (L) is what inpainting units keep apart.
    """

    unit: ControlUnit
    image: Image
    hires_image: Image | None
    region: Image | None
    mask: Image | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedRegion:
    """`mask` (L) has the working size of the first pass; white belongs to the region."""

    planned: RegionPlan
    mask: Image


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """The plan and its pixels.

    `image` (RGB) and `latent_mask` (L) have the size of the first pass (but before a latent resize `image` has its own,
    in multiples of 8); `original` (RGB or RGBA, as it came) and
    `overlay_mask` (L) have the size of the result. None where there is no picture, or no mask.
    """

    plan: Plan
    image: Image | None
    latent_mask: Image | None
    original: Image | None
    overlay_mask: Image | None
    controls: tuple[ControlMap, ...]
    regions: tuple[PreparedRegion, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One picture (RGB) as the engine has drawn it; `index` counts over all pictures of the plan.

    `overlay_mask` replaces the prepared one (soft inpainting). `notes` are for the user. `facts` are what the infotext
    says beside the plan, found while drawing (hashes of networks, the VAE). `is_partial`: it was left early.
    """

    image: Image
    index: int
    overlay_mask: Image | None = None
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    is_partial: bool = False
