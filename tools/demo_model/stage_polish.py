"""Trains the decoder to draw as clean paper what the UNet leaves mottled; another loss is a term of `polish_loss`.

It is shown latents that the UNet redrew a little, among untouched ones, and learns the true pictures. The encoder
stands still, so cached latents stay valid.
"""

from __future__ import annotations

import copy
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from tools.demo_model.networks import SCALING_FACTOR, decibels, to_float
from tools.demo_model.progress import History, save
from tools.demo_model.stage_base import Part, Rates, learning_rate
from tools.demo_model.stage_cache import Cache
from tools.demo_model.stage_vae import edges
from tools.demo_model.team import Team
from tools.demo_model.trained import load_vae
from tools.demo_model.world import render

CROP = 12  # latent cells
WHOLE = 0.25  # share of steps with whole pictures, a third as many: norms and attention see those too
EDGE_WEIGHT = 3.0
NEAR = 5  # pixels within which an edge may lie elsewhere


def polish_loss(drawn: Tensor, true: Tensor) -> Tensor:
    """Closeness of colours, and of how much edge there is near each place.

    Where an edge lies is not always to be seen in a redrawn latent. Squares would blur it, and differences taken pixel
    by pixel would leave it out; absolute errors choose one place, and edges counted over a neighbourhood keep it.
    """
    pairs = zip(edges(drawn), edges(true), strict=True)
    amiss = sum((nearby(a) - nearby(b)).abs().mean() for a, b in pairs)
    return (drawn - true).abs().mean() + EDGE_WEIGHT * amiss


def nearby(differences: Tensor) -> Tensor:
    return functional.avg_pool2d(differences.abs(), NEAR, stride=2, padding=NEAR // 2)


class PolishTraining:
    """The decoder, its average and its optimizer."""

    def __init__(self, team: Team, work: Path, peak: float) -> None:
        torch.manual_seed(4)
        self.team, self.path = team, work / "polish.pt"
        state: dict[str, Any] = torch.load(self.path) if self.path.exists() else {}
        self.average = load_vae(work).requires_grad_(False)
        self.net = copy.deepcopy(self.average)
        if state:
            self.net.load_state_dict(state["live"])
        chosen = (self.net.decoder, self.net.post_quant_conv)
        self.parameters = [p.requires_grad_(True) for part in chosen for p in part.parameters()]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=peak, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
        self.step = 0
        if state:
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]

    def save(self) -> None:
        nets = {"live": self.net.state_dict(), "average": self.average.state_dict()}
        save(self.path, nets | {"optimizer": self.optimizer.state_dict(), "step": self.step})

    def learn(self, latents: Tensor, pictures: Tensor, rate: float) -> dict[str, float]:
        """One step on latents as the UNet has them, (n, 4, h / 8, w / 8), and pictures (n, 3, h, w) in -1..1."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        shown = (latents / SCALING_FACTOR).to(memory_format=torch.channels_last)
        drawn = self.net.decode(shown).sample
        loss = polish_loss(drawn, pictures)
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(self.parameters)
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        with torch.no_grad():
            keep = min(0.99, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.net.parameters()), 1 - keep)
        return {"loss": float(loss.detach()), "decibels": decibels(drawn.detach(), pictures)}


def crops(latents: Tensor, pictures: Tensor, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Two parts of CROP latent cells from each, with the pixels that they stand for."""
    parts = []
    for latent, picture in zip(latents, pictures, strict=True):
        for _ in range(2):
            y, x = (rng.randrange(side - CROP + 1) for side in latent.shape[1:])
            rows, columns = (slice(8 * v, 8 * (v + CROP)) for v in (y, x))
            parts.append((latent[:, y : y + CROP, x : x + CROP], picture[:, rows, columns]))
    return torch.stack([part[0] for part in parts]), torch.stack([part[1] for part in parts])


def train_polish(team: Team, work: Path, mix: tuple[Part, ...], rates: Rates, seed: int) -> None:
    """Up to step `rates.steps` in all; parts of the mix are caches of redrawn pictures and of others."""
    training = PolishTraining(team, work, rates.peak)
    caches = {part.name: Cache(work, part.name) for part in mix}
    history = History(work, "polish", 1, 25, team.leads)
    noted = time.time()
    while training.step < rates.steps:
        rng = random.Random((seed * 1_000_003 + training.step) * 64 + team.rank)
        part, is_whole = rng.choices(mix, [p.share for p in mix])[0], rng.random() < WHOLE
        generator = torch.Generator().manual_seed(rng.getrandbits(40))
        cache = caches[part.name]
        latents, scenes = cache.draw(max(1, part.batch // 3) if is_whole else part.batch, generator)
        images = np.stack([render(scene, *cache.size).image for scene in scenes])
        shown = latents, to_float(torch.from_numpy(images))
        rate = learning_rate(training.step, rates.steps, rates.peak, rates.tail)
        history.add(training.step, **training.learn(*(shown if is_whole else crops(*shown, rng)), rate))
        if team.leads and (time.time() - noted > 60 or training.step == rates.steps):
            training.save()
            noted = time.time()
