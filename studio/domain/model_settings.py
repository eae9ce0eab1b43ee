"""What is set about models and how they are used. A setting is one line of the class; see `settings.py`."""

from dataclasses import dataclass

from studio.domain.fields import Check, Choice, Number, Slider
from studio.domain.setting import setting

FP8_CHOICES = ("Disable", "Enable for SDXL", "Enable")


def merging(name: str, label: str, infotext: str) -> float:
    """Bolya and Hoffman 2023, arXiv 2303.17604."""
    general = "from 0.75 on nothing more is merged" if name == "token_merging_ratio" else "0: as the general one"
    info = f"so many of the tokens are merged into others like them: faster, and the picture changes; {general}"
    field = Slider(name=name, label=label, minimum=0, maximum=0.9, step=0.1, default=0.0, info=info)
    return setting("Optimizations", field, infotext=infotext)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSettings:
    """The sections "Stable Diffusion" and "Optimizations"."""

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
    noise_schedule: str = setting(
        "Stable Diffusion",
        Choice(
            name="sd_noise_schedule",
            label="Noise schedule for sampling",
            options=("Default", "Zero Terminal SNR"),
            default="Default",
            info="Zero Terminal SNR: for models that were trained so and do not say it",
        ),
        infotext="Noise Schedule",
    )
    tiling: bool = setting(
        "Stable Diffusion",
        Check(name="tiling", label="Tiling", default=False, info="the picture's opposite edges fit together"),
        infotext="Tiling",
    )
    hires_refiner_pass: str = setting(
        "Stable Diffusion",
        Choice(
            name="hires_fix_refiner_pass",
            label="Hires fix: which pass to enable refiner for",
            options=("first pass", "second pass", "both passes"),
            default="second pass",
        ),
        infotext="Hires refiner",
    )
    sdxl_clip_skip: bool = setting(
        "Stable Diffusion",
        Check(name="sdxl_clip_l_skip", label="Clip skip SDXL", default=False, info="also for SDXL's first encoder"),
    )
    sdxl_crop_top: int = setting(
        "Stable Diffusion", Number(name="sdxl_crop_top", label="SDXL: crop top coordinate", default=0)
    )
    sdxl_crop_left: int = setting(
        "Stable Diffusion", Number(name="sdxl_crop_left", label="SDXL: crop left coordinate", default=0)
    )
    low_score: float = setting(
        "Stable Diffusion",
        Number(
            name="sdxl_refiner_low_aesthetic_score",
            label="SDXL refiner: aesthetic score of the negative prompt",
            default=2.5,
        ),
    )
    high_score: float = setting(
        "Stable Diffusion",
        Number(
            name="sdxl_refiner_high_aesthetic_score",
            label="SDXL refiner: aesthetic score of the prompt",
            default=6.0,
        ),
    )
    negative_from_sigma: float = setting(
        "Optimizations",
        Slider(
            name="s_min_uncond",
            label="Negative Guidance minimum sigma",
            minimum=0,
            maximum=15,
            step=0.01,
            default=0.0,
            info="below it every other step skips the negative prompt: faster, the picture changes a little",
        ),
        infotext="NGMS",
    )
    negative_skips_all: bool = setting(
        "Optimizations",
        Check(
            name="s_min_uncond_all",
            label="Negative Guidance minimum sigma all steps",
            default=False,
            info="below it every step does",
        ),
        infotext="NGMS all steps",
    )
    skips_early_negative: float = setting(
        "Optimizations",
        Slider(
            name="skip_early_cond",
            label="Ignore negative prompt during early sampling",
            minimum=0,
            maximum=1,
            step=0.01,
            default=0.0,
            info="a share of the steps",
        ),
        infotext="Skip Early CFG",
    )
    token_merging: float = merging("token_merging_ratio", "Token merging ratio", "Token merging ratio")
    token_merging_img2img: float = merging(
        "token_merging_ratio_img2img", "Token merging ratio for img2img", "Token merging ratio img2img"
    )
    token_merging_second: float = merging(
        "token_merging_ratio_hr", "Token merging ratio for high-res pass", "Token merging ratio hr"
    )
    caching_interval: int = setting(
        "Optimizations",
        Slider(
            name="deep_cache_interval",
            label="Reuse deep UNet features every N steps",
            minimum=1,
            maximum=10,
            default=1,
            info="1: off. 3: one whole evaluation, then two that take its deep features and compute the outer layers",
        ),
        infotext="Deep cache interval",
    )
    caching_depth: int = setting(
        "Optimizations",
        Slider(
            name="deep_cache_depth",
            label="Reuse deep UNet features: layers that are computed anew",
            minimum=1,
            maximum=3,
            default=1,
            info="1: the outermost alone, fastest. 3: the whole outermost block",
        ),
        infotext="Deep cache depth",
    )
    caching_start: float = setting(
        "Optimizations",
        Slider(
            name="deep_cache_start",
            label="Reuse deep UNet features: start",
            minimum=0,
            maximum=1,
            step=0.05,
            default=0.0,
            info="a share of the steps; what comes before is computed whole",
        ),
        infotext="Deep cache start",
    )
    caching_end: float = setting(
        "Optimizations",
        Slider(
            name="deep_cache_end",
            label="Reuse deep UNet features: end",
            minimum=0,
            maximum=1,
            step=0.05,
            default=1.0,
            info="what comes after is computed whole",
        ),
        infotext="Deep cache end",
    )
    fp8: str = setting(
        "Optimizations",
        Choice(
            name="fp8_storage",
            label="FP8 weight",
            options=FP8_CHOICES,
            default=FP8_CHOICES[0],
            info="the UNet's weights are kept in eight bits: half the memory, details change; slower on the processor",
        ),
        infotext="FP8 weight",
    )
    compiles: bool = setting(
        "Optimizations",
        Check(
            name="torch_compile",
            label="Compile the network (torch.compile)",
            default=False,
            info="in the background, for later jobs, at the cost of its minutes and a C++ compiler; meant for graphics"
            " cards, not measured there; on a processor next to nothing is gained. The picture changes by rounding",
        ),
    )
