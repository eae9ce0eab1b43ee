"""What was asked, once and for ever. A new parameter is one line here; `test_both_doors` names the places to follow.

Nothing has a default here: the page and the API each have their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from PIL.Image import Image

from studio.domain.fields import Value
from studio.domain.geometry import Box, Size


class ResizeMode(StrEnum):
    stretch = "Just resize"
    crop = "Crop and resize"
    fill = "Resize and fill"
    latent = "Just resize (latent upscale)"


class MaskedContent(StrEnum):
    fill = "fill"
    original = "original"
    latent_noise = "latent noise"
    latent_nothing = "latent nothing"


class ColourMatch(StrEnum):
    """How the redrawn part's colours are brought to those of its surroundings."""

    none = "None"
    border = "Border mean and deviation"
    histogram = "Histogram"


class ControlMode(StrEnum):
    balanced = "Balanced"
    prompt = "My prompt is more important"
    control = "ControlNet is more important"


class UnionControl(StrEnum):
    """What a map shows, in the order in which a ControlNet-Union counts it. Unknown: as its preprocessor tells."""

    openpose = "OpenPose"
    depth = "Depth"
    soft_edge = "Soft Edge"
    hard_edge = "Hard Edge"
    normal_map = "Normal Map"
    segmentation = "Segmentation"
    tile = "Tile"
    inpaint = "Inpaint"
    unknown = "Unknown"


class InputMode(StrEnum):
    """How a control unit takes several pictures."""

    batch = "Batch"
    merge = "Multi-Inputs"


class HiresOption(StrEnum):
    """In which pass of hires fix a control unit acts."""

    both = "Both"
    low = "Low res only"
    high = "High res only"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """`seed` and `variation_seed` -1 ask for a new one; an empty `schedule` for the sampler's own.

    `seed_resize_from`: noise is drawn at this size and put into the middle of the new one; 0x0 does nothing.
    """

    sampler: str
    schedule: str
    steps: int
    cfg_scale: float
    seed: int
    variation_seed: int
    variation_strength: float
    seed_resize_from: Size


@dataclass(frozen=True, kw_only=True, slots=True)
class InitImage:
    """`strength`: 0 leaves the picture as it is, 1 forgets it.

    `box`: the part of the picture that is redrawn, and is the result, as for tiles; masks, control units and regions
    lie on the whole picture. None: all of it.

    `keep_original_size` puts what was drawn at another size back into the original. `image_cfg_scale`: how near models
    that edit by instruction stay to the picture; others do not heed it.
    """

    image: Image
    strength: float
    resize_mode: ResizeMode
    keep_original_size: bool
    image_cfg_scale: float = 1.5
    box: Box | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SoftInpainting:
    """A1111's soft inpainting (features.md 2.12)."""

    schedule_bias: float
    preservation_strength: float
    transition_contrast_boost: float
    mask_influence: float
    difference_threshold: float
    difference_contrast: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mask:
    """White (255) is redrawn, black (0) is kept, grey is mixed. Blurs are standard deviations, `padding` a width.

    `rounded`: brush masks, whose latent cells are either redrawn or kept (A1111's rule); False: each grey is partial.
    """

    image: Image
    blur_x: float
    blur_y: float
    inverted: bool
    only_masked: bool
    padding: int
    content: MaskedContent
    rounded: bool
    colour_match: ColourMatch
    soft: SoftInpainting | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HiresFix:
    """The second pass of txt2img. `size` 0x0 asks for `scale`; empty names and prompts, 0 steps: as in the first."""

    upscaler: str
    scale: float
    size: Size
    steps: int
    strength: float
    model: str
    sampler: str
    schedule: str
    prompt: str
    negative_prompt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refiner:
    """Another checkpoint for the last steps: from the share `switch_at` of the noise schedule on."""

    model: str
    switch_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlPictures:
    """Several pictures of one unit, with a mask for each or none at all.

    A batch is a run for each picture; with `has_loopback` every run but the first looks at what the run before has
    drawn. Multi-Inputs act together, each with its share of the unit's weight.
    """

    mode: InputMode
    images: tuple[Image, ...]
    masks: tuple[Image, ...] = ()
    has_loopback: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlUnit:
    """One ControlNet unit (features.md 3.1). `image` None takes the picture that is redrawn.

    `several` stands in the place of `image` and `mask` where the unit has more than one picture.

    -1 for `resolution`, `threshold_a`, `threshold_b` asks for the preprocessor's own default. `weights` replace the
    soft weights of the control mode, one per residual. `union_control` counts for a ControlNet-Union alone.
    """

    preprocessor: str
    model: str
    weight: float
    image: Image | None
    mask: Image | None
    resize_mode: ResizeMode
    resolution: int
    threshold_a: float
    threshold_b: float
    start: float
    end: float
    pixel_perfect: bool
    mode: ControlMode
    low_vram: bool
    cropped_to_mask: bool
    hires_option: HiresOption
    region: Image | None
    weights: tuple[float, ...]
    shows_map: bool
    union_control: UnionControl = UnionControl.unknown
    several: ControlPictures | None = None

    @property
    def is_reference(self) -> bool:
        """Such units look at their picture with the checkpoint itself, and have no model."""
        return self.preprocessor.startswith("reference")


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A part of the picture with a prompt of its own, and with the networks (`<lora:...>`) that it names.

    `mask`: white belongs to it, of the picture's size or stretched over it. Later regions lie on earlier ones.
    An empty `negative_prompt` is the request's. `weight` 0..1: how much the region counts against what lies beneath.
    """

    mask: Image
    prompt: str
    negative_prompt: str = ""
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptCall:
    name: str
    args: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationRequest:
    """Parts, not kinds: txt2img has no `init`, inpainting has a `mask` too.

    `settings` are this job's overrides, by A1111's keys.
    """

    prompt: str
    negative_prompt: str
    styles: tuple[str, ...]
    size: Size
    batch_count: int
    batch_size: int
    sampling: Sampling
    init: InitImage | None
    mask: Mask | None
    hires: HiresFix | None
    refiner: Refiner | None
    controls: tuple[ControlUnit, ...]
    script: ScriptCall | None
    always_on: tuple[ScriptCall, ...]
    settings: Mapping[str, Value]
    regions: tuple[Region, ...] = ()
