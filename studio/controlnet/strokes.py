"""What edges become: steps instead of shades ("safe"), or broad strokes (scribbles). Works on 0..1 or 0..255 alike."""

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.controlnet.working_size import Pixels

Edges = NDArray[np.float32]
"""Height x width, 0..1, 1 on an edge."""

STROKE_BLUR = 3.0
HALF = 127
FAINT = 4


def stepped(edges: Edges, steps: int = 2) -> Edges:
    """In `steps` levels, so that hidden pictures in the shades do not come through; 0 leaves the edges as they are."""
    return edges if steps == 0 else np.asarray(np.floor(edges * (steps + 1)) / steps, np.float32).clip(0, 1)


def as_pixels(edges: Edges) -> Pixels:
    return (edges * 255).clip(0, 255).astype(np.uint8)


def broad_strokes(edges: Edges) -> Pixels:
    """The ridges of the edges, as white strokes a hand might draw."""
    blurred = np.asarray(cv2.GaussianBlur(as_pixels(edges).astype(np.float32), (0, 0), STROKE_BLUR), np.float32)
    ridges = np.where(is_ridge(blurred) & (blurred > HALF), 255, 0).astype(np.uint8)
    return np.where(np.asarray(cv2.GaussianBlur(ridges, (0, 0), STROKE_BLUR)) > FAINT, 255, 0).astype(np.uint8)


def is_ridge(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """As large as the largest neighbour across, in one of four directions."""
    lines = [np.zeros((3, 3), np.uint8) for _ in range(4)]
    lines[0][1, :] = lines[1][:, 1] = 1
    lines[2][[0, 1, 2], [0, 1, 2]] = lines[3][[0, 1, 2], [2, 1, 0]] = 1
    return np.any([np.asarray(cv2.dilate(values, line)) == values for line in lines], axis=0)
