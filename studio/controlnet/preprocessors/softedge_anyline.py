"""softedge_anyline: edges by TEED joined with dark lines, for drawings with fine detail."""

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.strokes import Edges, stepped
from studio.controlnet.weight_files import ANYLINE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Slider
from studio.domain.things import preprocessor

SURROUNDINGS = 2.0
NOISE = 3
FAINTEST = 16.0
SMALLEST = 36
"""Pixels: what is smaller is no line."""


def fine_lines(pixels: Pixels) -> Edges:
    """What is darker than its nearest surroundings, without specks."""
    picture = pixels.astype(np.float32)
    ink = (cv2.GaussianBlur(picture, (0, 0), SURROUNDINGS) - picture).min(axis=2).clip(0, 255)
    lines = ink[ink > NOISE]
    strength = max(FAINTEST, float(np.median(lines)) if lines.size else 0.0)
    drawn = (ink / strength * 127).clip(0, 255).astype(np.uint8)
    _, labels, about, _ = cv2.connectedComponentsWithStats((drawn > 0).astype(np.uint8), connectivity=4)
    is_line = np.asarray(about)[:, cv2.CC_STAT_AREA] >= SMALLEST
    return np.asarray(np.where(is_line[np.asarray(labels)], drawn, 0) / 255, np.float32)


@preprocessor(
    "softedge_anyline",
    Slider(name="steps", label="Safe Steps", minimum=0, maximum=10, default=2),
    types=("SoftEdge",),
    needs=(ANYLINE,),
    resolution=1280,
)
def softedge_anyline(image: Image.Image, resolution: int, weights: Weights, *, steps: int) -> Image.Image:
    """Both are laid over each other as light is: 1 - (1 - a)(1 - b)."""

    from studio.controlnet.edge_networks import teed

    def detect(pixels: Pixels) -> Pixels:
        edges = stepped(teed(pixels, weights, ANYLINE), steps)
        both = 1 - (1 - edges) * (1 - fine_lines(pixels))
        return (both * 255).clip(0, 255).astype(np.uint8)

    return at_working_size(image, resolution, detect)
