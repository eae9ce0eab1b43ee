"""Step caching: what the deep layers saw is used again for some steps (DeepCache, Ma et al. 2023, arXiv 2312.00858).

From one step to the next the deep features of a UNet hardly change. A whole evaluation keeps what comes up out of the
deep layers; the following ones run only the outer layers, at their own noise and under their own controls. Which layers
are outer ones is said by `deep_layers`.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import torch
from torch import Tensor

from studio.engine.hooks.hook import Evaluation, Hook, attached
from studio.engine.models import Network


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one row: what came up out of the deep layers, under which text, and in which evaluation that was."""

    features: Tensor
    text: Tensor
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CachingRule:
    """At least every `every`-th evaluation is whole, and all are before the share `start` of the steps, and from the
    share `end` on. `depth`: how many of the outermost skip connections are computed anew each time, 1 or more.
    """

    every: int
    depth: int
    start: float = 0.0
    end: float = 1.0


@dataclass(slots=True)
class StepCaching(Hook):
    """On one UNet under one text. An evaluation of rows that are new, or whose text has changed, is whole too."""

    unet: Network
    rule: CachingRule
    kept: dict[int, Kept] = field(default_factory=dict[int, Kept])
    shapes: dict[Network, Any] = field(default_factory=dict[Network, Any])

    @contextmanager
    def during(self, evaluation: Evaluation) -> Generator[None]:
        layers = deep_layers(self.unet, self.rule.depth)
        if self._is_whole(evaluation):
            with self._keeping(layers, evaluation):
                yield
            return
        features = torch.cat([self.kept[place].features for place in evaluation.places])
        rows, last = len(evaluation.places), layers[-1]
        answers = {
            layer: mapped(self.shapes[layer], lambda shape: features.new_zeros(rows, *shape.shape[1:]))
            for layer in layers
        }
        answers[last] = mapped(self.shapes[last], lambda _: features)
        with answering(answers):
            yield

    def _is_whole(self, evaluation: Evaluation) -> bool:
        if not self.rule.start <= evaluation.share < self.rule.end:
            return True
        known = [self.kept.get(place) for place in evaluation.places]
        return any(
            kept is None or evaluation.number - kept.number >= self.rule.every or not torch.equal(kept.text, text)
            for kept, text in zip(known, evaluation.text, strict=True)
        )

    def _keeping(self, layers: list[Network], evaluation: Evaluation) -> AbstractContextManager[None]:
        """Before other hooks change what a layer gives, as they will change it again each time it is used."""

        def keep(layer: Network, _inputs: Any, output: Any) -> None:
            self.shapes[layer] = mapped(output, lambda each: torch.empty_like(each, device="meta"))
            if layer is layers[-1]:
                features: Tensor = output if isinstance(output, Tensor) else output[0]
                for row, place in enumerate(evaluation.places):
                    self.kept[place] = Kept(features[row : row + 1], evaluation.text[row], evaluation.number)

        return attached(layer.register_forward_hook(keep, prepend=True) for layer in layers)


def mapped(output: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Of a layer's output: a tensor, or tuples of them."""
    return change(output) if isinstance(output, Tensor) else tuple(mapped(each, change) for each in output)


@contextmanager
def answering(answers: Mapping[Network, Any]) -> Generator[None]:
    """Layers that do nothing but give an answer. What is no last one's is never read, and only has the right shape."""
    own = {layer: vars(layer).get("forward") for layer in answers}
    try:
        for layer, answer in answers.items():
            layer.forward = saying(answer)
        yield
    finally:
        for layer, forward in own.items():
            vars(layer).pop("forward", None)
            if forward is not None:  # as offloading leaves one
                layer.forward = forward


def saying(answer: Any) -> Callable[..., Any]:
    def forward(*_given: Any, **_named: Any) -> Any:
        return answer

    return forward


def deep_layers(unet: Network, depth: int) -> list[Network]:
    """All but the outermost, in the order in which they run; what the last one gives is what the others came to.

    The first skip connection is that of the input's convolution, each further one of a layer of the first block.
    """
    first, last = unet.down_blocks[0], unet.up_blocks[-1]
    outer = min(depth, len(last.resnets))
    return [
        *layers_of(first, slice(outer - 1, None)),
        *(first.downsamplers or ()),
        *unet.down_blocks[1:],
        unet.mid_block,
        *unet.up_blocks[:-1],
        *layers_of(last, slice(0, len(last.resnets) - outer)),
    ]


def layers_of(block: Network, part: slice) -> list[Network]:
    """Each with the attention behind it, where the block has any."""
    resnets, attentions = list(block.resnets)[part], list(getattr(block, "attentions", None) or ())[part]
    return [layer for pair in zip_longest(resnets, attentions) for layer in pair if layer is not None]
