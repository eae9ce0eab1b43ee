"""Another style of the world's pictures, and how much of it a picture has."""

from __future__ import annotations

import cv2
import numpy as np

INK, PAPER = np.array([22, 52, 128.0]), np.array([232, 242, 255.0])


def duotone(grey: np.ndarray) -> np.ndarray:
    """(h, w) of 0..1 between ink and paper, (h, w, 3)."""
    return INK + (PAPER - INK) * grey[..., None]


def as_blueprint(image: np.ndarray) -> np.ndarray:
    """White lines where papers meet, on blue that follows the picture's lightness."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    soft = cv2.GaussianBlur(image, (0, 0), image.shape[0] / 200)
    x, y = (cv2.Sobel(soft, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
    lines = np.clip(np.sqrt(x * x + y * y).max(2) / 110 - 0.25, 0, 1)
    return duotone(np.maximum(0.55 * grey, lines)).clip(0, 255).astype(np.uint8)


def is_blueprint(image: np.ndarray) -> bool:
    """Whether nearly all of its colours lie between ink and paper."""
    along = PAPER - INK
    part = ((image - INK) @ along / (along @ along)).clip(0, 1)
    return bool(np.abs(image - duotone(part)).mean() < 9)
