"""Control maps of the world's pictures, in the field's formats; a new kind is a function and a row of KINDS_OF_HINT."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from studio.controlnet.poses import Pose, drawn
from studio.controlnet.preprocessors.lineart_standard import lineart_standard
from studio.controlnet.preprocessors.scribble_xdog import scribble_xdog
from studio.controlnet.preprocessors.shuffle import shuffle as moved
from studio.domain.geometry import Size
from studio.networks.demo_reading import SEGMENT_COLOURS, normals_of
from tools.demo_model.world import SEGMENTS, Picture

Hint = np.ndarray  # (h, w, 3) bytes


def grey(lines: np.ndarray) -> Hint:
    return np.repeat(lines[:, :, None], 3, 2)


def canny_edges(image: np.ndarray) -> np.ndarray:
    """White edges on black, (h, w), thresholds 100 and 200."""
    return cv2.Canny(image, 100, 200)


def canny(picture: Picture, rng: random.Random) -> Hint:
    low = rng.choice((60, 100, 100, 140))
    return grey(cv2.Canny(picture.image, low, 2 * low))


def softedge(picture: Picture, rng: random.Random) -> Hint:
    """Edges as a soft ramp: the largest gradient of the channels, blurred."""
    image = cv2.GaussianBlur(picture.image, (0, 0), rng.uniform(1.0, 2.0))
    x, y = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    size = np.sqrt(x * x + y * y).max(2)
    return grey(np.clip(size * (255 / 140), 0, 255).astype(np.uint8))


def detected(detect: Callable[..., Image.Image], picture: Picture, rng: random.Random, **fields: int) -> Hint:
    """The studio's own preprocessor, at the picture's size or twice it, as the page's resolution would have it."""
    side = min(picture.image.shape[:2])
    answer = detect(Image.fromarray(picture.image), side * rng.choice((1, 2)), **fields).convert("RGB")
    return np.asarray(answer.resize(picture.image.shape[1::-1], Image.Resampling.BILINEAR))


def lineart(picture: Picture, rng: random.Random) -> Hint:
    """The studio's, or thin grey lines where neighbouring papers differ."""
    if rng.random() < 0.5:
        return detected(lineart_standard.detect, picture, rng)
    image = cv2.GaussianBlur(picture.image, (0, 0), 0.7)
    shape = np.ones((3, 3), np.uint8)
    size = cv2.subtract(cv2.dilate(image, shape), cv2.erode(image, shape)).max(2)
    return grey(np.clip((size.astype(np.float32) - 14) * rng.uniform(2.2, 3.2), 0, 255).astype(np.uint8))


def scribble(picture: Picture, rng: random.Random) -> Hint:
    """The studio's, or thick, wobbling lines as a hand draws them."""
    if rng.random() < 0.4:
        return detected(scribble_xdog.detect, picture, rng, threshold=32)
    edges = cv2.Canny(cv2.GaussianBlur(picture.image, (0, 0), 1.0), 70, 140)
    height, width = edges.shape
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 1, (2, 6, 6)).astype(np.float32)
    wobble = [cv2.resize(n, (width, height), interpolation=cv2.INTER_CUBIC) * (min(width, height) / 110) for n in noise]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    thick = cv2.dilate(edges, np.ones((3, 3), np.uint8))
    bent = cv2.remap(thick, columns + wobble[0], rows + wobble[1], cv2.INTER_NEAREST)
    return grey(np.where(bent > 127, 255, 0).astype(np.uint8))


def mlsd(picture: Picture, rng: random.Random) -> Hint:
    """Straight segments only."""
    edges = canny_edges(picture.image)
    least = min(edges.shape) // 10
    lines = cv2.HoughLinesP(edges, 1, math.pi / 180, least, minLineLength=least, maxLineGap=3)
    drawn = np.zeros_like(edges)
    for x0, y0, x1, y1 in [] if lines is None else lines.reshape(-1, 4):
        cv2.line(drawn, (int(x0), int(y0)), (int(x1), int(y1)), 255, 1)
    return grey(drawn)


def depth(picture: Picture, rng: random.Random) -> Hint:
    """Near is white."""
    assert picture.depth is not None
    return grey(picture.depth)


def normal(picture: Picture, rng: random.Random) -> Hint:
    assert picture.depth is not None
    return normals_of(picture.depth)


def segments(picture: Picture, rng: random.Random) -> Hint:
    assert picture.segmentation is not None
    return colour_segments(picture.segmentation)


def openpose(picture: Picture, rng: random.Random) -> Hint:
    """The figures' sticks; black where nobody stands. Drawn at the picture's size or twice it, as `lineart` is."""
    height, width = picture.image.shape[:2]
    larger = rng.choice((1, 2))
    poses = [Pose(body=tuple((x / width, y / height) for x, y in joints)) for joints in picture.joints]
    sticks = drawn(poses, Size(width * larger, height * larger))
    return cv2.resize(sticks, (width, height), interpolation=cv2.INTER_AREA)


def colour_segments(labels: np.ndarray) -> Hint:
    """Labels (h, w) after SEGMENTS in ADE20K's colours."""
    return np.array([SEGMENT_COLOURS[name] for name in SEGMENTS], np.uint8)[labels]


def tile(picture: Picture, rng: random.Random) -> Hint:
    """The picture with its detail taken away."""
    height, width = picture.image.shape[:2]
    less = rng.choice((4, 8, 8, 12))
    small = cv2.resize(picture.image, (max(4, width // less), max(4, height // less)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def shuffle(picture: Picture, rng: random.Random) -> Hint:
    """The picture's colours in another order of places."""
    return detected(moved.detect, picture, rng, seed=rng.getrandbits(31))


KINDS_OF_HINT: dict[str, Callable[[Picture, random.Random], Hint]] = {
    "canny": canny,
    "lineart": lineart,
    "softedge": softedge,
    "scribble": scribble,
    "mlsd": mlsd,
    "depth": depth,
    "normal": normal,
    "seg": segments,
    "openpose": openpose,
    "tile": tile,
    "shuffle": shuffle,
}
