"""Soft inpainting's own overlay: the new picture is seen where it differs from the old one. A new rule is a step here.

The steps and numbers are A1111's (features.md 2.12): how far the two latents are apart in each cell, grown and smoothed
by weighted percentiles of the neighbourhood, made opacity by a smooth threshold that the mask moves, and blurred.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from studio.domain.geometry import Size
from studio.domain.request import SoftInpainting

Cells = NDArray[np.float64]
RADIUS, DEVIATION = 2, 1.5
HIGH, MIDDLE = (0.9, 1.0), (0.25, 0.75)
BLUR = 4  # pixels


def soft_overlay(new: Tensor, old: Tensor, redrawn: Tensor, soft: SoftInpainting, size: Size) -> Image.Image:
    """L, of `size`. `new` and `old`: 4 x height x width; `redrawn`: the latent mask, height x width in 0..1."""
    apart = np.linalg.norm((new - old).float().cpu().numpy().astype(np.float64), axis=0)
    for share in (HIGH, MIDDLE):
        apart = percentile_mean(apart, *share)
    half = soft.difference_threshold * mask_scale(redrawn.float().cpu().numpy().astype(np.float64), soft.mask_influence)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        kept = 1 / (1 + np.nan_to_num(apart / half, nan=0.0, posinf=1e30) ** soft.difference_contrast)
    levels = (255 * (1 - smootherstep(kept))).astype(np.uint8)
    return Image.fromarray(levels).resize(size, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(BLUR))


def mask_scale(redrawn: Cells, influence: float) -> Cells:
    """By how much the threshold is raised (lowered): 1 everywhere where the mask has no influence."""
    kept = 1 - np.clip(redrawn, 0, 1) ** (influence / 2)
    share = 0.5 * (1 - influence) + kept * influence
    return share / (1.00001 - share)


def smootherstep(x: Cells) -> Cells:
    """Perlin's: 0 and 1 with two flat derivatives."""
    return x**3 * (x * (x * 6 - 15) + 10)


def percentile_mean(cells: Cells, low: float, high: float) -> Cells:
    """Of each cell and its neighbours, weighted by nearness: the mean of what lies between two shares of the weight."""
    values, weights = neighbours(cells)
    order = np.argsort(values, axis=-1)
    values, weights = (np.take_along_axis(each, order, axis=-1) for each in (values, weights))
    ends = np.cumsum(weights, axis=-1)
    ends /= ends[..., -1:]
    starts = np.concatenate([np.zeros_like(ends[..., :1]), ends[..., :-1]], axis=-1)
    within = np.clip(np.minimum(ends, high) - np.maximum(starts, low), 0, None)
    return (values * within).sum(axis=-1) / within.sum(axis=-1)


def neighbours(cells: Cells) -> tuple[Cells, Cells]:
    """height x width x 25 values and weights; beyond the edge the weight is 0."""
    high, wide = cells.shape
    padded, inside = np.pad(cells, RADIUS), np.pad(np.ones_like(cells), RADIUS)
    places = [(y, x) for y in range(2 * RADIUS + 1) for x in range(2 * RADIUS + 1)]
    near = [np.exp(-((y - RADIUS) ** 2 + (x - RADIUS) ** 2) / (2 * DEVIATION**2)) for y, x in places]
    values = [padded[y : y + high, x : x + wide] for y, x in places]
    weights = [inside[y : y + high, x : x + wide] * weight for (y, x), weight in zip(places, near, strict=True)]
    return np.stack(values, axis=-1), np.stack(weights, axis=-1)
