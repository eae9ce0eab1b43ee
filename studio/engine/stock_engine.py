"""Diffusers' own pipelines as an engine, the tests' oracle. What they cannot do is refused by name: a row of CHECKS.

Their rules, not A1111's, hold for inpainting: masks are binary, and kept parts are noised again at each step.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from studio.domain.plan import Drawn, Prepared
from studio.domain.ports import Part, Progress
from studio.domain.request import MaskedContent
from studio.engine.conditioning import Conditioning, PromptEncoder, prompt_options, size_facts
from studio.engine.content_cache import ContentCache
from studio.engine.models import Model, Network, resident, unet_in_use
from studio.engine.pipeline_manager import PipelineManager, stock_scheduler
from studio.engine.previews import colour_map, preview
from studio.engine.small_weights import OFF
from studio.engine.start import encode_image
from studio.engine.stock_controls import Find, asked_of, networks_of, other_kind, pools, refusal
from studio.engine.stock_pipelines import foreign_pipeline, is_ours, pipeline_of
from studio.engine.stock_schedulers import refused, scheduler_for
from studio.engine.vae import decode
from studio.prompt.networks import split_networks

Check = tuple[str, Callable[[Prepared], bool]]
CHECKS: tuple[Check, ...] = (
    ("hires fix", lambda given: given.plan.hires is not None),
    ("a refiner", lambda given: given.plan.refiner is not None),
    ("soft inpainting", lambda given: given.plan.mask is not None and given.plan.mask.soft is not None),
    ("masked content of noise or nothing", lambda given: has_latent_content(given)),
    ("variations of a seed", lambda given: given.plan.noise.variation_strength != 0),
    ("seeds of another size", lambda given: given.plan.noise.resize_from.width > 0),
    ("extra noise", lambda given: given.plan.noise.extra != 0 or given.plan.noise.multiplier != 1),
    ("a seed delta", lambda given: given.plan.noise.seed_delta != 0),
    ("noise of another source than CPU", lambda given: given.plan.noise.source != "CPU"),
    ("token merging", lambda given: given.plan.settings.token_merging != 0),
    ("reuse of deep features", lambda given: given.plan.settings.caching_interval > 1),
    ("weights in FP8", lambda given: given.plan.settings.fp8 != OFF),
    ("regions", lambda given: bool(given.regions)),
    ("networks in the prompt (<lora:...>)", lambda given: bool(split_networks(given.plan.first.prompt)[1])),
)


def has_latent_content(given: Prepared) -> bool:
    contents = (MaskedContent.latent_noise, MaskedContent.latent_nothing)
    return given.plan.mask is not None and given.plan.mask.content in contents


@dataclass(slots=True)
class One:
    """One picture to draw; `was_left`: before its end."""

    prepared: Prepared
    index: int
    progress: Progress
    was_left: bool = False

    @property
    def form(self) -> str:
        return "inpaint" if self.prepared.latent_mask else "image" if self.prepared.image else "text"

    @property
    def generator(self) -> torch.Generator:
        return torch.Generator("cpu").manual_seed(self.prepared.plan.seeds[self.index])


class StockEngine:
    """`find` looks a ControlNet's name up; without it there are no units."""

    def __init__(self, models: PipelineManager, find: Find | None = None) -> None:
        self._models, self._find = models, find
        self._cache = ContentCache()

    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        """Pictures in order, one by one. Raises BadRequest for what the pipelines cannot do, Cancelled."""
        for what, is_asked in CHECKS:
            if is_asked(prepared):
                raise refused(what, "engine", [])
        if what := refusal(prepared):
            raise refused(what, "engine", [])
        count = len(prepared.plan.seeds)
        for index in range(count):
            progress.picture(index, count)
            one = One(prepared, index, Part(progress, index, count))
            image, notes = self._draw(one), self._notes(prepared) if index == 0 else ()
            yield Drawn(image=image, index=index, notes=notes, is_partial=one.was_left)

    def _notes(self, prepared: Prepared) -> tuple[str, ...]:
        """What the chosen model does not heed."""
        checkpoint = self._models.checkpoint(prepared.plan.first.model)
        family = checkpoint.architecture
        own = f"{checkpoint.name} ({family}) is drawn with its own sampler and reads brackets in the prompt as text"
        return () if is_ours(checkpoint) else (own,)

    def _draw(self, one: One) -> Image.Image:
        plan = one.prepared.plan
        if one.prepared.image and plan.first.strength == 0:
            return one.prepared.image.convert("RGB")
        checkpoint = self._models.checkpoint(plan.first.model)
        if not is_ours(checkpoint):
            if one.prepared.controls:
                raise refused(f"ControlNet units for {checkpoint.architecture}", "engine", [])
            return self._draw_foreign(one, foreign_pipeline(self._models, checkpoint, one.form))
        model = self._models.load(plan.first.model, plan.settings.vae)
        with model.lock:
            return next(iter(decode(model, self.latents(one, model))))

    def latents(self, one: One, model: Model) -> Tensor:
        """1 x 4 x height x width, as the pipeline leaves them."""
        controls, networks = one.prepared.controls, self._controlnets(one, model)
        pipe = pipeline_of(model, one.form, networks)
        pipe.scheduler = scheduler_for(one.prepared.plan.first, stock_scheduler(model))
        asked = {**self._prompts(one, model), **common(one), **self._picture(one, model)}
        if networks:
            asked |= {**asked_of(controls, model, one.form), **sizes_of(one)}
        tell = teller(one, lambda latents: preview(latents[0], self._colours(model)))
        with unet_in_use(model.unet, model.device), resident(model.vae, model.device):
            result = pipe(**asked, output_type="latent", callback_on_step_end=tell)
        return result.images.float()

    def _controlnets(self, one: One, model: Model) -> list[Network]:
        if not one.prepared.controls:
            return []
        if self._find is None:
            raise refused("ControlNet units", "engine", [])
        if what := other_kind(one.prepared.controls, self._find):
            raise refused(what, "engine", [])
        networks = networks_of(one.prepared.controls, model, self._models, self._find)
        if pools(networks):
            raise refused("units that act by their mean (Shuffle)", "engine", [])
        return networks

    def _colours(self, model: Model) -> Tensor:
        return self._cache.get(("colours", model.key), lambda: colour_map(model))

    def _prompts(self, one: One, model: Model) -> dict[str, Any]:
        """Encoded by us, for weights, long prompts and clip skip; schedules and AND cannot be passed on."""
        plan = one.prepared.plan
        encoder = PromptEncoder(model, prompt_options(plan.settings), {}, self._cache)
        prompts = (plan.first.prompt, plan.first.negative_prompt)
        given = encoder.conditioning(prompts, plan.first.steps, None, size_facts(plan.first.size, plan.settings))
        if len(given.positive) > 1:
            raise refused("prompts joined by AND", "prompt", [])
        if any(len(part.entries) > 1 for part in (*given.positive, given.negative)):
            raise refused("prompts that change while drawing ([a:b:0.5])", "prompt", [])
        return embedded(given, encoder, model)

    def _picture(self, one: One, model: Model) -> dict[str, Any]:
        """As A1111 counts steps: int(strength * steps) + 1 of them."""
        image, first = one.prepared.image, one.prepared.plan.first
        if not image:
            return {}
        strength = (int(min(first.strength, 0.999) * first.steps) + 1) / first.steps
        if one.form == "inpaint":
            return {"image": image, "mask_image": one.prepared.latent_mask, "strength": strength}
        return {"image": encode_image(model, image, self._cache).to(model.device.dtype), "strength": strength}

    def _draw_foreign(self, one: One, pipe: Any) -> Image.Image:
        """Families that we do not load part by part: their own schedulers, their own reading of the prompt."""
        first = one.prepared.plan.first
        asked: dict[str, Any] = {"prompt": first.prompt, **common(one), **sizes_of(one)}
        if first.negative_prompt:
            asked |= {"negative_prompt": first.negative_prompt}
        if one.prepared.image:
            asked |= {"image": one.prepared.image, "strength": first.strength}
        if one.form == "inpaint":
            asked |= {"mask_image": one.prepared.latent_mask}
        taken = inspect.signature(pipe.__call__).parameters
        asked = {name: value for name, value in asked.items() if name in taken}
        return pipe(**asked, callback_on_step_end=teller(one, None)).images[0]


def sizes_of(one: One) -> dict[str, int]:
    width, height = one.prepared.plan.first.size
    return {"width": width, "height": height}


def common(one: One) -> dict[str, Any]:
    first = one.prepared.plan.first
    sizes = sizes_of(one) if one.form != "image" else {}
    return {
        "num_inference_steps": first.steps,
        "guidance_scale": first.cfg_scale,
        "generator": one.generator,
        **sizes,
    }


def embedded(given: Conditioning, encoder: PromptEncoder, model: Model) -> dict[str, Any]:
    """Both texts at one length: the shorter is filled up with the chunk of an empty text."""
    positive, negative = (part.entries[0][1] for part in (given.positive[0], given.negative))
    empty = encoder.encode("").text
    texts = [positive.text, negative.text]
    longest = max(len(text) for text in texts)
    texts = [torch.cat([text, *[empty] * ((longest - len(text)) // len(empty))]) for text in texts]

    def placed(tensor: Tensor) -> Tensor:
        return tensor[None].to(model.torch_device, model.device.dtype)

    asked = {"prompt_embeds": placed(texts[0]), "negative_prompt_embeds": placed(texts[1])}
    if positive.pooled is not None and negative.pooled is not None:
        asked["pooled_prompt_embeds"] = placed(positive.pooled)
        asked["negative_pooled_prompt_embeds"] = placed(negative.pooled)
    return asked


def teller(one: One, draw: Callable[[Tensor], Image.Image] | None) -> Callable[..., dict[str, Any]]:
    """Diffusers' callback after each of its own steps."""
    total = max(1, len(one.prepared.plan.first.sigmas) - 1)

    def tell(pipe: Any, step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        done = min(step + 1, total)
        wanted = draw is not None and one.progress.wants_preview(done)
        one.progress.step(done, total, draw(kept["latents"]) if draw and wanted else None)
        if one.progress.is_skipped():
            one.was_left = pipe._interrupt = True  # diffusers' own way to leave its loop
        return kept

    return tell
