"""Token merging: in self-attention alike places of a picture go as one (Bolya and Hoffman 2023, arXiv 2303.17604).

Only in the finest transformer blocks, where there are the most places and nearly all of the time. Which places take
others up is drawn anew for each step and picture, by the seed and the step alone. A layer to merge in is one more row
of `finest_attentions`.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from studio.engine.hooks.hook import Evaluation, Hook
from studio.engine.models import Network

STRIDE = 2
"""Of each field of STRIDE x STRIDE tokens one is a destination."""


@dataclass(frozen=True, slots=True)
class Split:
    """Places of the destinations and of all other tokens, rows x count each."""

    destinations: Tensor
    sources: Tensor


@dataclass(frozen=True, slots=True)
class Merged:
    """Which tokens became which: `kept` and `merged` are places of tokens, `targets` those among the destinations."""

    destinations: Tensor
    kept: Tensor
    merged: Tensor
    targets: Tensor

    def merge(self, tokens: Tensor) -> Tensor:
        """rows x tokens x width -> fewer tokens: the kept ones, then each destination's mean with all it takes up."""
        own, taken = taken_at(tokens, self.destinations), taken_at(tokens, self.merged)
        # a product rather than a scattered sum, which on a GPU adds in another order each time
        belongs = tokens.new_zeros(*own.shape[:2], taken.shape[1]).scatter_(1, self.targets[:, None], 1)
        means = (own + belongs @ taken) / (1 + belongs.sum(2, keepdim=True))
        return torch.cat([taken_at(tokens, self.kept), means], dim=1)

    def unmerge(self, tokens: Tensor) -> Tensor:
        """Every place again; merged ones have what their destination has."""
        kept, means = tokens.split([self.kept.shape[1], self.destinations.shape[1]], dim=1)
        places = torch.cat([self.kept, self.destinations, self.merged], dim=1)
        values = torch.cat([kept, means, taken_at(means, self.targets)], dim=1)
        return torch.empty_like(values).scatter_(1, spread_over(places, values), values)


def taken_at(tokens: Tensor, places: Tensor) -> Tensor:
    return tokens.gather(1, spread_over(places, tokens))


def spread_over(places: Tensor, tokens: Tensor) -> Tensor:
    return places[..., None].expand(-1, -1, tokens.shape[-1])


def matched(tokens: Tensor, split: Split, ratio: float) -> Merged:
    """The share `ratio` of all tokens that are likest to a destination go into it (bipartite soft matching)."""
    directions = functional.normalize(tokens.float(), dim=-1).to(tokens)
    likeness = taken_at(directions, split.sources) @ taken_at(directions, split.destinations).transpose(1, 2)
    best, targets = likeness.max(dim=-1)
    order = best.argsort(dim=-1, descending=True, stable=True)
    count = min(int(tokens.shape[1] * ratio), order.shape[1])
    first, others = order[:, :count], order[:, count:]
    return Merged(
        destinations=split.destinations,
        kept=split.sources.gather(1, others),
        merged=split.sources.gather(1, first),
        targets=targets.gather(1, first),
    )


def drawn_split(height: int, width: int, draws: Sequence[np.random.Generator], device: torch.device) -> Split:
    """One row for each of `draws`. Where a side is odd its last tokens are no destinations."""
    down, across = np.arange(height // STRIDE)[:, None] * STRIDE, np.arange(width // STRIDE)[None] * STRIDE
    every, shape = np.arange(height * width), (height // STRIDE, width // STRIDE)
    destinations, sources = list[np.ndarray](), list[np.ndarray]()
    for draw in draws:
        y, x = down + draw.integers(STRIDE, size=shape), across + draw.integers(STRIDE, size=shape)
        destinations.append((y * width + x).ravel())
        sources.append(np.setdiff1d(every, destinations[-1]))
    rows = (torch.from_numpy(np.stack(each)).to(device) for each in (destinations, sources))
    return Split(*rows)


@dataclass(slots=True)
class TokenMerging(Hook):
    """On one UNet. `seeds` are of the pictures that run together, so that a batch equals its single pictures."""

    unet: Network
    ratio: float
    seeds: Sequence[int]

    @contextmanager
    def during(self, evaluation: Evaluation) -> Generator[None]:
        level, attentions = finest_attentions(self.unet)
        height, width = (-(-side // 2**level) for side in evaluation.latent.shape[2:])
        step = int(float(evaluation.time) * 1000)
        draws = [np.random.default_rng((self.seeds[picture] % 2**63, step)) for picture in evaluation.pictures]
        split = drawn_split(height, width, draws, evaluation.latent.device)
        with ExitStack() as attached:
            for attention in attentions:
                around = Around(split, self.ratio)
                attached.callback(attention.register_forward_pre_hook(around.before).remove)
                attached.callback(attention.register_forward_hook(around.after).remove)
            yield


@dataclass(slots=True)
class Around:
    """What one self-attention does before and after itself."""

    split: Split
    ratio: float
    found: list[Merged] = field(default_factory=list[Merged])

    def before(self, _attention: Network, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        tokens: Tensor = inputs[0]
        self.found.append(matched(tokens, self.split, self.ratio))
        return (self.found[-1].merge(tokens), *inputs[1:])

    def after(self, _attention: Network, _inputs: Any, output: Tensor) -> Tensor:
        return self.found.pop().unmerge(output)


def finest_attentions(unet: Network) -> tuple[int, list[Network]]:
    """How often the picture was halved before the finest blocks that attend, and their self-attentions."""
    down, up = list(unet.down_blocks), list(unet.up_blocks)
    for level, pair in enumerate(zip(down, reversed(up), strict=True)):
        found = [attention for block in pair for attention in self_attentions(block)]
        if found:
            return level, found
    return 0, []


def self_attentions(block: Network) -> Iterator[Network]:
    for transformer in getattr(block, "attentions", None) or ():
        yield from (each.attn1 for each in transformer.transformer_blocks)
