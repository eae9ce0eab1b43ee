"""Token merging: self-attention sees alike tokens as one, which saves time and costs likeness to the plain picture.

Bolya and Hoffman 2023, "Token Merging for Fast Stable Diffusion", arXiv 2303.17604, as A1111 sets it: a fixed target in
each square of 2 x 2 tokens, before self-attention alone, in the blocks that see the most tokens.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.hooks.hook import Evaluation, Handle, Hook, Scene, attached

CELL = 2


@dataclass(frozen=True, slots=True)
class Merging:
    """Which tokens stay, and which are taken into which.

    `targets`, `sources`: places among all tokens. `kept`, `merged` (places among the sources) and `into` (among the
    targets, for each of the merged): rows x count x 1.
    """

    targets: Tensor
    sources: Tensor
    kept: Tensor
    merged: Tensor
    into: Tensor

    def merge(self, tokens: Tensor) -> Tensor:
        """Rows x tokens x width as rows x fewer x width: the sources that stay, then the targets, each a mean."""
        source, target = tokens[:, self.sources], tokens[:, self.targets]
        width = (-1, -1, tokens.shape[-1])
        taken = source.gather(1, self.merged.expand(width))
        return torch.cat([source.gather(1, self.kept.expand(width)), self._means(target, taken)], 1)

    def _means(self, target: Tensor, taken: Tensor) -> Tensor:
        """By a product rather than a scattered sum, which on a GPU adds in another order each time."""
        counts = torch.ones(*target.shape[:2], 1, device=target.device)
        share = (
            counts.scatter_add_(1, self.into, torch.ones_like(self.into, dtype=counts.dtype)).reciprocal().to(target)
        )
        shares = target.new_zeros(*target.shape[:2], taken.shape[1])
        shares.scatter_(1, self.into.mT, share.gather(1, self.into).mT)
        return torch.baddbmm(share * target, shares, taken)

    def spread(self, tokens: Tensor) -> Tensor:
        """Back to all tokens; what was merged gets its target's."""
        width = (-1, -1, tokens.shape[-1])
        kept, target = tokens.split([self.kept.shape[1], len(self.targets)], 1)
        source = tokens.new_empty(len(tokens), len(self.sources), tokens.shape[-1])
        source = source.scatter(1, self.kept.expand(width), kept)
        source = source.scatter(1, self.merged.expand(width), target.gather(1, self.into.expand(width)))
        out = tokens.new_empty(len(tokens), len(self.sources) + len(self.targets), tokens.shape[-1])
        out[:, self.sources], out[:, self.targets] = source, target
        return out


def matched(tokens: Tensor, height: int, width: int, ratio: float) -> Merging:
    """The `ratio` of all tokens that are most like one of the targets, as far as there are so many sources."""
    grid = torch.arange(height * width, device=tokens.device).view(height, width)
    targets = grid[: height // CELL * CELL : CELL, : width // CELL * CELL : CELL].flatten()
    is_source = torch.ones(height * width, dtype=torch.bool, device=tokens.device)
    is_source[targets] = False
    sources = is_source.nonzero()[:, 0]
    unit = tokens / tokens.norm(dim=-1, keepdim=True)
    best, into = (unit[:, sources] @ unit[:, targets].mT).max(-1)
    order = best.argsort(dim=-1, descending=True, stable=True)[..., None]
    count = min(len(sources), int(height * width * ratio))
    merged = order[:, :count]
    return Merging(targets, sources, order[:, count:], merged, into[..., None].gather(1, merged))


@dataclass(slots=True)
class TokenMerging(Hook):
    """`blocks`: the UNet's transformer blocks; those of them act that see the picture at `shrinking`."""

    ratio: float
    blocks: tuple[Any, ...]
    shrinking: int

    def during(self, evaluation: Evaluation) -> AbstractContextManager[None]:
        height, width = (-(-side // self.shrinking) for side in evaluation.latent.shape[2:])
        return attached(handle for block in self.blocks for handle in self._hooks(block, height, width))

    def _hooks(self, block: Any, height: int, width: int) -> Iterator[Handle]:
        now: list[Merging] = []

        def look(module: nn.Module, args: tuple[Tensor, ...], kwargs: dict[str, Any]) -> None:
            tokens = args[0] if args else kwargs["hidden_states"]
            acts = tokens.shape[1] == height * width and min(height, width) >= CELL
            now[:] = [matched(tokens, height, width, self.ratio)] if acts else []

        def merge(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            return (now[0].merge(args[0]), *args[1:]) if now else args

        def spread(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
            return now[0].spread(output) if now else output

        yield block.register_forward_pre_hook(look, with_kwargs=True)
        yield block.attn1.register_forward_pre_hook(merge)
        yield block.attn1.register_forward_hook(spread)


def token_merging_hooks(scene: Scene) -> Iterator[Hook]:
    """None where the ratio is 0, or where a Reference unit needs every token."""
    settings = scene.prepared.plan.settings
    ratio = settings.token_merging_second if scene.is_second else settings.token_merging
    if not ratio:
        return
    if any(control.unit.is_reference for control in scene.prepared.controls):
        scene.note("Token merging rests: the Reference unit needs every token")
        return
    unet: Any = scene.model.unet
    attending = [bool(getattr(block, "has_cross_attention", False)) for block in unet.down_blocks]
    blocks = tuple(module for module in unet.modules() if hasattr(module, "attn1"))
    yield TokenMerging(ratio, blocks, CELL ** attending.index(True))
