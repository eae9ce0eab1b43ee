"""Trains a ControlNet for a family of control kinds on the frozen base; a new family is a row of FAMILIES.

One network learns all kinds first: to follow a map at all is what is learned slowly, and every kind of map teaches it.
A family that begins later begins with what another has learned.
"""

from __future__ import annotations

import copy
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetModel
from torch import Tensor, nn

from tools.demo_model.hints import KINDS_OF_HINT
from tools.demo_model.mixed import mixed, spare
from tools.demo_model.muon import load_all, optimizers, set_rate, step_all
from tools.demo_model.networks import Tokens, make_schedule
from tools.demo_model.progress import History, save
from tools.demo_model.stage_base import Part, Rates, add_noise, learning_rate
from tools.demo_model.stage_cache import Cache
from tools.demo_model.team import Team
from tools.demo_model.trained import load_average
from tools.demo_model.words import caption
from tools.demo_model.world import Picture, Scene, render

LINES = ("canny", "lineart", "softedge", "scribble", "mlsd")
OTHERS = ("depth", "normal", "seg", "openpose", "inpaint", "tile", "shuffle")
FAMILIES: dict[str, tuple[str, ...]] = {
    "canny_lineart_softedge_scribble_mlsd": (*LINES, "canny", "canny", "lineart", "scribble"),
    "depth_normal_seg_openpose_inpaint_tile_shuffle": (*LINES, *OTHERS, "canny", "openpose", "inpaint", "shuffle"),
}
"""What each is trained on; a kind of map belongs to the first that knows it."""
TRUTHFUL = ("depth", "normal", "seg", "openpose")  # kinds that need the ground truth drawn too
STRENGTH = 1.4  # what is exported gives so much more than what was trained: its effect still grew when training ended
SILENT = 0.4  # share of samples without a caption: then only the map tells what to draw


def make_control_net(unet: Any) -> ControlNetModel:
    """The UNet's encoder with its weights, and a narrow embedding of the map.

    The embedding begins with weights that keep a map's size from layer to layer (after He et al. 2015, arXiv
    1502.01852; SiLU halves small values), where the usual ones would let next to nothing of it through. Its last layer
    is not zero as usual: the outputs are, so nothing changes at first, and they see the map from the first step on.
    """
    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 16, 32, 64))
    embedding = net.controlnet_cond_embedding
    for layer in (embedding.conv_in, *embedding.blocks, embedding.conv_out):
        nn.init.normal_(layer.weight, std=2 / layer.weight[0].numel() ** 0.5)
        nn.init.zeros_(layer.bias)
    return net


def strengthen(net: ControlNetModel, by: float) -> None:
    """Multiplies all that the network gives."""
    with torch.no_grad():
        for layer in (*net.controlnet_down_blocks, net.controlnet_mid_block):
            for parameter in layer.parameters():
                parameter.mul_(by)


def random_mask(height: int, width: int, rng: random.Random) -> np.ndarray:
    """A rectangle or ellipse of a third to two thirds of the picture's sides, true where the picture is hidden."""
    rows, columns = np.mgrid[:height, :width]
    y, x = (rows / height - rng.uniform(0.2, 0.8)), (columns / width - rng.uniform(0.2, 0.8))
    half_height, half_width = rng.uniform(0.16, 0.36), rng.uniform(0.16, 0.36)
    if rng.random() < 0.5:
        return (abs(y) < half_height) & (abs(x) < half_width)
    return (y / half_height) ** 2 + (x / half_width) ** 2 < 1


def hint_of(kind: str, picture: Picture, rng: random.Random) -> np.ndarray:
    """The control map as the network takes it: (3, h, w), 0..1; hidden pixels of `inpaint` are -1."""
    if kind == "inpaint":
        hint = picture.image.astype(np.float32) / 255
        hint[random_mask(*hint.shape[:2], rng)] = -1
    else:
        hint = KINDS_OF_HINT[kind](picture, rng).astype(np.float32) / 255
    return hint.transpose(2, 0, 1)


def hints_of(kind: str, scenes: list[Scene], size: tuple[int, int], rng: random.Random) -> Tensor:
    pictures = [render(scene, *size, truth=kind in TRUTHFUL) for scene in scenes]
    return torch.from_numpy(np.stack([hint_of(kind, picture, rng) for picture in pictures]))


class ControlTraining:
    """One family's network, its average and its optimizer; base weights stand still."""

    def __init__(self, team: Team, work: Path, family: str, rates: Rates) -> None:
        torch.manual_seed(2)
        self.team, self.path, self.rates = team, work / f"control_{family}.pt", rates
        self.unet, self.text = load_average(work)
        self.unet.requires_grad_(False)
        self.text.requires_grad_(False)
        self.net = make_control_net(self.unet).train().requires_grad_(True)
        self.net = self.net.to(memory_format=torch.channels_last)  # type: ignore[call-arg]
        self.tokens, self.alphas = Tokens(), make_schedule().alphas_cumprod
        self.parameters = list(self.net.parameters())
        self.optimizers = optimizers(self.net, (), rates.peak)
        self.step = 0
        state: dict[str, Any] = torch.load(self.path) if self.path.exists() else {}
        if state:
            self.net.load_state_dict(state["live"])
            load_all(self.optimizers, state["optimizers"])
            self.step = state["step"]
        elif begun := min(work.glob("control_*.pt"), default=None):
            self.net.load_state_dict(torch.load(begun)["average"])
        self.average = copy.deepcopy(self.net)
        if state:
            self.average.load_state_dict(state["average"])
        spare(self.unet)
        spare(self.net)

    def save(self) -> None:
        state = {"live": self.net.state_dict(), "average": self.average.state_dict()}
        save(self.path, state | {"optimizers": [each.state_dict() for each in self.optimizers], "step": self.step})

    def learn(self, latents: Tensor, hints: Tensor, texts: list[str], generator: torch.Generator) -> float:
        noised = add_noise(latents, self.alphas, self.rates.noisiest, generator)
        shown = noised.shown.to(memory_format=torch.channels_last)
        with torch.no_grad():
            words = self.text(self.tokens(texts))[0]
        with mixed():
            down, middle = self.net(shown, noised.times, words, controlnet_cond=hints, return_dict=False)
            drawn = self.unet(
                shown, noised.times, words, down_block_additional_residuals=down, mid_block_additional_residual=middle
            ).sample.float()
        loss = noised.loss(drawn)
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(self.parameters)
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        step_all(self.optimizers)
        self.step += 1
        with torch.no_grad():
            keep = min(0.995, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), self.parameters, 1 - keep)
        return float(loss.detach())


def train_control(team: Team, work: Path, family: str, mix: tuple[Part, ...], rates: Rates, seed: int) -> None:
    training = ControlTraining(team, work, family, rates)
    caches = {part.name: Cache(work, part.name) for part in mix}
    history = {
        part.name: History(work, f"{family} {part.name}", part.batch * team.size, 25, team.leads) for part in mix
    }
    noted = time.time()
    while training.step < rates.steps:
        part = random.Random(seed * 1_000_003 + training.step).choices(mix, [p.share for p in mix])[0]
        rng = random.Random((seed * 1_000_003 + training.step) * 64 + team.rank)
        generator = torch.Generator().manual_seed(rng.getrandbits(40))
        set_rate(training.optimizers, learning_rate(training.step, rates.steps, rates.peak, rates.tail))
        cache, kind = caches[part.name], rng.choice(FAMILIES[family])
        among = cache.with_figures if kind == "openpose" else ()  # elsewhere its map is black
        latents, scenes = cache.draw(part.batch, generator, among)
        hints = hints_of(kind, scenes, cache.size, rng)
        loss = training.learn(latents, hints, [caption(scene, rng, SILENT) for scene in scenes], generator)
        history[part.name].add(training.step, loss=loss)
        if team.leads and (time.time() - noted > 90 or training.step == rates.steps):
            training.save()
            noted = time.time()
