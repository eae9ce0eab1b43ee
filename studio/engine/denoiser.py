"""The denoiser that samplers call: (x, sigma) -> x0, with guidance and the named points for hooks.

A new kind of guidance is a branch in `_guided`; what acts on single evaluations is a hook (`hooks/hook.py`).
"""

import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.engine.channels import EDITING
from studio.engine.compiling import Session
from studio.engine.conditioning import Conditioning, Encoded
from studio.engine.hooks.hook import Evaluation, Guess, Hook, Residuals, summed
from studio.engine.models import Model


@dataclass(frozen=True, slots=True)
class Stage:
    """A network and the prompts it follows. `extra`: further input channels, one row a picture, or None.

    `hooks` act on this stage alone. `regions` follow prompts of their own, each drawn over those before it.
    """

    model: Model
    conditioning: Conditioning
    extra: Tensor | None
    hooks: tuple[Hook, ...] = ()
    regions: tuple["RegionStage", ...] = ()


@dataclass(frozen=True, slots=True)
class RegionStage:
    """`cover`: 1 x 1 x height x width, 0..1, how much of each latent cell belongs to the region."""

    stage: Stage
    cover: Tensor


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a network's batch: a picture under one prompt. Without `sees_picture` its further channels are 0."""

    picture: int
    encoded: Encoded
    ids: tuple[float, ...]
    is_conditional: bool
    sees_picture: bool = True


@dataclass(frozen=True, slots=True)
class Guesses:
    """At the clean latent: one for each part of the prompt, the negative prompt's, and that of a model that edits
    pictures when it sees none (Brooks et al. 2022, arXiv 2211.09800). None where it was not asked for.
    """

    parts: tuple[Tensor, ...]
    negative: Tensor | None
    blind: Tensor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparsely:
    """When the negative prompt is left out, which halves the work (A1111's NGMS and "Skip Early CFG").

    Below the level `below` at every other evaluation, or at `every` one; and in the first share `early` of the steps.
    """

    below: float = 0.0
    every: bool = False
    early: float = 0.0

    def leaves_out(self, sigma: float, done: int, steps: int) -> bool:
        is_early = self.early > 0 and done / max(1, steps) <= self.early
        return is_early or (sigma < self.below and (self.every or done % 2 == 1))


@dataclass(slots=True)
class ModelDenoiser:
    """Made for one pass over some pictures; counts its evaluations, by which prompts change.

    From `switch_sigma` on `stages[1]` (the refiner) does the work. `last` is the newest guess, for previews.
    `is_sparing`: the network sees one row at a time. `compiled`: what its blocks may run by, where the user wants that.
    """

    stages: tuple[Stage, ...]
    guidance: float
    sigmas: Sequence[float]
    hooks: Sequence[Hook] = ()
    switch_sigma: float = 0.0
    is_sparing: bool = False
    image_guidance: float = 1.5
    sparsely: Sparsely = Sparsely()
    compiled: Session | None = None
    done: int = 0
    last: Tensor | None = None

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        guided, _ = self._composed(self._stage(sigma), x, sigma, needs_negative=False)
        return self._corrected(guided, x, sigma)

    def with_unconditional(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        guided, negative = self._composed(self._stage(sigma), x, sigma, needs_negative=True)
        assert negative is not None
        return self._corrected(guided, x, sigma), negative

    def _composed(self, stage: Stage, x: Tensor, sigma: float, *, needs_negative: bool) -> tuple[Tensor, Tensor | None]:
        """The guided guess, each region's laid over what lies beneath; and the negative prompt's, where it was made."""
        guided, negative = self._told(stage, x, sigma, needs_negative)
        for region in stage.regions:
            own, own_negative = self._told(region.stage, x, sigma, needs_negative)
            guided = torch.lerp(guided, own, region.cover)
            if needs_negative and negative is not None and own_negative is not None:
                negative = torch.lerp(negative, own_negative, region.cover)
        return guided, negative

    def _told(self, stage: Stage, x: Tensor, sigma: float, needs_negative: bool) -> tuple[Tensor, Tensor | None]:
        weights = [part.weight for part in stage.conditioning.positive]
        counts = self.guidance * sum(weights) != 1 or len(weights) > 1
        is_left_out = self.sparsely.leaves_out(sigma, self.done, len(self.sigmas) - 1)
        has_negative = needs_negative or (counts and not is_left_out)
        guesses = self._evaluate(stage, x, sigma, has_negative)
        return self._guided(guesses, weights), guesses.negative

    def _stage(self, sigma: float) -> Stage:
        return self.stages[-1 if len(self.stages) > 1 and sigma <= self.switch_sigma else 0]

    def _guided(self, guesses: Guesses, weights: Sequence[float]) -> Tensor:
        blind = guesses.blind
        negative = guesses.parts[0] if guesses.negative is None else guesses.negative
        total = negative if blind is None else blind + self.image_guidance * (negative - blind)
        for guess, weight in zip(guesses.parts, weights, strict=True):
            total = total + weight * self.guidance * (guess - negative)
        return total

    def _corrected(self, clean: Tensor, x: Tensor, sigma: float) -> Tensor:
        guess = Guess(noisy=x, sigma=sigma, share=self.share(sigma))
        for hook in self.hooks:
            clean = hook.corrected(clean, guess)
        self.last = clean
        self.done += 1
        return clean

    def share(self, sigma: float) -> float:
        """How far the pass is: the place of a noise level among the planned ones, 0 up to below 1."""
        reached = [index for index, level in enumerate(self.sigmas[:-1]) if sigma <= level * 1.0001]
        return (reached[-1] if reached else 0) / max(1, len(self.sigmas) - 1)

    def _evaluate(self, stage: Stage, x: Tensor, sigma: float, has_negative: bool) -> Guesses:
        rows = self._rows(stage, len(x), has_negative)
        groups: dict[int, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            groups[index if self.is_sparing else len(row.encoded.text)].append(index)
        outputs: list[Tensor | None] = [None] * len(rows)
        for indices in groups.values():
            output = self._run(stage, x, sigma, {index: rows[index] for index in indices})
            for place, index in enumerate(indices):
                outputs[index] = output[place]
        stacked = torch.stack([output for output in outputs if output is not None]).split(len(x))
        clean = [as_clean(stage.model, x, output, sigma) for output in stacked]
        parts = clean[: len(stage.conditioning.positive)]
        negative, blind = [*clean[len(parts) :], None, None][:2]
        return Guesses(tuple(parts), negative, blind)

    def _rows(self, stage: Stage, pictures: int, has_negative: bool) -> list[Row]:
        conditioning = stage.conditioning
        parts = lengthened([part.at(self.done) for part in conditioning.positive])
        rows = [
            Row(picture, encoded, conditioning.positive_ids, True) for encoded in parts for picture in range(pictures)
        ]
        if has_negative:
            negative = conditioning.negative.at(self.done)
            sights = (True, False) if stage.extra is not None and stage.model.in_channels == EDITING else (True,)
            rows += [
                Row(picture, negative, conditioning.negative_ids, False, sees)
                for sees in sights
                for picture in range(pictures)
            ]
        return rows

    def _run(self, stage: Stage, x: Tensor, sigma: float, placed: Mapping[int, Row]) -> Tensor:
        """The network's own answer for each row, float32. Rows by their places among all of this evaluation."""
        model, rows = stage.model, list(placed.values())
        unet, dtype = model.unet, model.device.dtype
        pictures = [row.picture for row in rows]
        evaluation = Evaluation(
            latent=(x[pictures] / (sigma**2 + 1) ** 0.5).to(dtype),
            time=torch.tensor(model.time_of(sigma), device=x.device),
            sigma=sigma,
            text=torch.stack([row.encoded.text for row in rows]).to(x.device, dtype),
            added=added(rows, x.device, dtype),
            is_conditional=tuple(row.is_conditional for row in rows),
            pictures=tuple(pictures),
            share=self.share(sigma),
            number=self.done,
            places=tuple(placed),
        )
        latent = evaluation.latent
        if stage.extra is not None:
            seen = torch.tensor([row.sees_picture for row in rows], device=x.device)[:, None, None, None]
            latent = torch.cat([latent, (stage.extra[pictures] * seen).to(latent)], dim=1)
        if model.device.is_channels_last:
            latent = latent.to(memory_format=torch.channels_last)
        hooks = (*self.hooks, *stage.hooks)
        with contextlib.ExitStack() as entered:
            for hook in hooks:
                entered.enter_context(hook.during(evaluation))
            residuals = summed(hook.residuals(evaluation) for hook in hooks) or Residuals()
            if self.compiled:
                entered.enter_context(self.compiled.within(unet))
            return unet(
                latent,
                evaluation.time,
                encoder_hidden_states=evaluation.text,
                added_cond_kwargs=evaluation.added or None,
                down_block_additional_residuals=tuple(residuals.down) or None,
                mid_block_additional_residual=residuals.middle,
                down_intrablock_additional_residuals=list(residuals.blocks) or None,
                return_dict=False,
            )[0].float()


def as_clean(model: Model, x: Tensor, output: Tensor, sigma: float) -> Tensor:
    """x0 of a network that answers with the noise, or with the velocity (Salimans and Ho 2022)."""
    if model.predicts_velocity:
        return x / (sigma**2 + 1) - output * (sigma / (sigma**2 + 1) ** 0.5)
    return x - output * sigma


def lengthened(parts: Sequence[Encoded]) -> list[Encoded]:
    """Parts of one prompt of equal length: the last token's row is repeated, as A1111 does."""
    longest = max(len(part.text) for part in parts)
    return [
        Encoded(torch.cat([part.text, part.text[-1:].expand(longest - len(part.text), -1)]), part.pooled)
        if len(part.text) < longest
        else part
        for part in parts
    ]


def added(rows: Sequence[Row], device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
    """What SDXL takes beside the text, by diffusers' names."""
    pooled = [row.encoded.pooled for row in rows if row.encoded.pooled is not None]
    if not pooled:
        return {}
    ids = torch.tensor([row.ids for row in rows], device=device, dtype=dtype)
    return {"text_embeds": torch.stack(pooled).to(device, dtype), "time_ids": ids}
