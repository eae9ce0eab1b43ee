"""Trains UNet and text encoder on cached latents of several sizes at once; a new size is one more part of the mix."""

from __future__ import annotations

import copy
import functools
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from studio.networks.demo_reading import DETAILS
from tools.demo_model.mixed import mixed, spare
from tools.demo_model.muon import load_all, optimizers, set_rate, step_all
from tools.demo_model.networks import Tokens, make_schedule, make_text_encoder, make_unet
from tools.demo_model.progress import History, save
from tools.demo_model.stage_cache import Cache
from tools.demo_model.team import Team
from tools.demo_model.vocabulary import Vocabulary
from tools.demo_model.words import caption
from tools.demo_model.world import CAST, COLOURS, KINDS, OF_THE_SKY, Scene, joints_of

EMA_EVERY = 4
LAYOUT_WEIGHT = 1.0
LAYERS = (*KINDS, *COLOURS, *DETAILS)  # what the layout head reads
LIMBS = (3, 4, 6, 7, 9, 10, 12, 13)  # elbows, hands, knees and feet: the joints that a pose moves
LIMB_WEIGHT = 4.0  # they are small
MOST_WRONG = 0.85  # share of captions that say another scene, where there is little noise


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One size of the mix: its cache, how often it is drawn, how many samples a step."""

    name: str
    share: float
    batch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """How far to train, the peak of the learning rate, and over how many last steps it falls.

    `noisiest`: how many times the noisiest samples may count. 100 until sky, ground and place obey the words; then few,
    or the outlines of things are hardly learned.
    """

    steps: int
    peak: float
    tail: int
    noisiest: float = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Noised:
    """What the denoiser is shown, and what it should answer."""

    shown: Tensor
    times: Tensor
    wanted: Tensor
    weight: Tensor

    def loss(self, drawn: Tensor) -> Tensor:
        """Of an answer: the mean of the weighted squared errors."""
        return ((drawn - self.wanted).square().mean((1, 2, 3)) * self.weight).mean()


def coarse_noise(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """White noise with a little added per channel and per coarse patch.

    Stable Diffusion's noisiest step still shows the mean of what lies beneath; the added part hides it, so that sky and
    place must be learned from the words.
    """
    batch, channels, height, width = shape
    noise = torch.randn(shape, generator=generator)
    whole = torch.randn((batch, channels, 1, 1), generator=generator)
    grid = torch.randn((batch, channels, 4, 4), generator=generator)
    patches = functional.interpolate(grid, (height, width), mode="bilinear", align_corners=False)
    share = (torch.rand((batch, 1, 1, 1), generator=generator) < 0.7).float()
    return noise + share * (0.1 * whole + 0.1 * patches)


def add_noise(latents: Tensor, alphas: Tensor, noisiest: float, generator: torch.Generator) -> Noised:
    """Epsilon targets, weighted by min(SNR, 5) / SNR (Hang et al., 2023), and the noisiest steps more.

    There the layout is decided, and the plain loss hardly counts. Half of the noisiest samples show noise alone, as
    the first step of a drawing does. The other times lie closer about the middle, where outlines are decided (after
    Esser et al., 2024, arXiv 2403.03206).
    """
    batch = len(latents)
    times = torch.randint(1000, (2, batch), generator=generator).sum(0) // 2
    high = torch.randint(800, 1000, (batch,), generator=generator)
    times = torch.where(torch.rand(batch, generator=generator) < 0.3, high, times)
    alpha = alphas[times].view(-1, 1, 1, 1)
    noise = coarse_noise(latents.shape, generator)
    blind = (times >= 930) & (torch.rand(batch, generator=generator) < 0.5)
    shown = torch.where(
        blind.view(-1, 1, 1, 1),
        torch.randn(latents.shape, generator=generator),
        alpha.sqrt() * latents + (1 - alpha).sqrt() * noise,
    )
    wanted = (shown - alpha.sqrt() * latents) / (1 - alpha).sqrt()
    inverse = ((1 - alpha) / alpha).flatten()
    weight = (5.0 * inverse).clamp(max=1.0) * (0.5 * inverse).clamp(1.0, noisiest)
    return Noised(shown=shown, times=times, wanted=wanted, weight=weight)


def with_wrong_words(texts: list[str], times: Tensor, generator: torch.Generator) -> list[str]:
    """Some samples get another's caption, the more the less noise they carry.

    So what can be seen outweighs what is said, as the web's captions teach the large models. Without it a redraw at
    strength 0.3 took sky, ground and colours from the prompt.
    """
    share = MOST_WRONG * ((500 - times) / 200).clamp(0, 1)
    wrong = (torch.rand(len(texts), generator=generator) < share).tolist()
    return [
        texts[number - 1] if is_wrong else text
        for number, (text, is_wrong) in enumerate(zip(texts, wrong, strict=True))
    ]


def learning_rate(step: int, steps: int, peak: float, tail: int) -> float:
    """Warm-up, flat, and down to 2 % over the last `tail` steps."""
    return peak * min(1.0, (step + 1) / 100) * max(0.02, min(1.0, (steps - step) / max(1, tail)))


def layouts(scenes: list[Scene], side: int) -> Tensor:
    """Where each kind, colour and detail stands, (n, LAYERS, side, side), 1 inside a circle of the thing's size."""
    line = (torch.arange(side) + 0.5) / side
    rows, columns = line.view(-1, 1), line.view(1, -1)
    maps = torch.zeros(len(scenes), len(LAYERS), side, side)
    for number, scene in enumerate(scenes):
        for thing in scene.things:
            middle = thing.y - (0 if thing.kind in OF_THE_SKY else thing.size)
            near = (columns - thing.x) ** 2 + (rows - middle) ** 2 < (0.8 * thing.size) ** 2
            for name in (thing.kind, thing.colour, thing.detail):
                if name:
                    maps[number, LAYERS.index(name)][near] = 1
    return maps


def limb_maps(scenes: list[Scene], side: int) -> Tensor:
    """Where the LIMBS of all figures are, (n, LIMBS, side, side), 1 near one."""
    line = (torch.arange(side) + 0.5) / side
    maps = torch.zeros(len(scenes), len(LIMBS), side, side)
    for number, scene in enumerate(scenes):
        for thing in scene.things:
            if thing.kind in CAST:
                at = torch.from_numpy(joints_of(thing, 1, 1)[list(LIMBS)]).float()
                far = (line - at[:, :1]).square()[:, None, :] + (line - at[:, 1:]).square()[:, :, None]
                maps[number][far < (0.15 * thing.size) ** 2 + (0.6 / side) ** 2] = 1
    return maps


class LayoutHead(nn.Module):
    """Reads from the UNet's features, in training only, which kind, colour, detail and limb will stand where.

    Without it no word for a place is ever used: its effect on the plain loss is too small to start from. With it the
    noisiest samples, which show nothing, can only be solved by the words, and each word has to go to its own thing.
    """

    def __init__(self, unet: Any) -> None:
        super().__init__()
        channels = unet.config.block_out_channels
        self.out = nn.Conv2d(channels[2], len(LAYERS), 1)
        self.limbs = nn.Conv2d(channels[1], len(LIMBS), 1)
        for layer in (self.out, self.limbs):
            nn.init.constant_(layer.bias, -3.0)  # a thing is rare
        self.features = dict[int, Tensor]()
        for number in (1, 2):
            unet.up_blocks[number].register_forward_hook(functools.partial(self._keep, number))

    def _keep(self, number: int, module: nn.Module, inputs: Any, output: Tensor) -> None:
        self.features[number] = output.float()

    def loss(self, scenes: list[Scene], times: Tensor) -> Tensor:
        said, limbs = self.out(self.features[1]), self.limbs(self.features[2])
        wrong = wrongness(said, layouts(scenes, said.shape[-1])) * (times >= 800)
        astray = wrongness(limbs, limb_maps(scenes, limbs.shape[-1])) * (times >= 600)
        return (wrong + LIMB_WEIGHT * astray).mean()


def wrongness(said: Tensor, true: Tensor) -> Tensor:
    """Cross entropy of each sample, summed over its layers."""
    return functional.binary_cross_entropy_with_logits(said, true, reduction="none").mean((2, 3)).sum(1)


class BaseTraining:
    """UNet, text encoder, their averages and the optimizer; one checkpoint file."""

    def __init__(self, team: Team, work: Path, peak: float, noisiest: float = 100.0) -> None:
        torch.manual_seed(1)  # the same first weights in the whole team
        self.team, self.path, self.noisiest = team, work / "base.pt", noisiest
        self.unet = make_unet().to(memory_format=torch.channels_last)  # type: ignore[call-arg]
        self.text, self.tokens, self.vocabulary = make_text_encoder(), Tokens(), Vocabulary()
        self.vocabulary.narrow(self.text)
        self.layout = LayoutHead(self.unet)
        self.nets: list[nn.Module] = [self.unet, self.text, self.layout]
        self.parameters = [p for net in self.nets for p in net.parameters()]
        self.optimizers = optimizers(self.unet, self.nets[1:], peak)
        self.alphas = make_schedule().alphas_cumprod
        self.step, self.samples = 0, dict[str, int]()
        if self.path.exists():
            self._resume(torch.load(self.path))
        else:
            self.averages = [copy.deepcopy(net) for net in self.nets]
        spare(self.unet)

    def _resume(self, state: dict[str, Any]) -> None:
        for net, weights in zip(self.nets, state["live"], strict=True):
            net.load_state_dict(weights)
        self.averages = [copy.deepcopy(net) for net in self.nets]
        for net, weights in zip(self.averages, state["average"], strict=True):
            net.load_state_dict(weights)
        load_all(self.optimizers, state["optimizers"])
        self.step, self.samples = state["step"], state["samples"]

    def save(self) -> None:
        state = {
            "live": [net.state_dict() for net in self.nets],
            "average": [net.state_dict() for net in self.averages],
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        save(self.path, state | {"step": self.step, "samples": self.samples})

    def learn(self, latents: Tensor, texts: list[str], scenes: list[Scene], generator: torch.Generator) -> float:
        """One step; the loss per sample, weighted."""
        noised = add_noise(latents, self.alphas, self.noisiest, generator)
        shown = noised.shown.to(memory_format=torch.channels_last)
        texts = with_wrong_words(texts, noised.times, generator)
        words = self.text(self.vocabulary.rows[self.tokens(texts)])[0]
        with mixed():
            drawn = self.unet(shown, noised.times, words).sample.float()
        loss = noised.loss(drawn) + LAYOUT_WEIGHT * self.layout.loss(scenes, noised.times)
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(self.parameters)
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        step_all(self.optimizers)
        self.step += 1
        if self.step % EMA_EVERY == 0:
            self._average()
        return float(loss.detach())

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(0.99, (1 + self.step) / (10 + self.step)) ** EMA_EVERY
        kept = [p for net in self.averages for p in net.parameters()]
        torch._foreach_lerp_(kept, self.parameters, 1 - keep)


def train_base(team: Team, work: Path, mix: tuple[Part, ...], rates: Rates, seed: int) -> None:
    """Up to step `steps` in all, from the checkpoint where there is one."""
    training = BaseTraining(team, work, rates.peak, rates.noisiest)
    caches = {part.name: Cache(work, part.name) for part in mix}
    history = {
        part.name: History(work, f"base {part.name}", part.batch * team.size, every=50, leads=team.leads)
        for part in mix
    }
    noted = time.time()
    while training.step < rates.steps:
        part = random.Random(seed * 1_000_003 + training.step).choices(mix, [p.share for p in mix])[0]
        rng = random.Random((seed * 1_000_003 + training.step) * 64 + team.rank)
        generator = torch.Generator().manual_seed(rng.getrandbits(40))
        set_rate(training.optimizers, learning_rate(training.step, rates.steps, rates.peak, rates.tail))
        latents, scenes = caches[part.name].draw(part.batch, generator)
        loss = training.learn(latents, [caption(scene, rng) for scene in scenes], scenes, generator)
        training.samples[part.name] = training.samples.get(part.name, 0) + part.batch * team.size
        history[part.name].add(training.step, loss=loss)
        if team.leads and (time.time() - noted > 120 or training.step == rates.steps):
            training.save()
            noted = time.time()
