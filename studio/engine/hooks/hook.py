"""The named points of the denoiser at which hooks act. A new point is a method of `Hook` that does nothing by itself.

A hook is made anew for each pass over each group of pictures by a maker (`MakeHooks`), so it may keep what it likes
(encoded hints, features of a reference) in itself: state lives in the call.

Order in one evaluation of the network, once for each group of rows with equally long texts:
  `during` is entered for every hook, in the order of the makers; the network is called with the sum of all
  `residuals`; `during` is left in reverse order. After guidance, `corrected` sees the guess at the clean latent.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PIL.Image import Image
from torch import Tensor

from studio.domain.plan import PassPlan, Prepared

if TYPE_CHECKING:
    from studio.engine.models import Model
    from studio.engine.pipeline_manager import PipelineManager


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """One call of the UNet, as its rows see it.

    `latent`: rows x 4 x height x width, scaled as the network takes it, without the further channels of inpainting
    models. `time`: the training time, 0..999, a scalar tensor. `text`: rows x tokens x width. `added`: what SDXL takes
    beside the text, by diffusers' names, or empty. `is_conditional[r]` is False for rows of the negative prompt,
    `pictures[r]` is the row's picture within the group. `share` is the index of the step (the place of `sigma`
    in the pass's sigmas) over their number: 0 in the first evaluation, below 1 in the last. `number` counts the
    evaluations of the pass; rows that are evaluated apart have the same. `places[r]` tells the row from the others of
    that number, and is the same in each.
    """

    latent: Tensor
    time: Tensor
    sigma: float
    text: Tensor
    added: dict[str, Tensor]
    is_conditional: tuple[bool, ...]
    pictures: tuple[int, ...]
    share: float
    number: int
    places: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Residuals:
    """What is added to the UNet's skip connections (first to last) and to its middle; rows as in the evaluation.

    `blocks`: what is added to the output of each block on the way down, and behind them to the middle's, of which the
    skip connections and all that follows have their part. Empty and None: nothing.
    """

    down: Sequence[Tensor] = ()
    middle: Tensor | None = None
    blocks: Sequence[Tensor] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """What `corrected` is told: `noisy` is the latent before the evaluation, pictures x 4 x height x width."""

    noisy: Tensor
    sigma: float
    share: float


class Hook:
    """Does nothing; a hook overrides the points that it needs."""

    def around(self) -> AbstractContextManager[None]:
        """Entered before the pass's first evaluation and left after its last; undoes what it does, exactly."""
        return nullcontext()

    def begun(self, noisy: Tensor, noise: Tensor, sigma: float) -> Tensor:
        """The latents of the first level (pictures x 4 x height x width); `noise` has the deviation 1."""
        return noisy

    def during(self, evaluation: Evaluation) -> AbstractContextManager[None]:
        """Entered right before the UNet is called, left right after; undoes what it does, exactly.

        The UNet may be called in here too (reference pictures): such calls pass no other hook.
        """
        return nullcontext()

    def residuals(self, evaluation: Evaluation) -> Residuals | None:
        """What to add in this evaluation; rows that shall get nothing hold zeros."""
        return None

    def corrected(self, clean: Tensor, guess: Guess) -> Tensor:
        """The guess at the clean latent (pictures x 4 x height x width, float32), after guidance."""
        return clean


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What a maker of hooks gets: one pass over some pictures.

    `seeds` are those pictures'; `is_second`: the second pass of hires fix. `encode` gives the latent (1 x 4 x h x w,
    float32, scaled) of an RGB picture; `note` tells the user something. Weights come through `models`, which keeps
    them within the memory budget.
    """

    prepared: Prepared
    planned: PassPlan
    is_second: bool
    seeds: tuple[int, ...]
    model: "Model"
    models: "PipelineManager"
    encode: Callable[[Image], Tensor]
    note: Callable[[str], None]


class Handle(Protocol):
    """What torch gives for a hook on a layer."""

    def remove(self) -> None: ...


@contextmanager
def attached(handles: Iterable[Handle]) -> Generator[None]:
    """Hooks on layers, from here on until the end."""
    kept = list(handles)
    try:
        yield
    finally:
        for handle in kept:
            handle.remove()


MakeHooks = Callable[[Scene], Iterable[Hook]]


def summed(residuals: Iterable[Residuals | None]) -> Residuals | None:
    """All of them together; None where there is none."""
    total: Residuals | None = None
    for each in residuals:
        if each is None or total is None:
            total = total or each
            continue
        total = Residuals(
            down=both(total.down, each.down),
            middle=next(iter(both(middles(total), middles(each))), None),
            blocks=both(total.blocks, each.blocks),
        )
    return total


def middles(residuals: Residuals) -> Sequence[Tensor]:
    return () if residuals.middle is None else (residuals.middle,)


def both(one: Sequence[Tensor], other: Sequence[Tensor]) -> Sequence[Tensor]:
    """Place by place; where one has none, the other's."""
    return [a + b for a, b in zip(one, other, strict=True)] if one and other else one or other
