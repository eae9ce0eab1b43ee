"""A large picture as overlapping tiles, and back together without seams."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.request import GenerationRequest, Mask


def tile_boxes(size: Size, tile: Size, overlap: int) -> list[Box]:
    """Row by row, evenly spread, neighbours overlapping by `overlap` or more; none larger than the picture."""
    tile = Size(min(tile.width, size.width), min(tile.height, size.height))
    lefts = starts(size.width, tile.width, overlap)
    tops = starts(size.height, tile.height, overlap)
    return [Box(left, top, left + tile.width, top + tile.height) for top in tops for left in lefts]


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """ceil((length - overlap) / (tile - overlap)) places from 0 to length - tile (A1111's split_grid)."""
    step = max(1, tile - min(overlap, tile - 1))
    count = max(1, math.ceil((length - tile) / step) + 1)
    return [int(index * (length - tile) / (count - 1)) if count > 1 else 0 for index in range(count)]


def tile_of(
    request: GenerationRequest, image: Image.Image, box: Box, mask: Mask | None, step: int
) -> GenerationRequest:
    """The box of a picture redrawn by itself, once, with a seed `step` higher than the request's, which has a picture.

    Control units and regions lie over all of the picture.
    """
    assert request.init
    return replace(
        request,
        init=replace(request.init, image=image, box=box),
        mask=mask,
        size=box.size,
        batch_count=1,
        batch_size=1,
        sampling=replace(request.sampling, seed=request.sampling.seed + step),
    )


def combined(tiles: Iterable[tuple[Box, Image.Image]], size: Size) -> Image.Image:
    """RGB; where tiles overlap, each counts the more the further the pixel lies inside of it."""
    total = np.zeros((size.height, size.width, 3), np.float64)
    weights = np.zeros((size.height, size.width, 1), np.float64)
    for box, image in tiles:
        weight = ramp(box, size)
        place = np.s_[box.top : box.bottom, box.left : box.right]
        total[place] += np.asarray(image.convert("RGB"), np.float64) * weight
        weights[place] += weight
    return Image.fromarray((total / weights).round().astype(np.uint8))


def ramp(box: Box, size: Size) -> np.ndarray:
    """height x width x 1: the distance to the nearest edge of the tile that is no edge of the picture."""
    columns = inside(box.size.width, box.left > 0, box.right < size.width)
    rows = inside(box.size.height, box.top > 0, box.bottom < size.height)
    return (rows[:, None] * columns[None, :])[..., None]


def inside(length: int, has_before: bool, has_after: bool) -> np.ndarray:
    places = np.arange(length, dtype=np.float64) + 0.5
    before = places if has_before else np.full(length, float(length))
    after = length - places if has_after else np.full(length, float(length))
    return np.minimum(before, after)
