"""One run of the denoiser from noise to a clean latent. A new input of a pass is a field of `Pass`."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.domain.geometry import Size
from studio.domain.plan import PassPlan, Prepared, PreparedRegion
from studio.domain.ports import Progress
from studio.domain.settings import Settings
from studio.domain.things import Noise, Sampler
from studio.engine.channels import further_channels
from studio.engine.compiling import Session
from studio.engine.conditioning import Conditioning, PromptEncoder, prompt_options, size_facts
from studio.engine.content_cache import ContentCache
from studio.engine.denoiser import ModelDenoiser, RegionStage, Sparsely, Stage
from studio.engine.hooks.hook import Hook, MakeHooks, Scene
from studio.engine.hooks.inpaint import Blend, latent_mask, mask_hook
from studio.engine.hooks.step_caching import CachingRule, StepCaching
from studio.engine.models import Model, scheduled, unet_in_use
from studio.engine.noise import BrownianNoise, PictureNoise
from studio.engine.pipeline_manager import PipelineManager
from studio.engine.previews import colour_map, decoded_small, preview
from studio.engine.prompt_networks import Applied, PromptNetworks
from studio.engine.start import encode_image
from studio.engine.tiling import seamless
from studio.engine.vae import CELL, decode


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """`noises` are of the pictures that run together; `notes` collects what the user should know, `facts` what the
    infotext says of what was found while drawing. `is_sparing`, `compiled`: as in `Group`.
    """

    prepared: Prepared
    planned: PassPlan
    is_second: bool
    noises: tuple[PictureNoise, ...]
    sampler: Sampler
    models: PipelineManager
    makers: tuple[MakeHooks, ...]
    progress: Progress
    cache: ContentCache
    notes: list[str]
    facts: dict[str, str]
    networks: PromptNetworks
    is_sparing: bool
    compiled: Session | None

    @property
    def steps(self) -> int:
        return max(1, len(self.planned.sigmas) - 1)


def run_pass(current: Pass, model: Model, clean: Tensor | None) -> tuple[Tensor, bool]:
    """The latents (pictures x 4 x height x width, float32), and whether the user left them early.

    `clean` is what is redrawn, None where there is only noise. Raises Cancelled.
    """
    planned, plan = current.planned, current.prepared.plan
    with torch.inference_mode(), contextlib.ExitStack() as entered:
        first = torch.stack([noise.first() for noise in current.noises]).to(model.torch_device)
        blend = blend_of(current, clean)
        hooks = [*made_hooks(current, model), *([blend] if blend else [])]
        for hook in hooks:
            entered.enter_context(hook.around())
        denoiser = ModelDenoiser(
            stages=stages(current, model, entered),
            guidance=planned.cfg_scale,
            sigmas=planned.sigmas,
            hooks=hooks,
            switch_sigma=plan.refiner.switch_sigma if plan.refiner else 0.0,
            is_sparing=current.is_sparing,
            image_guidance=planned.image_cfg_scale,
            sparsely=sparsely_negative(plan.settings),
            compiled=current.compiled,
        )
        if plan.settings.tiling:
            entered.enter_context(seamless(*(stage.model.unet for stage in denoiser.stages)))
        for stage in denoiser.stages:
            entered.enter_context(unet_in_use(stage.model.unet, stage.model.device))
        noise = noise_source(current, model)
        latents = start(current, first, clean)
        for hook in hooks:
            latents = hook.begun(latents, first, planned.sigmas[0])
        steps = current.sampler.steps(denoiser, latents, planned.sigmas, noise, plan.options)
        latents, is_skipped = walked(current, model, denoiser, latents, steps)
        return blend.finished(latents) if blend else latents, is_skipped


def start(current: Pass, noise: Tensor, clean: Tensor | None) -> Tensor:
    """The noisy latents of the first level. The multiplier is img2img's, extra noise that of hires fix too."""
    sigma, rules = current.planned.sigmas[0], current.prepared.plan.noise
    if clean is None:
        return noise * ((sigma**2 + 1) ** 0.5 if current.prepared.plan.settings.starts_as_sgm else sigma)
    scaled = noise if current.is_second else noise * rules.multiplier
    return clean.to(noise) + scaled * (sigma + rules.extra)


def walked(
    current: Pass, model: Model, denoiser: ModelDenoiser, latents: Tensor, steps: Iterator[Tensor]
) -> tuple[Tensor, bool]:
    """Through the sampler's steps to the last latent; what the user leaves early is the newest guess."""
    progress, total = Counting(current), current.steps
    for done, stepped in enumerate(steps, start=1):
        latents = stepped
        newest = denoiser.last if denoiser.last is not None else latents
        progress.say(min(done, total), lambda newest=newest: picture_of(current, model, newest))
        if current.progress.is_skipped():
            return newest, True
    return latents, False


@dataclass(frozen=True, slots=True)
class Counting:
    """Steps of both passes of hires fix as one count."""

    current: Pass

    def say(self, done: int, draw: Callable[[], Image.Image]) -> None:
        hires = self.current.prepared.plan.hires
        first = len(self.current.prepared.plan.first.sigmas) - 1
        total = first + (len(hires.second.sigmas) - 1 if hires else 0)
        done += first if self.current.is_second else 0
        progress = self.current.progress
        progress.step(done, max(1, total), draw() if progress.wants_preview(done) else None)


def picture_of(current: Pass, model: Model, newest: Tensor) -> Image.Image:
    method = current.prepared.plan.settings.preview_method
    if method == "Full":
        return decode(model, newest[:1])[0]
    small = current.models.small_decoder(model) if method == "TAESD" else None
    if small is not None:
        return decoded_small(small, newest[:1], model)
    return preview(newest[0], current.cache.get(("colours", model.key), lambda: colour_map(model)))


def noise_source(current: Pass, model: Model) -> Noise:
    """What samplers add while they run: a path that the seed fixes, or each picture's own next numbers."""
    sampler, sigmas = current.sampler, current.planned.sigmas
    if sampler.is_brownian:
        size = current.planned.size
        seeds = [noise.seed for noise in current.noises]
        path = BrownianNoise(seeds, (4, size.height // 8, size.width // 8), (*sigmas, model.levels[-1]))
        return lambda sigma, next_sigma: path(sigma, next_sigma).to(model.torch_device)
    return lambda sigma, next_sigma: torch.stack([noise.next() for noise in current.noises]).to(model.torch_device)


def made_hooks(current: Pass, model: Model) -> list[Hook]:
    scene = Scene(
        prepared=current.prepared,
        planned=current.planned,
        is_second=current.is_second,
        seeds=tuple(noise.seed for noise in current.noises),
        model=model,
        models=current.models,
        encode=lambda image: encode_image(model, image, current.cache),
        note=current.notes.append,
    )
    return [hook for make in current.makers for hook in make(scene)]


def blend_of(current: Pass, clean: Tensor | None) -> Blend | None:
    prepared = current.prepared
    if clean is None or current.is_second or not prepared.latent_mask or not prepared.plan.mask:
        return None
    redrawn = latent_mask(prepared.latent_mask, prepared.plan.mask).to(clean)
    return mask_hook(redrawn, clean, prepared.plan.mask, current.steps)


def stages(current: Pass, model: Model, entered: contextlib.ExitStack) -> tuple[Stage, ...]:
    """The model, and the refiner where one goes on in this pass."""
    plan = current.prepared.plan
    refiner = plan.refiner if is_refined(current) else None
    models = [model]
    if refiner:
        loaded = current.models.load(refiner.model, plan.settings.vae, plan.settings.fp8)
        models.append(scheduled(loaded, plan.settings))
    for each in models:
        entered.enter_context(each.lock.keeping())
    return tuple(stage(current, each, is_refiner=index > 0) for index, each in enumerate(models))


def sparsely_negative(settings: Settings) -> Sparsely:
    return Sparsely(
        below=settings.negative_from_sigma,
        every=settings.negative_skips_all,
        early=settings.skips_early_negative,
    )


def is_refined(current: Pass) -> bool:
    """With hires fix, in the passes that the user has chosen; else in the only one."""
    chosen = current.prepared.plan.settings.hires_refiner_pass
    own = "second pass" if current.is_second else "first pass"
    return current.prepared.plan.hires is None or chosen in (own, "both passes")


def stage(current: Pass, model: Model, *, is_refiner: bool) -> Stage:
    """A network with its prompts, and those of the regions. Of a refiner nothing is told."""
    planned, settings = current.planned, current.prepared.plan.settings
    notes, facts = ([], {}) if is_refiner else (current.notes, current.facts)
    applied = current.networks.apply((planned.prompt, planned.negative_prompt), model, notes.append)
    extra = more_channels(current, model)
    base = Stage(model, conditioning(current, model, applied, facts), extra, caching(settings, model))
    regions: list[RegionStage] = []
    for region in current.prepared.regions:
        own, hook = current.networks.apply_region(region.planned.prompts, applied.merges, model, notes.append)
        inner = Stage(model, conditioning(current, model, own, facts), extra, (hook, *caching(settings, model)))
        regions.append(RegionStage(inner, cover_of(region, planned.size).to(model.torch_device)))
    return replace(base, regions=tuple(regions))


def caching(settings: Settings, model: Model) -> tuple[Hook, ...]:
    """Of one network under one text."""
    rule = CachingRule(
        every=settings.caching_interval,
        depth=settings.caching_depth,
        start=settings.caching_start,
        end=settings.caching_end,
    )
    return (StepCaching(model.unet, rule),) if rule.every > 1 else ()


def cover_of(region: PreparedRegion, size: Size) -> Tensor:
    """1 x 1 x height x width: the share of each latent cell that the mask covers, as strongly as the region counts."""
    small = region.mask.resize((size.width // CELL, size.height // CELL), Image.Resampling.BOX)
    return torch.from_numpy(np.asarray(small, dtype=np.float32) / 255 * region.planned.weight)[None, None]


def more_channels(current: Pass, model: Model) -> Tensor | None:
    """The same for every picture of the group."""
    found = further_channels(current.prepared, current.planned.size, model, is_second=current.is_second)
    return None if found is None else found.repeat(len(current.noises), 1, 1, 1)


def conditioning(current: Pass, model: Model, applied: Applied, facts: dict[str, str]) -> Conditioning:
    """Samplers of second order count each step twice, as A1111's do."""
    planned, plan = current.planned, current.prepared.plan
    factor = 2 if current.sampler.is_second_order else 1
    encoder = PromptEncoder(model, prompt_options(plan.settings), applied.vectors, current.cache, applied.state)
    first_steps = plan.first.steps * factor if current.is_second else None
    told = size_facts(planned.size, plan.settings)
    encoded = encoder.conditioning(applied.prompts, planned.steps * factor, first_steps, told)
    add_facts(facts, current.networks.facts(applied, encoder.used))
    return encoded


def add_facts(facts: dict[str, str], found: Mapping[str, str]) -> None:
    """Lists of "name: hash", those of the second pass behind those of the first."""
    for key, value in found.items():
        both = [*facts[key].split(", "), *value.split(", ")] if key in facts else [value]
        facts[key] = ", ".join(dict.fromkeys(both))
