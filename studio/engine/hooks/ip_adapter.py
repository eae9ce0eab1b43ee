"""IP-Adapter units at work: the UNet attends to a picture beside the prompt (Ye et al. 2023, arXiv 2308.06721).

What each layer makes of the picture is added right before its last matrix, so that whatever else acts on the layer's
attention goes on undisturbed. The picture's tokens are made once for as long as it is the same.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from studio.catalog.controlnets import ControlKind, ControlNet
from studio.devices.memory import bytes_of
from studio.engine.clip_vision import clip_pixels, load_vision, seen
from studio.engine.content_cache import ContentCache
from studio.engine.control_weights import acts_in_pass, attention_weights, residual_weights
from studio.engine.hooks.hook import Evaluation, Handle, Hook, MakeHooks, Scene, attached
from studio.engine.hooks.unit import UnitHook, made
from studio.engine.ip_adapter_loading import cross_attentions, load_ip_adapter
from studio.engine.models import Network

REMEMBERED = 16


@dataclass(slots=True, kw_only=True)
class IpAdapterHook(UnitHook):
    """`layers` attend to the prompt, each with its block's name. `vision` gives the CLIP network, for new pictures."""

    masked: ClassVar[float | None] = None
    layers: Sequence[tuple[str, Network]]
    vision: Callable[[], Network]

    @classmethod
    def look(cls, image: Image.Image, mask: Image.Image | None) -> Tensor:
        return clip_pixels(image)

    @contextmanager
    def during(self, evaluation: Evaluation) -> Generator[None]:
        rows, weights = self.rows(evaluation), self._weights()
        if not rows or not any(weights):
            yield
            return
        tokens = self.remember(self._tokens)[[int(not each) for each in evaluation.is_conditional]]
        acting = tokens.new_zeros(len(tokens), 1, 1)
        acting[rows] = 1
        with ExitStack() as taps:
            for index, weight in enumerate(weights):
                key, value = self.network.keys[index], self.network.values[index]
                sight = Sight(self.layers[index][1], tokens @ key.T, tokens @ value.T, acting * weight)
                if self.region is not None:
                    sight.cover = Cover(self.region, evaluation.latent.shape[2], evaluation.latent.shape[3])
                taps.enter_context(attached(sight.hooks()))
            yield

    def _weights(self) -> list[float]:
        """Of each layer; those of a block have one weight."""
        blocks = list(dict.fromkeys(name for name, _ in self.layers))
        down, up = (sum(name.startswith(way) for name in blocks) for way in ("down_blocks.", "up_blocks."))
        unit, soft = self.control.unit, attention_weights(down, up)
        found = dict(zip(blocks, residual_weights(unit, len(blocks), self.is_second, lambda _: soft), strict=True))
        return [found[name] for name, _ in self.layers]

    @torch.no_grad()
    def _tokens(self) -> Tensor:
        """2 x tokens x width: of the picture, and of none."""
        return self.network.projection(seen(self.vision(), self.hint, in_parts=self.network.in_parts))


@dataclass(frozen=True, slots=True)
class Cover:
    """`region` (1 x 1 x height x width, 0..1) on the levels of an UNet whose latent has these sides."""

    region: Tensor
    height: int
    width: int

    def at(self, places: int) -> Tensor:
        """1 x places x 1, on the level that has so many."""
        height, width = self.height, self.width
        while height * width > places:
            height, width = -(-height // 2), -(-width // 2)
        return functional.interpolate(self.region, (height, width), mode="bilinear").reshape(1, places, 1)


@dataclass(slots=True)
class Sight:
    """A layer that attends to the prompt, and what it sees beside.

    `keys`, `values`: rows x tokens x width; `weight`: rows x 1 x 1.
    """

    layer: Network
    keys: Tensor
    values: Tensor
    weight: Tensor
    cover: Cover | None = None
    query: Tensor | None = None

    def hooks(self) -> Iterator[Handle]:
        yield self.layer.to_q.register_forward_hook(self._asked)
        yield self.layer.to_out[0].register_forward_pre_hook(self._with_picture)

    def _asked(self, _module: Any, _given: Any, query: Tensor) -> None:
        self.query = query

    def _with_picture(self, _module: Any, given: tuple[Tensor]) -> tuple[Tensor]:
        assert self.query is not None
        query, key, value = (self._by_heads(each) for each in (self.query, self.keys, self.values))
        found = functional.scaled_dot_product_attention(query, key, value)
        found = found.transpose(1, 2).reshape(self.query.shape) * self.weight
        if self.cover is not None:
            found = found * self.cover.at(found.shape[1]).to(found)
        return (given[0] + found,)

    def _by_heads(self, rows: Tensor) -> Tensor:
        return rows.unflatten(2, (self.layer.heads, -1)).transpose(1, 2)


def ip_adapter_hooks(find: Callable[[str], ControlNet], vision_path: Callable[[str], Path]) -> MakeHooks:
    """The maker of hooks for IP-Adapter units; behind that of references, which look with the plain network.

    `find` looks a model's name up, `vision_path` a CLIP network's weights. Raises ModelMissing.
    """
    embedded = ContentCache(REMEMBERED)

    def make(scene: Scene) -> Iterator[Hook]:
        has_second = scene.prepared.plan.hires is not None
        layers = cross_attentions(scene.model.unet)
        for control in scene.prepared.controls:
            unit = control.unit
            if unit.model.lower() == "none" or not acts_in_pass(unit, scene.is_second, has_second):
                continue
            found = find(unit.model)
            if found.kind is ControlKind.ip_adapter:
                path = vision_path(found.vision)
                more = {"layers": layers, "vision": lambda path=path: kept_vision(path, scene)}
                yield made(scene, control, found, IpAdapterHook, load_ip_adapter, embedded, **more)

    return make


def kept_vision(path: Path, scene: Scene) -> Network:
    key = ("CLIP vision", path, path.stat().st_mtime_ns)
    return scene.models.keep(key, lambda: load_vision(path, scene.model), bytes_of)
