"""What the user sets once for all jobs. A setting is one line in `Settings`; it then stands in the Settings tab, in
`/sdapi/v1/options` and in `override_settings`, under A1111's key. Sections are drawn in the order of their first use.

A setting lands here with the code that gives it its effect, never before.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, cast

from studio.domain.errors import BadRequest
from studio.domain.fields import Check, Choice, Colour, Field, MultiChoice, Number, Slider


def setting(section: str, field: Field, infotext: str = "", is_api_settable: bool = True) -> Any:
    """`infotext` is the key under which a value other than the default is written into pictures."""
    about = {"section": section, "field": field, "infotext": infotext, "is_api_settable": is_api_settable}
    return dataclasses.field(default=field.default, metadata=about)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Read once per job, when it is accepted; a change never touches what is queued."""

    checkpoint: str = setting(
        "Stable Diffusion",
        Choice(name="sd_model_checkpoint", label="Stable Diffusion checkpoint", options="checkpoints", default=""),
    )
    engine: str = setting(
        "Stable Diffusion",
        Choice(
            name="engine",
            label="Engine",
            options=("studio", "diffusers"),
            default="studio",
            info="studio: our own loop, everything works. diffusers: the stock pipelines; refuses what they cannot do",
        ),
        infotext="Engine",
    )
    vae: str = setting(
        "Stable Diffusion",
        Choice(
            name="sd_vae",
            label="SD VAE",
            options="vaes",
            default="Automatic",
            info="Automatic: the VAE file that has the checkpoint's name, else the checkpoint's own. None: its own",
        ),
        infotext="VAE",
    )
    clip_skip: int = setting(
        "Stable Diffusion",
        Slider(name="CLIP_stop_at_last_layers", label="Clip skip", minimum=1, maximum=12, default=1),
        infotext="Clip skip",
    )
    emphasis: str = setting(
        "Stable Diffusion",
        Choice(
            name="emphasis",
            label="Emphasis mode",
            options=("None", "Ignore", "Original", "No norm"),
            default="Original",
            info="what (more:1.2) and [less] do. None: brackets are text; Ignore: they have no effect;"
            " No norm: the mean of all numbers is not restored",
        ),
        infotext="Emphasis",
    )
    comma_backtrack: int = setting(
        "Stable Diffusion",
        Slider(
            name="comma_padding_backtrack",
            label="Prompt word wrap length limit",
            minimum=0,
            maximum=74,
            default=20,
            info="in tokens: a text that would be cut at 75 is cut at the last comma, if that is so near",
        ),
    )
    noise_source: str = setting(
        "Stable Diffusion",
        Choice(
            name="randn_source",
            label="Random number generator source",
            options=("CPU", "GPU", "NV"),
            default="CPU",
            info="CPU: the same picture on every machine. NV: as an NVIDIA card draws it, on any machine",
        ),
    )
    noise_multiplier: float = setting(
        "img2img",
        Slider(
            name="initial_noise_multiplier",
            label="Noise multiplier for img2img",
            minimum=0,
            maximum=1.5,
            step=0.001,
            default=1.0,
        ),
        infotext="Noise multiplier",
    )
    extra_noise: float = setting(
        "img2img",
        Slider(
            name="img2img_extra_noise",
            label="Extra noise multiplier for img2img and hires fix",
            minimum=0,
            maximum=1,
            step=0.01,
            default=0.0,
        ),
        infotext="Extra noise",
    )
    exact_steps: bool = setting(
        "img2img",
        Check(
            name="img2img_fix_steps",
            label="With img2img, do exactly the amount of steps the slider specifies",
            default=False,
            info="normally fewer steps are done at lower denoising strength",
        ),
    )
    background: str = setting(
        "img2img",
        Colour(
            name="img2img_background_color",
            label="With img2img, fill transparent parts of the input image with this colour",
            default="#ffffff",
        ),
    )
    corrects_colours: bool = setting(
        "img2img",
        Check(
            name="img2img_color_correction",
            label="Apply color correction to img2img results to match original colors",
            default=False,
        ),
        infotext="Color correction",
    )
    overlays: bool = setting(
        "img2img",
        Check(
            name="overlay_inpaint",
            label="Overlay original for inpaint",
            default=True,
            info="what is not masked is put back from the original picture, byte for byte",
        ),
    )
    conditioning_strength: float = setting(
        "img2img",
        Slider(
            name="inpainting_mask_weight",
            label="Inpainting conditioning mask strength",
            minimum=0,
            maximum=1,
            step=0.01,
            default=1.0,
            info="for inpainting models: 0 shows them what lies under the mask, 1 hides it",
        ),
        infotext="Conditional mask weight",
    )
    covers: bool = setting(
        "img2img",
        Check(
            name="cover",
            label="When inpainting, redraw every latent cell that the mask touches",
            default=False,
            info="normally a cell is redrawn when the mask covers at least half of it",
        ),
        infotext="Mask cover",
    )
    upscaler: str = setting(
        "Upscaling",
        Choice(
            name="upscaler_for_img2img",
            label="Upscaler for img2img",
            options="upscalers",
            default="None",
            info="used whenever a picture, or a part of one, is made larger before or after it is redrawn",
        ),
        infotext="Upscaler for img2img",
    )
    eta_ddim: float = setting(
        "Sampler parameters",
        Slider(name="eta_ddim", label="Eta for DDIM", minimum=0, maximum=1, step=0.01, default=0.0),
        infotext="Eta DDIM",
    )
    eta: float = setting(
        "Sampler parameters",
        Slider(
            name="eta_ancestral", label="Eta for k-diffusion samplers", minimum=0, maximum=1, step=0.01, default=1.0
        ),
        infotext="Eta",
    )
    churn: float = setting(
        "Sampler parameters",
        Slider(name="s_churn", label="Sigma churn", minimum=0, maximum=100, step=0.01, default=0.0),
        infotext="Sigma churn",
    )
    churn_min: float = setting(
        "Sampler parameters",
        Slider(name="s_tmin", label="Sigma tmin", minimum=0, maximum=10, step=0.01, default=0.0),
        infotext="Sigma tmin",
    )
    churn_max: float = setting(
        "Sampler parameters",
        Slider(name="s_tmax", label="Sigma tmax", minimum=0, maximum=999, step=0.01, default=0.0, info="0: no limit"),
        infotext="Sigma tmax",
    )
    sampler_noise: float = setting(
        "Sampler parameters",
        Slider(name="s_noise", label="Sigma noise", minimum=0, maximum=1.1, step=0.001, default=1.0),
        infotext="Sigma noise",
    )
    schedule_sigma_min: float = setting(
        "Sampler parameters",
        Number(name="sigma_min", label="Schedule: minimum sigma", default=0.0, info="0: the model's own"),
        infotext="Schedule min sigma",
    )
    schedule_sigma_max: float = setting(
        "Sampler parameters",
        Number(name="sigma_max", label="Schedule: maximum sigma", default=0.0, info="0: the model's own"),
        infotext="Schedule max sigma",
    )
    schedule_rho: float = setting(
        "Sampler parameters",
        Number(name="rho", label="Schedule: rho", default=0.0, info="0: 7 for Karras, 1 for Polyexponential"),
        infotext="Schedule rho",
    )
    seed_delta: int = setting(
        "Sampler parameters",
        Number(name="eta_noise_seed_delta", label="Eta noise seed delta", default=0, info="ENSD"),
        infotext="ENSD",
    )
    discards_penultimate: bool = setting(
        "Sampler parameters",
        Check(name="always_discard_next_to_last_sigma", label="Always discard next-to-last sigma", default=False),
        infotext="Discard penultimate sigma",
    )
    uni_pc_variant: str = setting(
        "Sampler parameters",
        Choice(name="uni_pc_variant", label="UniPC variant", options=("bh1", "bh2", "vary_coeff"), default="bh1"),
        infotext="UniPC variant",
    )
    uni_pc_skip_type: str = setting(
        "Sampler parameters",
        Choice(
            name="uni_pc_skip_type",
            label="UniPC skip type",
            options=("time_uniform", "time_quadratic", "logSNR"),
            default="time_uniform",
            info="how the schedule UniPC, its own, spaces its steps",
        ),
        infotext="UniPC skip type",
    )
    uni_pc_order: int = setting(
        "Sampler parameters",
        Slider(name="uni_pc_order", label="UniPC order", minimum=1, maximum=50, default=3),
        infotext="UniPC order",
    )
    uni_pc_lower_order_final: bool = setting(
        "Sampler parameters",
        Check(name="uni_pc_lower_order_final", label="UniPC lower order final", default=True),
        infotext="UniPC lower order final",
    )
    beta_alpha: float = setting(
        "Sampler parameters",
        Slider(name="beta_dist_alpha", label="Beta schedule: alpha", minimum=0.01, maximum=1, step=0.01, default=0.6),
        infotext="Beta schedule alpha",
    )
    beta_beta: float = setting(
        "Sampler parameters",
        Slider(name="beta_dist_beta", label="Beta schedule: beta", minimum=0.01, maximum=1, step=0.01, default=0.6),
        infotext="Beta schedule beta",
    )
    ddim_as_a1111: bool = setting(
        "Compatibility",
        Check(
            name="ddim_img2img_as_a1111",
            label="DDIM in img2img exactly as A1111 runs it",
            default=False,
            info="two evaluations fewer than steps, a little noise stays: only to repeat its pictures",
        ),
        infotext="DDIM as A1111",
    )
    saves_pictures: bool = setting(
        "Saving images", Check(name="samples_save", label="Always save all results", default=True)
    )
    has_infotext: bool = setting(
        "Saving images",
        Check(name="enable_pnginfo", label="Write generation parameters into the files", default=True),
    )
    control_units: int = setting(
        "ControlNet",
        Slider(
            name="control_net_unit_count",
            label="Multi-ControlNet: ControlNet unit number",
            minimum=1,
            maximum=10,
            default=3,
            info="units on the page; needs a reload of the page. The API takes any number",
        ),
    )
    hides_control_maps: bool = setting(
        "ControlNet",
        Check(name="control_net_no_detectmap", label="Do not append detectmap to output", default=False),
    )
    ignores_strokes: bool = setting(
        "ControlNet",
        Check(
            name="controlnet_ignore_noninpaint_mask",
            label="Ignore mask on ControlNet input image if control type is not inpaint",
            default=False,
            info="otherwise what is drawn on a unit's picture replaces it, as white lines on black",
        ),
    )
    control_blur: int = setting(
        "ControlNet",
        Slider(
            name="control_net_inpaint_blur_sigma",
            label="ControlNet inpainting Gaussian blur sigma",
            minimum=0,
            maximum=64,
            default=7,
            info="how softly inpaint_only joins what it has drawn to what it keeps",
        ),
    )
    live_previews: bool = setting(
        "Live previews",
        Check(name="live_previews_enable", label="Show live previews of the created image", default=True),
    )
    preview_every: int = setting(
        "Live previews",
        Slider(
            name="show_progress_every_n_steps",
            label="Live preview display period, in steps",
            minimum=1,
            maximum=32,
            default=2,
        ),
    )
    quick_settings: tuple[str, ...] = setting(
        "User interface",
        MultiChoice(
            name="quicksettings_list",
            label="Quicksettings list",
            options="settings",
            default=("sd_model_checkpoint",),
            info="settings that stand on top of the page and act at once; needs a reload of the page",
        ),
    )

    def overridden(self, given: Mapping[str, object]) -> Self:
        """These settings but for the given ones, by A1111's keys. Raises BadRequest for unknown keys and bad values."""
        changes = dict[str, Any]()
        for key, value in given.items():
            if key not in BY_KEY:
                raise BadRequest(f"There is no setting {key!r}", field=key, allowed=sorted(BY_KEY))
            changes[BY_KEY[key].attribute] = BY_KEY[key].field.check(value)
        return replace(self, **changes)

    def as_options(self) -> dict[str, Any]:
        """Every value by A1111's key (JSON values)."""
        return {each.field.name: plain(getattr(self, each.attribute)) for each in DECLARED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """One setting: the attribute of `Settings` and what is declared about it."""

    attribute: str
    section: str
    field: Field
    infotext: str
    is_api_settable: bool


def plain(value: Any) -> Any:
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def declared() -> Iterator[Declared]:
    for each in dataclasses.fields(Settings):
        yield Declared(attribute=each.name, **each.metadata)


DECLARED: tuple[Declared, ...] = tuple(declared())
BY_KEY: Mapping[str, Declared] = {each.field.name: each for each in DECLARED}
