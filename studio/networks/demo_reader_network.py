"""The network that reads pictures of the demo world; a new attribute is one more head, and a new training.

It tells sky and ground, and per pixel what it is, its colour, its detail (an expression, a pose) and its depth, and
where the joints of figures are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

READER_SIZE = 128  # pictures are read at 128 x 128
MAP_SIZE = 64  # and what the network says per pixel comes at half of that


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the network says of n pictures: scores before softmax, depth in 0..1 with near = 1."""

    sky: Tensor  # (n, skies)
    ground: Tensor  # (n, grounds)
    segments: Tensor  # (n, segments, 64, 64)
    colours: Tensor  # (n, 1 + colours, 64, 64), the first for no object
    details: Tensor  # (n, 1 + details, 64, 64), the first for none
    joints: Tensor  # (n, joints, 64, 64), high where the joint is
    depth: Tensor  # (n, 64, 64)

    def enlarged(self) -> Reading:
        """With maps of 128 x 128."""
        return Reading(
            sky=self.sky,
            ground=self.ground,
            segments=_twice(self.segments),
            colours=_twice(self.colours),
            details=_twice(self.details),
            joints=_twice(self.joints),
            depth=_twice(self.depth[:, None])[:, 0],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many names of each sort the network knows."""

    skies: int
    grounds: int
    segments: int
    colours: int
    details: int
    joints: int


def _block(inner: int, outer: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU())


class DemoReaderNetwork(nn.Module):
    """An encoder down to 8x8, and a decoder back with skips. Input (n, 3, 128, 128) in -1..1."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self._parts = (counts.segments, counts.colours + 1, counts.details + 1, counts.joints, 1)
        self.down1 = _block(3, 16, 2)
        self.down2 = nn.Sequential(_block(16, 32, 2), _block(32, 32))
        self.down3 = nn.Sequential(_block(32, 64, 2), _block(64, 64))
        self.down4 = nn.Sequential(_block(64, 96, 2), _block(96, 96))
        self.up3 = _block(96 + 64, 64)
        self.up2 = _block(64 + 32, 32)
        self.up1 = _block(32 + 16, 32)
        self.dense = nn.Conv2d(32, sum(self._parts), 1)
        self.whole = nn.Linear(2 * (96 + 64), counts.skies + counts.grounds)
        self._skies = counts.skies

    def forward(self, pictures: Tensor) -> Reading:
        one = self.down1(pictures)
        two = self.down2(one)
        three = self.down3(two)
        four = self.down4(three)
        scene = torch.cat([_halves(three), _halves(four)], 1)
        sky, ground = self.whole(scene).tensor_split([self._skies], 1)
        x = self.up3(torch.cat([_twice(four), three], 1))
        x = self.up2(torch.cat([_twice(x), two], 1))
        x = self.up1(torch.cat([_twice(x), one], 1))
        segments, colours, details, joints, depth = self.dense(x).split(self._parts, 1)
        return Reading(
            sky=sky,
            ground=ground,
            segments=segments,
            colours=colours,
            details=details,
            joints=joints,
            depth=depth[:, 0].sigmoid(),
        )


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _halves(x: Tensor) -> Tensor:
    """Means of the upper and of the lower half: sky and ground."""
    half = x.shape[2] // 2
    return torch.cat([x[:, :, :half].mean((2, 3)), x[:, :, half:].mean((2, 3))], 1)


def load_demo_reader(weights: Path, counts: Counts) -> DemoReaderNetwork:
    """The trained network, ready to read. Raises FileNotFoundError where the weights are missing."""
    from safetensors.torch import load_file

    network = DemoReaderNetwork(counts)
    state = load_file(weights)
    network.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    )
    return network.eval()
