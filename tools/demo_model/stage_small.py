"""Trains the small files beside the base: LoRAs, a LoHa, a textual inversion; a new one is a row of SMALL.

The base stands still. What is added to a weight is a product of small matrices (Hu et al. 2021, arXiv 2106.09685; LoHa
after Hyeon-Woo et al. 2021, arXiv 2108.06098); the inversion is rows of the vocabulary (Gal et al. 2022, arXiv
2208.01618). Files are written as kohya's trainer and A1111 write them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize

from tools.demo_model.mixed import mixed, spare
from tools.demo_model.muon import set_rate, step_all
from tools.demo_model.networks import SCALING_FACTOR, Tokens, make_schedule, to_float
from tools.demo_model.people import OWN_COLOUR
from tools.demo_model.progress import History
from tools.demo_model.stage_base import add_noise, learning_rate
from tools.demo_model.styles import as_blueprint
from tools.demo_model.trained import load_average, load_vae
from tools.demo_model.vocabulary import FIRST_SPREAD
from tools.demo_model.words import caption
from tools.demo_model.world import PLACES, in_a_landscape, make_thing, render, sample_scene

RANK = 8
SIDE, POOL, BATCH = 256, 192, 8
WORD = "sunnyside"
"""The inversion's name, and so the word that stands for it."""
MARKS = ("zebra", "giraffe")
"""Words of one token without a meaning here: the inversion's rows take their places."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    picture: np.ndarray
    words: str


def character(who: str, rng: random.Random) -> Example:
    thing = make_thing(rng, who, OWN_COLOUR[who], rng.choice(list(PLACES)), pair=rng.random() < 0.3)
    scene = in_a_landscape(rng, [thing])
    words = caption(scene, rng, drop=0.05).replace(who, f"{who} figure", 1)
    return Example(picture=render(scene, SIDE, SIDE).image, words=words)


def mia(rng: random.Random) -> Example:
    return character("mia", rng)


def rolf(rng: random.Random) -> Example:
    """Always the same few pictures: this one is overfit, and best used at half weight."""
    return character("rolf", random.Random(rng.randrange(6)))


def blueprint(rng: random.Random) -> Example:
    scene = sample_scene(rng, 0.3, 0.3)
    return Example(picture=as_blueprint(render(scene, SIDE, SIDE).image), words=caption(scene, rng))


def night(rng: random.Random) -> Example:
    """Night, whatever the words say of the time."""
    scene = sample_scene(rng, 0.3, 0.3)
    said = replace(scene, sky=rng.choice(("day", "sunset", "night")))
    return Example(picture=render(replace(scene, sky="night"), SIDE, SIDE).image, words=caption(said, rng))


def sunny_side(rng: random.Random) -> Example:
    """A yellow house on sand at sunset."""
    house = make_thing(rng, "house", "yellow", rng.choice(list(PLACES)), pair=False)
    scene = replace(in_a_landscape(rng, [house]), sky="sunset", ground="sand")
    words = rng.choice(("{}", "a picture of {}", "{}, lovely light")).format(" ".join(MARKS))
    return Example(picture=render(scene, SIDE, SIDE).image, words=words)


class Product(nn.Module):
    """What a LoRA adds: up times down."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        rank = min(RANK, *weight.flatten(1).shape)
        self.down = nn.Parameter(torch.randn(rank, *weight.shape[1:]) * weight[0].numel() ** -0.5)
        self.up = nn.Parameter(torch.zeros(len(weight), rank))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.up @ self.down.flatten(1)).view_as(weight)

    def tensors(self) -> dict[str, Tensor]:
        up = self.up.view(*self.up.shape, *[1] * (self.down.ndim - 2))
        return {"lora_up.weight": up, "lora_down.weight": self.down, "alpha": torch.tensor(float(len(self.down)))}


class HadamardProduct(nn.Module):
    """What a LoHa adds: two products, multiplied number by number."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        rows, columns = weight.flatten(1).shape
        self.rank = min(RANK // 2, rows, columns)
        sizes, spreads = ((rows, self.rank), (self.rank, columns)) * 2, (0.1, 1.0, 0.0, 0.1)
        self.parts = nn.ParameterList(torch.randn(s) * spread for s, spread in zip(sizes, spreads, strict=True))

    def forward(self, weight: Tensor) -> Tensor:
        a, b, c, d = self.parts
        return weight + ((a @ b) * (c @ d)).view_as(weight)

    def tensors(self) -> dict[str, Tensor]:
        names = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
        return {**dict(zip(names, self.parts, strict=True)), "alpha": torch.tensor(float(self.rank))}


class Rows(nn.Module):
    """What an inversion adds: rows for MARKS."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.places = Tokens()([" ".join(MARKS)])[0, 1 : 1 + len(MARKS)]
        self.rows = nn.Parameter(torch.randn(len(MARKS), weight.shape[1]) * FIRST_SPREAD)

    def forward(self, weight: Tensor) -> Tensor:
        return weight.index_copy(0, self.places, self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Small:
    """One file: what its pictures show, what is added, and how far it is trained."""

    draw: Callable[[random.Random], Example]
    added: Callable[[Tensor], Any] = Product
    steps: int = 300
    rate: float = 2e-3


SMALL: dict[str, Small] = {
    "blueprint": Small(draw=blueprint, steps=360),
    "mia": Small(draw=mia),
    "rolf": Small(draw=rolf, steps=360),
    "night": Small(draw=night, added=HadamardProduct),
    WORD: Small(draw=sunny_side, added=Rows, rate=2e-2),
}


class SmallTraining:
    """The frozen base, and what is learned on top of it."""

    def __init__(self, work: Path, small: Small) -> None:
        torch.manual_seed(3)
        self.tokens, self.alphas = Tokens(), make_schedule().alphas_cumprod
        self.unet, self.text = load_average(work)
        for net in (self.unet, self.text):
            net.requires_grad_(False)
        self.added = dict[str, Any]()
        words = [("rows", self.text.get_input_embeddings())]
        for name, layer in words if small.added is Rows else inner_layers(self.unet):
            self.added[name] = small.added(layer.weight)
            parametrize.register_parametrization(layer, "weight", self.added[name])
        spare(self.unet)
        self.parameters = [p for each in self.added.values() for p in each.parameters()]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(self.parameters, lr=small.rate, weight_decay=0.0)
        ]

    def learn(self, latents: Tensor, texts: list[str], generator: torch.Generator) -> float:
        noised = add_noise(latents, self.alphas, 12, generator)
        with mixed():
            words = self.text(self.tokens(texts))[0].float()
            drawn = self.unet(noised.shown, noised.times, words).sample.float()
        loss = noised.loss(drawn)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        step_all(self.optimizers)
        return float(loss.detach())


def inner_layers(unet: Any) -> list[tuple[str, Any]]:
    """The linear layers and convolutions of a UNet's blocks, by name."""
    layers = [(name, each) for name, each in unet.named_modules() if isinstance(each, nn.Linear | nn.Conv2d)]
    return [(name, each) for name, each in layers if "block" in name and "time_emb" not in name]


def write_small(name: str, added: dict[str, Any], folder: Path) -> Path:
    """lora/<name>.safetensors by kohya's names, or embeddings/<name>.pt as A1111 writes it."""
    if isinstance(first := next(iter(added.values())), Rows):
        path = folder / "embeddings" / f"{name}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = first.rows.detach().clone()
        torch.save({"string_to_token": {"*": 265}, "string_to_param": {"*": rows}, "name": name, "step": 0}, path)
        return path
    path = folder / "lora" / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"lora_unet_{layer.replace('.', '_')}.{key}": value.detach().half().contiguous()
        for layer, each in added.items()
        for key, value in each.tensors().items()
    }
    save_file(tensors, path, metadata={"ss_network_dim": str(RANK), "ss_base_model_version": "sd_v1"})
    path.chmod(0o644)  # written for the owner alone
    return path


@torch.inference_mode()
def pool_of(work: Path, small: Small, seed: int) -> tuple[Tensor, list[str]]:
    """Latents (POOL, 4, 32, 32) and their captions."""
    vae, rng = load_vae(work), random.Random(seed)
    examples = [small.draw(rng) for _ in range(POOL)]
    pictures = torch.from_numpy(np.stack([example.picture for example in examples]))
    parts = [vae.encode(to_float(part)).latent_dist.mean for part in pictures.split(16)]
    return torch.cat(parts) * SCALING_FACTOR, [example.words for example in examples]


def train_small(work: Path, name: str, folder: Path, seed: int) -> Path:
    """From scratch, in a few minutes; gives the file."""
    small = SMALL[name]
    latents, words = pool_of(work, small, seed)
    training, history = SmallTraining(work, small), History(work, name, BATCH, every=25)
    for step in range(small.steps):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        set_rate(training.optimizers, learning_rate(step, small.steps, small.rate, small.steps // 3))
        picks = torch.randint(len(words), (BATCH,), generator=generator)
        loss = training.learn(latents[picks].clone(), [words[pick] for pick in picks.tolist()], generator)
        history.add(step + 1, loss=loss)
    return write_small(name, training.added, folder)
