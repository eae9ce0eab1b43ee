"""Trains the reader of the demo world, and reads pictures with it; a new attribute is one more head of the network."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from studio.networks.demo_reader_network import MAP_SIZE, READER_SIZE, DemoReaderNetwork, Reading
from studio.networks.demo_reading import (
    COUNTS,
    DETAILS,
    FIRST_KIND,
    JOINTS,
    Read,
    figures_of,
    load_reader,
    read_pictures,
    summarize,
)
from tools.demo_model.people import FINGERS, OWN_COLOUR
from tools.demo_model.progress import History, rate, save
from tools.demo_model.world import COLOURS, GROUNDS, SKIES, Picture, Scene, render, sample_scene

SPREAD = 1.3  # of a joint's bell, in pixels of the reader's maps
SIDES = (128, 128, 128, 192)
REUSES = 2  # a picture is worn down so many times before the next is drawn


def small(image: np.ndarray, side: int = READER_SIZE) -> np.ndarray:
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)


def labels(scene: Scene, picture: Picture, side: int = MAP_SIZE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments, colours and details (0 = none) per pixel, (side, side)."""
    assert picture.segmentation is not None
    segments = cv2.resize(picture.segmentation, (side, side), interpolation=cv2.INTER_NEAREST)
    colours, details = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    for thing, mask in zip(scene.things, picture.masks, strict=True):
        inside = small(mask, side) > 127
        colours[inside] = 1 + list(COLOURS).index(thing.colour)
        details[inside] = 1 + DETAILS.index(thing.detail) if thing.detail else 0
    for each in (colours, details):
        each[segments < FIRST_KIND] = 0
    return segments, colours, details


def joint_bells(picture: Picture) -> np.ndarray:
    """(JOINTS, 64, 64) bytes: 255 where a joint is, falling off as a bell."""
    line, height = np.arange(MAP_SIZE) + 0.5, picture.image.shape[0]
    bells = np.zeros((JOINTS, MAP_SIZE, MAP_SIZE))
    for joints in picture.joints:
        rows, columns = (
            np.exp(-((line - at[:, None]) ** 2) / (2 * SPREAD**2)) for at in joints.T[::-1] * MAP_SIZE / height
        )
        bells = np.maximum(bells, rows[:, :, None] * columns[:, None, :])
    return (bells * 255).astype(np.uint8)


def varied(scene: Scene, rng: random.Random) -> Scene:
    """With the two characters and the faulty hands that the base is never shown."""
    things = []
    for thing in scene.things:
        if thing.kind == "figure" and rng.random() < 0.4:
            who = rng.choice(list(OWN_COLOUR))
            thing = replace(thing, kind=who, colour=OWN_COLOUR[who])
        elif thing.kind == "hand":
            thing = replace(thing, detail=rng.choice(list(FINGERS)))
        things.append(thing)
    return replace(scene, things=tuple(things))


def worn(image: np.ndarray, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Blurred, noisy or recoloured a little, so that the reader judges things, not sharpness."""
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    shift = noise.normal(0, 4, 3) + noise.normal(0, rng.uniform(0, 7), image.shape)
    return np.clip(image.astype(np.float32) + shift, 0, 255).astype(np.uint8)


class Labelled(IterableDataset):  # type: ignore[type-arg]
    """Batches of true pictures: picture, sky and ground, segments, colours, details, joints, depth."""

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
        scene, side = varied(sample_scene(rng, 0.4, 0.65), rng), rng.choice(SIDES)
        picture = render(scene, side, side, truth=True)
        assert picture.depth is not None
        dense = [each.astype(np.int64) for each in labels(scene, picture)]
        whole = np.array([list(SKIES).index(scene.sky), list(GROUNDS).index(scene.ground)])
        return small(picture.image), whole, *dense, joint_bells(picture), small(picture.depth, MAP_SIZE)


def reader_loss(reading: Reading, row: tuple[Tensor, ...]) -> Tensor:
    _, whole, segments, colours, details, joints, depth = row
    scene = functional.cross_entropy(reading.sky, whole[:, 0]) + functional.cross_entropy(reading.ground, whole[:, 1])
    # the background is most of a picture and always easy: objects count more
    weight = torch.where(segments >= FIRST_KIND, 3.0, 1.0)
    dense = 2 * functional.cross_entropy(reading.segments, segments, reduction="none")
    dense = dense + functional.cross_entropy(reading.colours, colours, reduction="none")
    dense = dense + torch.where(details > 0, 4.0, 1.0) * functional.cross_entropy(
        reading.details, details, reduction="none"
    )
    near = (reading.depth - depth.float() / 255).abs()
    bell = joints.float() / 255
    # a joint is a few pixels of 4,096, and a knee must not be taken for the other one
    far = ((reading.joints.sigmoid() - bell).square() * (1 + 300 * bell.amax(1, keepdim=True))).sum(1)
    return 0.3 * scene + ((dense + near) * weight + 2 * far).mean()


def train_reader(work: Path, steps: int, batch: int, peak: float, seed: int) -> None:
    path, net = work / "reader.pt", DemoReaderNetwork(COUNTS).to(memory_format=torch.channels_last)  # type: ignore[call-arg]
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
            self.net = DemoReaderNetwork(COUNTS)
            self.net.load_state_dict(torch.load(weights)["net"])
        self.net = self.net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-arg]

    def reading(self, pictures: np.ndarray) -> Reading:
        return read_pictures(self.net, pictures)

    def figures(self, picture: np.ndarray) -> list[np.ndarray]:
        return figures_of(self.net, picture)

    def read(self, pictures: np.ndarray) -> list[Read]:
        answers: list[Read] = []
        for start in range(0, len(pictures), 16):
            answers += summarize(self.reading(pictures[start : start + 16]))
        return answers
