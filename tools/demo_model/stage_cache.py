"""Encodes pictures of the world once, and whitens the encoder: a cache is latents of one size, and the scenes they show."""

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
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from tools.demo_model.networks import SCALING_FACTOR, make_vae, to_float
from tools.demo_model.world import Scene, render, sample_scene

BATCH = 16


def scenes_of(seed: int, number: int, pairs: float) -> list[Scene]:
    """The scenes of batch `number` of a cache, always the same."""
    rng = random.Random(seed * 1_000_003 + number)
    return [sample_scene(rng, pairs) for _ in range(BATCH)]


class Rendered(IterableDataset):  # type: ignore[type-arg]
    """Pictures of the batches first..last of a cache."""

    def __init__(self, size: tuple[int, int], batches: range, seed: int, pairs: float) -> None:
        self.size, self.batches, self.seed, self.pairs = size, batches, seed, pairs

    def __iter__(self) -> Iterator[tuple[int, Tensor]]:
        info = get_worker_info()
        first, jump = (info.id, info.num_workers) if info else (0, 1)
        for number in self.batches[first::jump]:
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
    """Folds each latent channel's mean and deviation into the 1x1 convolutions, so that latents times SCALING_FACTOR are about
    normal; Stable Diffusion 1.x has no place for a mean per channel."""
    state = torch.load(work / "vae.pt")
    if state.get("whitened"):
        return
    net = load_vae(work)
    numbers = range(10**6, 10**6 + count // BATCH)
    parts = [net.encode(to_float(p)).latent_dist.mean for _, p in Rendered((128, 128), numbers, 7, 0.35)]
    latents = torch.cat(parts)
    mean, deviation = latents.mean((0, 2, 3)), latents.std((0, 2, 3)) * SCALING_FACTOR
    for name in ("average", "live"):
        weights = state[name]
        weights["quant_conv.weight"][:4] /= deviation.view(4, 1, 1, 1)
        weights["quant_conv.bias"][:4] = (weights["quant_conv.bias"][:4] - mean) / deviation
        weights["quant_conv.bias"][4:] -= 2 * deviation.log()
        weights["post_quant_conv.bias"] += weights["post_quant_conv.weight"][:, :, 0, 0] @ mean
        weights["post_quant_conv.weight"] *= deviation.view(1, 4, 1, 1)
    state["whitened"] = True
    torch.save(state, work / "vae.pt")
    sys.stderr.write(f"latent channels: mean {mean.tolist()}, deviation {(deviation / SCALING_FACTOR).tolist()}\n")


@torch.inference_mode()
def build_cache(work: Path, name: str, size: tuple[int, int], count: int, seed: int, pairs: float) -> None:
    """Writes cache_<name>.npy, (count, 8, height / 8, width / 8) in half precision: the posterior's mean and log-variance."""
    whiten(work)
    net, began = load_vae(work), time.time()
    batches = count // BATCH
    shape = (batches * BATCH, 8, size[1] // 8, size[0] // 8)
    part = work / f"cache_{name}.part.npy"
    latents = np.lib.format.open_memmap(part, "w+", np.float16, shape)
    for number, pictures in DataLoader(
        Rendered(size, range(batches), seed, pairs), batch_size=None, num_workers=1, prefetch_factor=8
    ):
        x = to_float(pictures).to(memory_format=torch.channels_last)
        latents[number * BATCH : (number + 1) * BATCH] = net.encode(x).latent_dist.parameters.half().numpy()
        if number % 100 == 99:
            sys.stderr.write(f"cache {name}: {(number + 1) * BATCH} of {count}, {time.time() - began:.0f} s\n")
    latents.flush()
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
