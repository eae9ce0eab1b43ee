"""What is set about redrawing, upscaling and samplers. A setting is one line of the class; see `settings.py`."""

from dataclasses import dataclass

from studio.domain.fields import Check, Choice, Colour, Number, Slider
from studio.domain.model_settings import ModelSettings
from studio.domain.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawingSettings(ModelSettings):
    """The sections "img2img" to "Compatibility"."""

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
    starts_as_sgm: bool = setting(
        "Sampler parameters",
        Check(
            name="sgm_noise_multiplier",
            label="SGM noise multiplier",
            default=False,
            info="txt2img starts with slightly more noise, as the reference program of SDXL does",
        ),
        infotext="SGM noise multiplier",
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
