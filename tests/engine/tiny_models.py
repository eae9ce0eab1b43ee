"""Small models with random weights, in diffusers' layout, and everything to plan and run them with."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
from PIL import Image

from studio import sampling
from studio.catalog.checkpoints import list_checkpoints
from studio.devices.device import DeviceOptions, choose_device
from studio.devices.memory import ModelMemory
from studio.domain.geometry import Size
from studio.domain.plan import NoisePlan, PassPlan, Plan, Prepared
from studio.domain.registry import Registry, collect
from studio.domain.settings import Settings
from studio.domain.things import Sampler, SamplerOptions, Schedule
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.pipeline_manager import PipelineManager, Places
from studio.sampling.trained import stable_diffusion

CONFIGS = Path(__file__).parents[2] / "configs"
VAE = {
    "block_out_channels": (16, 16, 32, 32),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 1,
    "latent_channels": 4,
    "norm_num_groups": 8,
    "sample_size": 64,
}
TEXT = {
    "vocab_size": 49408,
    "intermediate_size": 64,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,
    "max_position_embeddings": 77,
    "bos_token_id": 49406,
    "eos_token_id": 49407,
    "pad_token_id": 49407,
}


def make_unet(in_channels=4, **changes):
    from diffusers import UNet2DConditionModel

    settings = {
        "in_channels": in_channels,
        "out_channels": 4,
        "sample_size": 8,
        "layers_per_block": 1,
        "block_out_channels": (16, 32),
        "norm_num_groups": 8,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 2,
    }
    return UNet2DConditionModel(**settings | changes)


def make_text_encoder(width=32, has_projection=False):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    kind = CLIPTextModelWithProjection if has_projection else CLIPTextModel
    network = kind(CLIPTextConfig(**TEXT, hidden_size=width, projection_dim=width))
    core = getattr(network, "text_model", network)
    torch.nn.init.normal_(core.final_layer_norm.bias, 0.3, 0.5)  # real ones have means that are not 0
    return network


def write_index(folder, pipeline, **parts):
    index = {"_class_name": pipeline, "native_side": 64}
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        index[name] = ["x", type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(index))


def write_sd1(folder, in_channels=4, seed=0):
    from diffusers import AutoencoderKL

    torch.manual_seed(seed)
    parts = {"unet": make_unet(in_channels), "vae": AutoencoderKL(**VAE), "text_encoder": make_text_encoder()}
    write_index(folder, "StableDiffusionPipeline", **parts)


def write_sdxl(folder, seed=0):
    from diffusers import AutoencoderKL

    torch.manual_seed(seed)
    unet = make_unet(
        cross_attention_dim=64,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=32 + 6 * 8,
        use_linear_projection=True,
    )
    parts = {
        "unet": unet,
        "vae": AutoencoderKL(**VAE),
        "text_encoder": make_text_encoder(),
        "text_encoder_2": make_text_encoder(has_projection=True),
    }
    write_index(folder, "StableDiffusionXLPipeline", **parts)


@cache
def samplers():
    return Registry("sampler", collect(sampling, Sampler))


@cache
def schedules():
    return Registry("schedule", collect(sampling, Schedule))


def manager(folder, options=None, budget=2**31, networks=None):
    device = choose_device(options or DeviceOptions(uses_cpu=True, is_half_allowed=False))
    return PipelineManager(
        device,
        ModelMemory(budget),
        lambda: Registry("checkpoint", list_checkpoints(folder)),
        Places(configs=CONFIGS),
        networks,
    )


def upscale(image, scale, upscaler):
    return image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.LANCZOS)


@cache
def shared_manager(folder):
    """Loaded models serve all tests."""
    return manager(folder)


def engine(folder, makers=()):
    return DenoisingEngine(shared_manager(folder), samplers(), upscale, makers)


def sigmas_of(steps, strength=1.0, schedule="Uniform"):
    from studio.domain.things import ScheduleOptions

    levels = schedules()[schedule].sigmas(steps, stable_diffusion(), ScheduleOptions())
    return levels[steps - 1 - int(min(strength, 0.999) * steps) :]


def pass_plan(model="tiny", size=64, steps=4, strength=1.0, **changes):
    plan = PassPlan(
        model=model,
        prompt="a red house",
        negative_prompt="blurry",
        size=Size(size, size),
        sampler="Euler",
        schedule="Uniform",
        steps=steps,
        sigmas=sigmas_of(steps, strength) if strength else (0.0,),
        cfg_scale=7.0,
        strength=strength,
    )
    return replace(plan, **changes)


def noise_plan(seeds=(1,), **changes):
    plan = NoisePlan(
        source="CPU",
        seeds=tuple(seeds),
        variation_seeds=tuple(seeds),
        variation_strength=0.0,
        resize_from=Size(0, 0),
        multiplier=1.0,
        extra=0.0,
        seed_delta=0,
    )
    return replace(plan, **changes)


def plan_of(first=None, seeds=(1,), **changes):
    plan = Plan(
        first=first or pass_plan(),
        hires=None,
        refiner=None,
        noise=noise_plan(seeds),
        batch_size=len(seeds),
        batch_count=1,
        options=SamplerOptions(),
        mask=None,
        framing=None,
        paste_back=None,
        controls=(),
        facts={},
        settings=Settings(),
        notes=(),
    )
    return replace(plan, **changes)


def prepared(plan=None, image=None, latent_mask=None):
    return Prepared(
        plan=plan or plan_of(),
        image=image,
        latent_mask=latent_mask,
        original=image,
        overlay_mask=latent_mask,
        controls=(),
    )


def picture(side=64):
    """Smooth, so that a VAE has something to hold on to."""
    image = Image.linear_gradient("L").resize((side, side))
    return Image.merge("RGB", [image, image.rotate(90), image.rotate(180)])


class Watching:
    """A progress that remembers; `stop_at` raises Cancelled, `skip_at` leaves the picture, at that step."""

    def __init__(self, stop_at=0, skip_at=0, previews=False):
        self.steps, self.pictures, self.previews = [], [], []
        self._stop_at, self._skip_at, self._wants = stop_at, skip_at, previews
        self._skips = 0

    def step(self, done, total, preview=None):
        from studio.domain.errors import Cancelled

        self.steps.append((done, total))
        if preview:
            self.previews.append(preview)
        if self._stop_at and len(self.steps) >= self._stop_at:
            raise Cancelled("Interrupted")

    def wants_preview(self, done):
        return self._wants

    def is_skipped(self):
        self._skips += 1
        return self._skips == self._skip_at

    def picture(self, index, count):
        self.pictures.append((index, count))

    def finished(self, path): ...
    def shown(self, path): ...
    def note(self, text): ...
