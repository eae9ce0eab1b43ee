"""Where noise comes from: one generator for each picture. A new source is a class with `normal` and a row of SOURCES.

The rules are A1111's (features.md 2.16): variation by spherical interpolation, noise of another size put into the
middle, and a delta to the seed of all noise but the first.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
import torchsde
from numpy.typing import NDArray
from torch import Tensor

from studio.domain.geometry import Size
from studio.domain.plan import NoisePlan

Shape = tuple[int, int, int]
Words = NDArray[np.uint64]


class Generator(Protocol):
    def normal(self, shape: Shape) -> Tensor:
        """The next standard normal numbers, float32 on the CPU."""
        ...


class TorchGenerator:
    """Torch's own: on the CPU the same on every machine, on a GPU that card's."""

    def __init__(self, seed: int, device: str) -> None:
        self._device = device
        self._generator = torch.Generator(device).manual_seed(seed)

    def normal(self, shape: Shape) -> Tensor:
        return torch.randn(shape, generator=self._generator, device=self._device, dtype=torch.float32).cpu()


class PhiloxGenerator:
    """As torch draws it on an NVIDIA card: Philox 4x32-10 (Salmon et al. 2011), then Box-Muller's sine branch."""

    ROUNDS = 10
    MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
    WEYL = (0x9E3779B9, 0xBB67AE85)

    def __init__(self, seed: int) -> None:
        self._key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)
        self._offset = 0

    def normal(self, shape: Shape) -> Tensor:
        count = int(np.prod(shape))
        zeros = np.zeros(count, dtype=np.uint64)
        counter = [zeros + np.uint64(self._offset), zeros, np.arange(count, dtype=np.uint64), zeros]
        self._offset += 1
        first, second, _, _ = self._words(counter)
        radius = np.sqrt(-2 * np.log(first / 2**32 + 2.0**-33))
        return torch.from_numpy((radius * np.sin(2 * np.pi * (second / 2**32 + 2.0**-33))).astype(np.float32)).view(
            shape
        )

    def _words(self, counter: list[Words]) -> list[Words]:
        key = self._key
        low = np.uint64(0xFFFFFFFF)
        for _ in range(self.ROUNDS):
            a, b, c, d = counter
            left, right = (x * np.uint64(m) for x, m in zip((a, c), self.MULTIPLIERS, strict=True))
            shift = np.uint64(32)
            counter = [
                (right >> shift) ^ b ^ np.uint64(key[0]),
                right & low,
                (left >> shift) ^ d ^ np.uint64(key[1]),
                left & low,
            ]
            key = ((key[0] + self.WEYL[0]) & 0xFFFFFFFF, (key[1] + self.WEYL[1]) & 0xFFFFFFFF)
        return counter


def gpu_generator(seed: int) -> Generator:
    return TorchGenerator(seed, "cuda") if torch.cuda.is_available() else PhiloxGenerator(seed)


SOURCES: dict[str, Callable[[int], Generator]] = {
    "CPU": lambda seed: TorchGenerator(seed, "cpu"),
    "GPU": gpu_generator,
    "NV": PhiloxGenerator,
}


class PictureNoise:
    """All the noise of one picture of a plan, in the order in which it is asked for."""

    def __init__(self, plan: NoisePlan, index: int, size: Size) -> None:
        self._plan, self._seed, self._variation = plan, plan.seeds[index], plan.variation_seeds[index]
        self._shape: Shape = (4, size.height // 8, size.width // 8)
        self._generator = self._new(self._seed)

    @property
    def seed(self) -> int:
        return self._seed

    def _new(self, seed: int) -> Generator:
        return SOURCES[self._plan.source](seed)

    def first(self) -> Tensor:
        """4 x height x width; what comes next comes from seed + delta where a delta is set."""
        noise = self._first()
        if self._plan.seed_delta:
            self._generator = self._new(self._seed + self._plan.seed_delta)
        return noise

    def fresh(self) -> Tensor:
        """The seed's plain noise, whatever has been drawn before."""
        return self._new(self._seed).normal(self._shape)

    def next(self) -> Tensor:
        return self._generator.normal(self._shape)

    def _first(self) -> Tensor:
        source = self._plan.resize_from
        has_other_size = source.width > 0 and source.height > 0
        shape: Shape = (4, source.height // 8, source.width // 8) if has_other_size else self._shape
        is_resized = shape != self._shape
        noise = self._new(self._seed).normal(shape) if is_resized else self._generator.normal(shape)
        if self._plan.variation_strength:
            other = self._new(self._variation).normal(shape)
            noise = interpolated(noise, other, self._plan.variation_strength)
        return centred(noise, self._generator.normal(self._shape)) if is_resized else noise


def interpolated(low: Tensor, high: Tensor, share: float) -> Tensor:
    """Along the sphere, column by column; along the line where the two are nearly one."""
    cosine = (low / low.norm(dim=1, keepdim=True) * (high / high.norm(dim=1, keepdim=True))).sum(1)
    if cosine.mean() > 0.9995:
        return low * (1 - share) + high * share
    angle = cosine.acos()
    parts = ((1 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin()
    return parts[0].unsqueeze(1) * low + parts[1].unsqueeze(1) * high


def centred(noise: Tensor, around: Tensor) -> Tensor:
    """`noise` in the middle of `around`, cut where it is larger."""
    result = around.clone()
    spans = [span(noise.shape[axis], around.shape[axis]) for axis in (1, 2)]
    (from_y, to_y, high), (from_x, to_x, wide) = spans
    result[:, to_y : to_y + high, to_x : to_x + wide] = noise[:, from_y : from_y + high, from_x : from_x + wide]
    return result


def span(inner: int, outer: int) -> tuple[int, int, int]:
    """(start inside, start outside, length) of a centred stretch; floors as A1111 does."""
    gap = (outer - inner) // 2
    return (0, gap, inner) if gap >= 0 else (-gap, 0, inner + 2 * gap)


DIGITS = 6  # to which torchsde rounds the ends of a path; beyond them it warns


class BrownianNoise:
    """Noise of a path that is fixed by the seed, so that more steps refine the same picture (k-diffusion's way)."""

    def __init__(self, seeds: Sequence[int], shape: Shape, sigmas: Sequence[float]) -> None:
        positive = [sigma for sigma in sigmas if sigma > 0]
        low, high = torch.tensor(min(positive)), torch.tensor(max(positive))
        tree: Any = torchsde.BrownianTree
        self._trees = [tree(low, torch.zeros(shape), high, entropy=seed) for seed in seeds]
        self._low, self._high = round(float(low), DIGITS), round(float(high), DIGITS)

    def __call__(self, sigma: float, next_sigma: float) -> Tensor:
        """Pictures x 4 x height x width."""
        start, end = sorted(min(max(float(np.float32(level)), self._low), self._high) for level in (sigma, next_sigma))
        sign = 1 if sigma < next_sigma else -1
        steps = [tree(start, end) for tree in self._trees]
        return torch.stack(steps) * (sign / (end - start) ** 0.5)
