"""Encodes pictures of the world once, and whitens the encoder; a new size is one more cache."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tools.demo_model.drawing import Painter, Settings, Start
from tools.demo_model.networks import SCALING_FACTOR, to_float
from tools.demo_model.team import Team
from tools.demo_model.trained import load_average, load_vae
from tools.demo_model.words import caption
from tools.demo_model.world import CAST, Scene, render, sample_scene

BATCH = 16
SURE = -30.0  # the logarithm of no variance


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What a cache holds, and how large: shares of pairs and of people (see `sample_scene`), width and height.

    `redrawn`: the UNet redraws them, each batch at another strength up to this one.
    """

    seed: int
    size: tuple[int, int]
    pairs: float = 0.35
    peopled: float = 0.0
    redrawn: float = 0.0

    def scenes(self, number: int) -> list[Scene]:
        """The scenes of batch `number`, always the same."""
        rng = random.Random(self.seed * 1_000_003 + number)
        return [sample_scene(rng, self.pairs, self.peopled) for _ in range(BATCH)]

    def pictures(self, batches: range) -> Iterator[tuple[int, Tensor]]:
        for number in batches:
            images = [render(scene, *self.size).image for scene in self.scenes(number)]
            yield number, torch.from_numpy(np.stack(images))


@torch.inference_mode()
def whiten(work: Path, count: int = 512) -> None:
    """Folds mean and covariance into the 1x1 convolutions, so that latents times SCALING_FACTOR are about normal.

    Stable Diffusion 1.x has no other place for them.
    """
    state = torch.load(work / "vae.pt")
    if state.get("whitened"):
        return
    net = load_vae(work)
    contents = Contents(seed=7, size=(128, 128)).pictures(range(10**6, 10**6 + count // BATCH))
    parts = [net.encode(to_float(pictures)).latent_dist.mean for _, pictures in contents]
    change, mean = whitening(torch.cat(parts))
    for name in ("average", "live"):
        weights = state[name]
        inner, spread = weights["quant_conv.weight"][:, :, 0, 0], weights["quant_conv.weight"][4:7, :, 0, 0].mean(0)
        inner[:4] = change @ inner[:4]
        inner[4:7] = spread  # the colours' noise is alike, so a turn keeps it
        bias = weights["quant_conv.bias"]
        bias[:4] = change @ (bias[:4] - mean)
        bias[4:7] = bias[4:7].mean()
        bias[4:] += change.square().sum(1).log()
        weights["post_quant_conv.bias"] += weights["post_quant_conv.weight"][:, :, 0, 0] @ mean
        weights["post_quant_conv.weight"][:, :, 0, 0] = weights["post_quant_conv.weight"][:, :, 0, 0] @ change.inverse()
    state["whitened"] = True
    torch.save(state, work / "vae.pt")
    sys.stderr.write(f"latents are changed by {change.tolist()} after taking off {mean.tolist()}\n")


def whitening(latents: Tensor) -> tuple[Tensor, Tensor]:
    """A (4, 4) matrix, and the mean that is taken off before: then each channel has deviation 1 / SCALING_FACTOR.

    The first three, which are close to red, green and blue and so much alike, are turned to their principal axes.
    """
    rows = latents.movedim(1, -1).reshape(-1, 4)
    mean = rows.mean(0)
    change = torch.zeros(4, 4)
    sizes, axes = torch.linalg.eigh(torch.cov((rows - mean)[:, :3].T))
    change[:3, :3] = axes.T / sizes.sqrt()[:, None]
    change[3, 3] = 1 / rows[:, 3].std()
    return change / SCALING_FACTOR, mean


@torch.inference_mode()
def build_cache(team: Team, work: Path, name: str, count: int, contents: Contents) -> None:
    """Writes cache_<name>.npy: the posteriors' mean and log-variance, (count, 8, height / 8, width / 8), halves."""
    batches = count // BATCH
    shape = (batches * BATCH, 8, contents.size[1] // 8, contents.size[0] // 8)
    part = work / f"cache_{name}.part.npy"
    if team.leads:
        whiten(work)
        np.lib.format.open_memmap(part, "w+", np.float16, shape).flush()
    team.wait()
    net, began, latents = load_vae(work), time.time(), np.load(part, mmap_mode="r+")
    painter = Painter(net, *load_average(work)) if contents.redrawn else None
    for number, pictures in contents.pictures(range(team.rank, batches, team.size)):
        if painter:
            made = redrawn(painter, number, pictures, contents)
        else:
            x = to_float(pictures).to(memory_format=torch.channels_last)
            made = net.encode(x).latent_dist.parameters
        latents[number * BATCH : (number + 1) * BATCH] = made.half().numpy()
        if team.leads and number % 50 < team.size:
            sys.stderr.write(f"cache {name}: {(number + 1) * BATCH} of {count}, {time.time() - began:.0f} s\n")
    latents.flush()
    team.wait()
    if team.leads:
        torch.save(asdict(contents), work / f"cache_{name}.pt")
        part.rename(work / f"cache_{name}.npy")


def redrawn(painter: Painter, number: int, pictures: Tensor, contents: Contents) -> Tensor:
    """What the UNet makes of a batch, as posteriors without spread, (n, 8, h / 8, w / 8)."""
    rng = random.Random(number)
    texts = [caption(scene, rng) for scene in contents.scenes(number)]
    start = Start(pictures=pictures.numpy(), strength=rng.uniform(0.05, contents.redrawn))
    settings = Settings(size=contents.size, cfg_scale=rng.choice((4.0, 7.0)), seed=number)
    means = painter.latents(texts, settings, start) / SCALING_FACTOR
    return torch.cat([means, torch.full_like(means, SURE)], 1)


class Cache:
    """Latents of one size, drawn from their distribution, with their scenes."""

    def __init__(self, work: Path, name: str) -> None:
        self.latents: Any = np.load(work / f"cache_{name}.npy", mmap_mode="r")
        contents = Contents(**torch.load(work / f"cache_{name}.pt"))
        self.size = contents.size
        self.scenes = [s for number in range(len(self.latents) // BATCH) for s in contents.scenes(number)]
        self.all = range(len(self.scenes))
        self.with_figures = [n for n in self.all if any(thing.kind in CAST for thing in self.scenes[n].things)]

    def draw(self, batch: int, generator: torch.Generator, among: Sequence[int] = ()) -> tuple[Tensor, list[Scene]]:
        """Latents (batch, 4, h, w), about normal, and what they show; `among` these scenes, or all."""
        among = among or self.all
        picks = [among[n] for n in torch.randint(len(among), (batch,), generator=generator).tolist()]
        mean, spread = torch.from_numpy(self.latents[sorted(picks)].astype(np.float32)).chunk(2, 1)
        noise = torch.randn(mean.shape, generator=generator)
        return (mean + noise * (0.5 * spread.clamp(SURE, 20)).exp()) * SCALING_FACTOR, [
            self.scenes[i] for i in sorted(picks)
        ]
