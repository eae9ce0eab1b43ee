"""Encodes pictures of the world once, and whitens the encoder; a new size is one more cache."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from tools.demo_model.networks import SCALING_FACTOR, make_vae, to_float
from tools.demo_model.team import Team
from tools.demo_model.world import Scene, render, sample_scene

BATCH = 16


def scenes_of(seed: int, number: int, pairs: float) -> list[Scene]:
    """The scenes of batch `number` of a cache, always the same."""
    rng = random.Random(seed * 1_000_003 + number)
    return [sample_scene(rng, pairs) for _ in range(BATCH)]


class Rendered:
    """Pictures of some batches of a cache."""

    def __init__(self, size: tuple[int, int], batches: range, seed: int, pairs: float) -> None:
        self.size, self.batches, self.seed, self.pairs = size, batches, seed, pairs

    def __iter__(self) -> Iterator[tuple[int, Tensor]]:
        for number in self.batches:
            scenes = scenes_of(self.seed, number, self.pairs)
            yield number, torch.from_numpy(np.stack([render(scene, *self.size).image for scene in scenes]))


def load_vae(work: Path) -> AutoencoderKL:
    """The newest autoencoder: decoder stage over whole stage, averaged weights."""
    source = work / "decoder.pt" if (work / "decoder.pt").exists() else work / "vae.pt"
    net = make_vae()
    net.load_state_dict(torch.load(source)["average"])
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-arg]


@torch.inference_mode()
def whiten(work: Path, count: int = 512) -> None:
    """Folds mean and covariance into the 1x1 convolutions, so that latents times SCALING_FACTOR are about normal.

    Stable Diffusion 1.x has no other place for them.
    """
    state = torch.load(work / "vae.pt")
    if state.get("whitened"):
        return
    net = load_vae(work)
    numbers = range(10**6, 10**6 + count // BATCH)
    parts = [net.encode(to_float(p)).latent_dist.mean for _, p in Rendered((128, 128), numbers, 7, 0.35)]
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
def build_cache(team: Team, work: Path, name: str, size: tuple[int, int], count: int, seed: int, pairs: float) -> None:
    """Writes cache_<name>.npy: the posteriors' mean and log-variance, (count, 8, height / 8, width / 8), halves."""
    batches = count // BATCH
    shape = (batches * BATCH, 8, size[1] // 8, size[0] // 8)
    part = work / f"cache_{name}.part.npy"
    if team.leads:
        whiten(work)
        np.lib.format.open_memmap(part, "w+", np.float16, shape).flush()
    team.wait()
    net, began, latents = load_vae(work), time.time(), np.load(part, mmap_mode="r+")
    numbers = range(team.rank, batches, team.size)
    for number, pictures in Rendered(size, numbers, seed, pairs):
        x = to_float(pictures).to(memory_format=torch.channels_last)
        latents[number * BATCH : (number + 1) * BATCH] = net.encode(x).latent_dist.parameters.half().numpy()
        if team.leads and number % 50 < team.size:
            sys.stderr.write(f"cache {name}: {(number + 1) * BATCH} of {count}, {time.time() - began:.0f} s\n")
    latents.flush()
    team.wait()
    if team.leads:
        torch.save({"seed": seed, "pairs": pairs, "size": size}, work / f"cache_{name}.pt")
        part.rename(work / f"cache_{name}.npy")


class Cache:
    """Latents of one size, drawn from their distribution, with their scenes."""

    def __init__(self, work: Path, name: str) -> None:
        self.latents: Any = np.load(work / f"cache_{name}.npy", mmap_mode="r")
        about = torch.load(work / f"cache_{name}.pt")
        self.size: tuple[int, int] = about["size"]
        batches = range(len(self.latents) // BATCH)
        self.scenes = [s for number in batches for s in scenes_of(about["seed"], number, about["pairs"])]

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, list[Scene]]:
        """Latents (batch, 4, h, w), about normal, and what they show."""
        picks = torch.randint(len(self.scenes), (batch,), generator=generator).tolist()
        mean, spread = torch.from_numpy(self.latents[sorted(picks)].astype(np.float32)).chunk(2, 1)
        noise = torch.randn(mean.shape, generator=generator)
        return (mean + noise * (0.5 * spread.clamp(-30, 20)).exp()) * SCALING_FACTOR, [
            self.scenes[i] for i in sorted(picks)
        ]
