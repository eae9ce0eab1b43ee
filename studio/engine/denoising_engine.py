"""Our own engine: a plan and its pixels to finished pictures. What acts inside of a pass is a hook (`hooks/hook.py`).

Each group of pictures (one on the CPU, a batch on a GPU) goes through: start latents, the first pass, for hires fix the
enlargement and the second pass, decoding. State lives in these calls, so that two jobs can run on two devices.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from studio.devices.memory import is_out_of_memory
from studio.domain.errors import OutOfMemory
from studio.domain.geometry import Size
from studio.domain.plan import Drawn, HiresPlan, PassPlan, Prepared
from studio.domain.ports import Part, Progress, Upscale
from studio.domain.registry import Registry
from studio.domain.settings import Settings
from studio.domain.things import Sampler
from studio.engine.compiling import Compiler, Session
from studio.engine.content_cache import ContentCache
from studio.engine.hooks.hook import MakeHooks
from studio.engine.hooks.inpaint import latent_mask
from studio.engine.models import Model, scheduled
from studio.engine.noise import PictureNoise
from studio.engine.passes import Pass, run_pass
from studio.engine.pipeline_manager import PipelineManager
from studio.engine.prompt_networks import PromptNetworks
from studio.engine.soft_overlay import soft_overlay
from studio.engine.start import Enlarged, enlarge, first_latents
from studio.engine.tiling import seamless
from studio.engine.vae import decode
from studio.engine.vae_files import vae_facts

SPARED = "There was not enough memory to draw as usual, so it was drawn part by part, which takes longer"
TOO_LARGE = (
    "There is not enough memory for this picture, one prompt at a time neither. Use a smaller size, start with"
    " --medvram or --lowvram, or close what else uses the memory"
)


class Finished(NamedTuple):
    """A picture, the overlay mask that soft inpainting has made for it, and whether it was left early."""

    image: Image.Image
    overlay: Image.Image | None = None
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that are drawn together: their places in the plan, and how far they are. `facts` are for infotexts.

    `is_sparing`: each prompt of a picture goes through the network by itself, which takes the least memory.
    `compiled`: what is compiled of the network, None where that is not wanted or cannot be.
    """

    prepared: Prepared
    indices: tuple[int, ...]
    progress: Progress
    notes: list[str]
    facts: dict[str, str] = field(default_factory=dict[str, str])
    is_sparing: bool = False
    compiled: Session | None = None


class DenoisingEngine:
    """`makers` make the hooks of each pass. `upscale` is for hires fix. Without a `compiler` nothing is compiled."""

    def __init__(
        self,
        models: PipelineManager,
        samplers: Registry[Sampler],
        upscale: Upscale,
        makers: Sequence[MakeHooks] = (),
        compiler: Compiler | None = None,
    ) -> None:
        self._models, self._samplers, self._upscale, self._makers = models, samplers, upscale, tuple(makers)
        self._networks, self._compiler = PromptNetworks(models), compiler
        self._cache = ContentCache()

    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        """Pictures in order, each as soon as its group is done. Raises Cancelled through `progress`."""
        count = len(prepared.plan.seeds)
        size = prepared.plan.batch_size if self._models.device.runs_batches else 1
        starts = range(0, count, size)
        told: set[str] = set()  # what holds for every picture is said once
        compiled, failure = self._compiled(prepared.plan.settings)
        for number, start in enumerate(starts):
            indices = tuple(range(start, min(start + size, count)))
            progress.picture(start, count)
            group = Group(prepared, indices, Part(progress, number, len(starts)), [*failure], compiled=compiled)
            for index, finished in zip(indices, self._drawn(group), strict=True):
                notes = tuple(note for note in dict.fromkeys(group.notes) if note not in told)
                told.update(notes)
                yield Drawn(
                    image=finished.image,
                    index=index,
                    overlay_mask=finished.overlay,
                    notes=notes,
                    facts=dict(group.facts),
                    is_partial=finished.is_partial,
                )

    def _compiled(self, settings: Settings) -> tuple[Session | None, Sequence[str]]:
        """For one job, and what is to be told of it."""
        if not settings.compiles or self._compiler is None:
            return None, ()
        return (None, (self._compiler.failure,)) if self._compiler.failure else (self._compiler.session(), ())

    def _drawn(self, group: Group) -> list[Finished]:
        """Together, or where memory does not suffice, one by one and sparingly. Raises OutOfMemory."""
        try:
            return self._draw(group)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        self._models.make_room(group.prepared.plan.first.model)
        group.notes.append(SPARED)
        try:
            alone = (replace(group, indices=(index,), is_sparing=True) for index in group.indices)
            return [finished for each in alone for finished in self._draw(each)]
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self._models.forget()
            raise OutOfMemory(TOO_LARGE, tried="one picture, one prompt at a time, decoding in tiles") from error

    def _draw(self, group: Group) -> list[Finished]:
        prepared = group.prepared
        plan = prepared.plan
        if prepared.image and plan.first.strength == 0:
            return [Finished(fitting(prepared.image.convert("RGB"), plan.size))] * len(group.indices)
        model = self._load(group, plan.first)
        first = self._pass(group, plan.first, is_second=False)
        with model.lock.keeping():
            clean = first_latents(model, prepared, first.noises, self._cache)
            latents, is_skipped = run_pass(first, model, clean)
            if not plan.hires or is_skipped:
                images = [fitting(image, plan.size) for image in self._decoded(group, model, latents)]
                masks = overlays(prepared, latents, clean)
                return [Finished(*both, is_skipped) for both in zip(images, masks, strict=True)]
            large = enlarge(model, latents, plan.hires, self._upscale)
        return self._second(group, plan.hires, large)

    def _second(self, group: Group, hires: HiresPlan, large: Enlarged) -> list[Finished]:
        model = self._load(group, hires.second)
        with model.lock.keeping():
            if hires.second.strength == 0:
                return [Finished(image) for image in large.images or decode(model, large.latents_for(model))]
            second = self._pass(group, hires.second, is_second=True)
            latents, is_skipped = run_pass(second, model, large.latents_for(model))
            return [Finished(image, None, is_skipped) for image in self._decoded(group, model, latents)]

    def _decoded(self, group: Group, model: Model, latents: Tensor) -> list[Image.Image]:
        with seamless(model.vae) if group.prepared.plan.settings.tiling else nullcontext():
            return decode(model, latents)

    def _load(self, group: Group, planned: PassPlan) -> Model:
        settings = group.prepared.plan.settings
        model = scheduled(self._models.load(planned.model, settings.vae, settings.fp8), settings)
        group.facts.update(vae_facts(model, self._models.networks))
        return model

    def _pass(self, group: Group, planned: PassPlan, is_second: bool) -> Pass:
        plan = group.prepared.plan
        return Pass(
            prepared=group.prepared,
            planned=planned,
            is_second=is_second,
            noises=tuple(PictureNoise(plan.noise, index, planned.size) for index in group.indices),
            sampler=self._samplers[planned.sampler],
            models=self._models,
            makers=self._makers,
            progress=group.progress,
            cache=self._cache,
            notes=group.notes,
            facts=group.facts,
            networks=self._networks,
            is_sparing=group.is_sparing,
            compiled=group.compiled,
        )


def overlays(prepared: Prepared, latents: Tensor, clean: Tensor | None) -> list[Image.Image | None]:
    """Soft inpainting's own; None where the prepared mask stays."""
    plan = prepared.plan
    if clean is None or not plan.mask or not plan.mask.soft or not prepared.latent_mask:
        return [None] * len(latents)
    redrawn, soft = latent_mask(prepared.latent_mask, plan.mask)[0, 0], plan.mask.soft
    return [
        soft_overlay(new, old, redrawn, soft, plan.first.size)
        for new, old in zip(latents, clean.to(latents), strict=True)
    ]


def fitting(image: Image.Image, size: Size) -> Image.Image:
    """Where a picture was left early, or was not drawn at all, it may be of the first pass's size still."""
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
