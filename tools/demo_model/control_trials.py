"""How well drawn pictures follow a control map, with the net and without it; a new kind is a row of MEASURES."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from studio.networks.demo_reading import JOINTS, article, normals_of
from tools.demo_model.drawing import Settings
from tools.demo_model.hints import canny_edges
from tools.demo_model.score import fresh_scenes
from tools.demo_model.stage_base import LIMBS
from tools.demo_model.stage_control import FAMILIES, TRUTHFUL, hint_of
from tools.demo_model.stage_reader import Reader
from tools.demo_model.trials import BATCH, Bench, Row, detailed_scenes
from tools.demo_model.world import Scene, render

SIDE = 256
NOWHERE = np.full((JOINTS, 2), np.inf)
"""The joints where no figure is found."""


def edge_agreement(first: np.ndarray, second: np.ndarray, pixels: int = 2) -> float:
    """F1 of two edge maps, an edge counting as met within `pixels`."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1,) * 2)
    a, b = first > 127, second > 127
    near_a, near_b = (cv2.dilate(m.astype(np.uint8), disk) > 0 for m in (a, b))
    precision, recall = (a & near_b).sum() / max(1, a.sum()), (b & near_a).sum() / max(1, b.sum())
    return float(2 * precision * recall / max(1e-6, precision + recall))


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two maps."""
    a, b = (m.astype(np.float32).ravel() - float(m.mean()) for m in (first, second))
    return float((a * b).sum() / max(1e-6, float(np.linalg.norm(a) * np.linalg.norm(b))))


def by_edges(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    return edge_agreement(canny_edges(drawn), canny_edges(true))


def by_soft_edges(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    def soft(image: np.ndarray) -> np.ndarray:
        x, y = (cv2.Sobel(cv2.GaussianBlur(image, (0, 0), 2), cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
        return np.sqrt(x * x + y * y).max(2)

    return likeness(soft(drawn), soft(true))


def by_depth(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    near = reader.reading(np.stack([drawn, true])).depth.numpy()
    return likeness(near[0], near[1])


def by_normals(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    near = (reader.reading(np.stack([drawn, true])).depth.numpy() * 255).astype(np.uint8)
    first, second = (normals_of(cv2.GaussianBlur(n, (0, 0), 1.5)).astype(np.float32) for n in near)
    return likeness(first[..., :2], second[..., :2])


def by_segments(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    labels = reader.reading(np.stack([drawn, true])).segments.argmax(1).numpy()
    return float((labels[0] == labels[1]).mean())


def by_visible_pixels(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    """Likeness of what the map does not hide."""
    seen = hint[0] >= 0
    return likeness(drawn[seen], true[seen])


def by_coarse_colours(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    return likeness(*(cv2.resize(i, (SIDE // 8, SIDE // 8), interpolation=cv2.INTER_AREA) for i in (drawn, true)))


def by_palette(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    """Shared part of two colour histograms."""
    a, b = (cv2.calcHist([i], [0, 1, 2], None, [6] * 3, [0, 256] * 3).ravel() / (SIDE * SIDE) for i in (drawn, true))
    return float(np.minimum(a, b).sum())


def by_joints(drawn: np.ndarray, true: np.ndarray, hint: np.ndarray, reader: Reader) -> float:
    """Share of the elbows, hands, knees and feet that lie within a twentieth of the picture of where they should."""
    (first, *_), (second, *_) = ([*reader.figures(image), NOWHERE] for image in (drawn, true))
    return float((np.linalg.norm(first - second, axis=1)[list(LIMBS)] < 0.05).mean())


Measure = Callable[[np.ndarray, np.ndarray, np.ndarray, Reader], float]
MEASURES: dict[str, tuple[str, Measure]] = {
    "canny": ("F1 of edges at 2 px", by_edges),
    "lineart": ("F1 of edges at 2 px", by_edges),
    "softedge": ("correlation of soft edges", by_soft_edges),
    "scribble": ("F1 of edges at 2 px", by_edges),
    "mlsd": ("F1 of edges at 2 px", by_edges),
    "depth": ("correlation of depth", by_depth),
    "normal": ("correlation of normals", by_normals),
    "seg": ("pixels of the same segment", by_segments),
    "openpose": ("elbows, hands, knees and feet in place", by_joints),
    "inpaint": ("correlation of visible pixels", by_visible_pixels),
    "tile": ("correlation of 8x8 patches", by_coarse_colours),
    "shuffle": ("shared palette", by_palette),
}


def residuals(net: Any, hints: Tensor) -> Callable[[Tensor, Tensor, Tensor], dict[str, Any]]:
    both = hints.repeat(2, 1, 1, 1).to(net.dtype)

    def of(shown: Tensor, time: Tensor, words: Tensor) -> dict[str, Any]:
        down, middle = net(shown, time, words, controlnet_cond=both, return_dict=False)
        return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}

    return of


def control(bench: Bench, kind: str) -> list[Row]:
    """Mean agreement over the samples with the net at weight 1, and without it, from the same noise.

    The prompts name the things alone, so that the rest can come from the map only.
    """
    scenes, rng = scenes_for(kind, bench.control_samples), random.Random(30001)
    pictures = [render(scene, SIDE, SIDE, truth=kind in TRUTHFUL) for scene in scenes]
    hints = np.stack([hint_of(kind, picture, rng) for picture in pictures])
    prompts = [bare(scene) for scene in scenes]
    name, measure = MEASURES[kind]

    def agreement(images: np.ndarray) -> list[float]:
        rows = zip(images, pictures, hints, strict=True)
        return [measure(image, picture.image, hint, bench.reader) for image, picture, hint in rows]

    known = " ".join(prompts)  # the same for most kinds
    if known not in bench.kept:
        bench.kept[known] = drawn_along(bench, prompts)
    held = drawn_along(bench, prompts, net_of(bench, kind), hints)
    return [row_of(kind, name, {True: agreement(held), False: agreement(bench.kept[known])})]


def net_of(bench: Bench, kind: str) -> Any:
    return bench.controls[next(name for name, kinds in FAMILIES.items() if kind in kinds)]


def bare(scene: Scene) -> str:
    return " and ".join(f"{article(thing.kind)} {thing.kind}" for thing in scene.things)


def scenes_for(kind: str, count: int) -> list[Scene]:
    return detailed_scenes("figure", count, 30001) if kind == "openpose" else fresh_scenes(count, 30001, 0.3)


def drawn_along(bench: Bench, prompts: list[str], net: Any = None, hints: np.ndarray | None = None) -> np.ndarray:
    """Pictures along their maps, where there is a net."""
    parts = []
    for first in range(0, len(prompts), BATCH):
        part = slice(first, first + BATCH)
        more = residuals(net, torch.from_numpy(hints[part])) if hints is not None else None
        parts.append(bench.painter.draw(prompts[part], Settings(seed=30001 + first), residuals=more))
    return np.concatenate(parts)


def row_of(kind: str, name: str, values: dict[bool, list[float]]) -> Row:
    means = {held: float(np.mean(v)) for held, v in values.items()}
    halves = {held: 1.96 * float(np.std(v)) / len(v) ** 0.5 for held, v in values.items()}
    held, free = (f"{means[each]:.2f} +- {halves[each]:.2f}" for each in (True, False))
    text = f"{held} against {free} without (n = {len(values[True])})"
    row = Row(name=f"ControlNet {kind}: {name}", text=text, value=means[True], least=0.7 if kind == "canny" else None)
    if kind == "canny":
        return row if means[False] <= 0.3 else replace(row, least=1.01)
    clear = means[True] - halves[True] > means[False] + halves[False]
    return replace(row, value=float(clear), least=1.0)
