"""Trains the reader of the demo world, and reads pictures with it; a new attribute is one more head of the network."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from studio.networks.demo_reader_network import READER_SIZE, DemoReaderNetwork, Reading
from studio.networks.demo_reading import Read, load_reader, read_pictures, summarize
from tools.demo_model.progress import History, rate, save
from tools.demo_model.world import COLOURS, GROUNDS, KINDS, SEGMENTS, SKIES, Picture, Scene, render, sample_scene

COUNTS = {"skies": len(SKIES), "grounds": len(GROUNDS), "segments": len(SEGMENTS), "colours": len(COLOURS)}
FIRST_KIND = len(SEGMENTS) - len(KINDS)
SIDES = (128, 128, 128, 192)
REUSES = 2  # a picture is worn down so many times before the next is drawn


def small(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (READER_SIZE, READER_SIZE), interpolation=cv2.INTER_AREA)


def labels(scene: Scene, picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """Segments and colours (0 = no object) per pixel, at the reader's size."""
    size = (READER_SIZE, READER_SIZE)
    assert picture.segmentation is not None
    segments = cv2.resize(picture.segmentation, size, interpolation=cv2.INTER_NEAREST)
    colours = np.zeros(size, np.uint8)
    for thing, mask in zip(scene.things, picture.masks, strict=True):
        colours[cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127] = 1 + list(COLOURS).index(thing.colour)
    colours[segments < FIRST_KIND] = 0
    return segments, colours


def worn(image: np.ndarray, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Blurred, noisy or recoloured a little, so that the reader judges things, not sharpness."""
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    shift = noise.normal(0, 4, 3) + noise.normal(0, rng.uniform(0, 7), image.shape)
    return np.clip(image.astype(np.float32) + shift, 0, 255).astype(np.uint8)


class Labelled(IterableDataset):  # type: ignore[type-arg]
    """Batches of true pictures: picture, sky and ground, segments, colours, depth."""

    def __init__(self, seed: int, batch: int) -> None:
        self.seed, self.batch = seed, batch

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        rng, noise = random.Random(self.seed), np.random.default_rng(self.seed)
        while True:
            rows = [self._row(rng) for _ in range(self.batch)]
            for _ in range(REUSES):
                again = [(worn(image, rng, noise), *truth) for image, *truth in rows]
                yield tuple(torch.from_numpy(np.stack(column)) for column in zip(*again, strict=True))

    def _row(self, rng: random.Random) -> tuple[np.ndarray, ...]:
        scene, side = sample_scene(rng, 0.4), rng.choice(SIDES)
        picture = render(scene, side, side, truth=True)
        assert picture.depth is not None
        segments, colours = labels(scene, picture)
        whole = np.array([list(SKIES).index(scene.sky), list(GROUNDS).index(scene.ground)])
        return small(picture.image), whole, segments.astype(np.int64), colours.astype(np.int64), small(picture.depth)


def reader_loss(reading: Reading, row: tuple[Tensor, ...]) -> Tensor:
    _, whole, segments, colours, depth = row
    scene = functional.cross_entropy(reading.sky, whole[:, 0]) + functional.cross_entropy(reading.ground, whole[:, 1])
    # the background is most of a picture and always easy: objects count more
    weight = torch.where(segments >= FIRST_KIND, 3.0, 1.0)
    dense = 2 * functional.cross_entropy(reading.segments, segments, reduction="none")
    dense = dense + functional.cross_entropy(reading.colours, colours, reduction="none")
    near = (reading.depth - depth.float() / 255).abs()
    return 0.3 * scene + ((dense + near) * weight).mean()


def train_reader(work: Path, steps: int, batch: int, peak: float, seed: int) -> None:
    path, net = work / "reader.pt", DemoReaderNetwork(**COUNTS).to(memory_format=torch.channels_last)  # type: ignore[call-arg]
    optimizer = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.02, fused=True)
    first = 0
    if path.exists():
        state: dict[str, Any] = torch.load(path)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    history, noted = History(work, "reader", batch, every=50), time.time()
    loader = DataLoader(Labelled(seed + first, batch), batch_size=None, num_workers=1, prefetch_factor=4)
    for step, row in zip(range(first, steps), loader, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps, peak)
        x = to_input(row[0])
        loss = reader_loss(net(x), row)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        history.add(step, loss=float(loss.detach()))
        if time.time() - noted > 60 or step == steps - 1:
            save(path, {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1})
            noted = time.time()


def to_input(pictures: Tensor) -> Tensor:
    x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


class Reader:
    """Reads pictures: the trained network from a training checkpoint or from the bundled model."""

    def __init__(self, weights: Path) -> None:
        if weights.suffix == ".safetensors":
            self.net = load_reader(weights)
        else:
            self.net = DemoReaderNetwork(**COUNTS)
            self.net.load_state_dict(torch.load(weights)["net"])
        self.net = self.net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-arg]

    def reading(self, pictures: np.ndarray) -> Reading:
        return read_pictures(self.net, pictures)

    def read(self, pictures: np.ndarray) -> list[Read]:
        answers: list[Read] = []
        for start in range(0, len(pictures), 16):
            answers += summarize(self.reading(pictures[start : start + 16]))
        return answers
