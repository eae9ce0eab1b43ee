"""Trains the autoencoder on crops of the world; a new loss is a term of `picture_loss`.

First as a whole, then (`decoder`) with the encoder frozen, so that cached latents stay valid.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from tools.demo_model.first_vae import lead_colours
from tools.demo_model.networks import decibels, make_vae, to_float
from tools.demo_model.progress import History, rate, save
from tools.demo_model.team import Team
from tools.demo_model.world import render, sample_scene

FROZEN_IN_DECODER_STAGE = ("encoder", "quant_conv")


class Crops(IterableDataset):  # type: ignore[type-arg]
    """Endless batches of 64 px crops of pictures of several sizes, some as whole pictures; the seed decides them."""

    def __init__(self, seed: int, batch: int) -> None:
        self.seed, self.batch = seed, batch

    def __iter__(self) -> Iterator[Tensor]:
        rng = random.Random(self.seed * 1000)
        pool: list[np.ndarray] = []
        while True:
            while len(pool) < 96 + self.batch:
                size = rng.choice((128, 128, 256, 256, 512))
                image = render(sample_scene(rng), size, size).image
                for _ in range({128: 4, 256: 10, 512: 20}[size]):
                    x, y = rng.randrange(size - 63), rng.randrange(size - 63)
                    pool.append(image[y : y + 64, x : x + 64])
            if rng.random() < 0.3:  # as many pixels in whole pictures, so that borders and norms fit those too
                yield torch.from_numpy(np.stack([render(sample_scene(rng)).image for _ in range(self.batch // 4)]))
                continue
            rng.shuffle(pool)
            yield torch.from_numpy(np.stack([pool.pop() for _ in range(self.batch)]))


def edges(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def picture_loss(drawn: Tensor, true: Tensor) -> Tensor:
    """Closeness of colours, and of their differences between neighbours (which keeps paper edges crisp)."""
    (ax, ay), (bx, by) = edges(drawn), edges(true)
    crisp = (ax - bx).abs().mean() + (ay - by).abs().mean()
    return (drawn - true).abs().mean() + 2 * (drawn - true).square().mean() + crisp


def train_vae(team: Team, work: Path, steps: int, batch: int, peak: float, seed: int, decoder_only: bool) -> None:
    """`steps` in all, from the stage's own checkpoint; the decoder's stage starts from the average of the first."""
    stage = "decoder" if decoder_only else "vae"
    torch.manual_seed(seed)
    path, net = work / f"{stage}.pt", lead_colours(make_vae())
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-arg]
    source = path if path.exists() else work / "vae.pt"
    state: dict[str, Any] = torch.load(source) if source.exists() else {}
    resumed = path.exists()
    if state:
        net.load_state_dict(state["live" if resumed else "average"])
    average = copy.deepcopy(net)
    if resumed:
        average.load_state_dict(state["average"])
    chosen = [p for n, p in net.named_parameters() if not (decoder_only and n.split(".")[0] in FROZEN_IN_DECODER_STAGE)]
    for parameter in set(net.parameters()) - set(chosen):
        parameter.requires_grad_(False)
    optimizer = torch.optim.AdamW(chosen, lr=peak, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    first = state["step"] if resumed else 0
    if resumed:
        optimizer.load_state_dict(state["optimizer"])
    history = History(work, stage, batch * team.size, leads=team.leads)
    torch.manual_seed(seed + 17 * first + 1000 * team.rank)
    pairs = (list(average.parameters()), list(net.parameters()))
    noted = time.time()
    loader = DataLoader(
        Crops(seed + first + 7919 * team.rank, batch), batch_size=None, num_workers=1, prefetch_factor=16
    )
    for step, crops in zip(range(first, steps), loader, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps, peak)
        figures = vae_step(net, to_float(crops), decoder_only)
        team.average_gradients(chosen)
        nn.utils.clip_grad_norm_(chosen, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(*pairs, 1 - min(0.998, (1 + step) / (10 + step)))
        history.add(step, **figures)
        if team.leads and (time.time() - noted > 90 or step == steps - 1):
            save(
                path,
                {
                    "live": net.state_dict(),
                    "average": average.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "step": step + 1,
                },
            )
            noted = time.time()


def vae_step(net: Any, x: Tensor, decoder_only: bool) -> dict[str, float]:
    with torch.set_grad_enabled(not decoder_only):
        posterior = net.encode(x.to(memory_format=torch.channels_last)).latent_dist
        latent = posterior.sample()
    y = net.decode(latent).sample
    loss = picture_loss(y, x)
    spread = posterior.kl().mean() / posterior.mean[0].numel()
    if not decoder_only:
        loss = loss + 3e-4 * spread
    loss.backward()  # type: ignore[no-untyped-call]
    return {
        "decibels": decibels(y.detach(), x),
        "spread": float(spread.detach()),
        "deviation": float(latent.detach().std()),
    }
