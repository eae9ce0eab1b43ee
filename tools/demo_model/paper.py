"""Sheets of paper: outlines, and a table where they lie with soft shadow and light edge; a new shape is a function."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

cv2.setNumThreads(1)

RGB = tuple[float, float, float]
Shape = np.ndarray  # (n, 2) corner points, y down


class Sheet(NamedTuple):
    shapes: list[Shape]
    colour: RGB
    lift: float = 1.0
    glows: bool = False


# ---------------------------------------------------------------- shapes
def polygon(*xy: float) -> Shape:
    return np.array(xy, np.float64).reshape(-1, 2)


def arc(
    cx: float, cy: float, rx: float, ry: float | None = None, start: float = 0, end: float = 2 * math.pi, n: int = 40
) -> Shape:
    a = np.linspace(start, end, n)
    return np.stack([cx + rx * np.cos(a), cy + (rx if ry is None else ry) * np.sin(a)], 1)


def box(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Shape:
    if r <= 0:
        return polygon(x0, y0, x1, y0, x1, y1, x0, y1)
    h = math.pi / 2
    return np.concatenate(
        [
            arc(x1 - r, y0 + r, r, None, -h, 0, 6),
            arc(x1 - r, y1 - r, r, None, 0, h, 6),
            arc(x0 + r, y1 - r, r, None, h, 2 * h, 6),
            arc(x0 + r, y0 + r, r, None, 2 * h, 3 * h, 6),
        ]
    )


def spikes(n: int, outer: float, inner: float, turn: float = -math.pi / 2) -> Shape:
    a = turn + np.arange(2 * n) * math.pi / n
    r = np.where(np.arange(2 * n) % 2 == 0, outer, inner)
    return np.stack([r * np.cos(a), r * np.sin(a)], 1)


def limb(start: Shape, end: Shape, first: float, last: float) -> Shape:
    """A capsule from point to point, with these radii."""
    along = math.atan2(*(end - start)[::-1])
    return np.concatenate(
        [
            arc(*start, first, None, along + math.pi / 2, along + 1.5 * math.pi, 8),
            arc(*end, last, None, along - math.pi / 2, along + math.pi / 2, 8),
        ]
    )


def lowered(shape: Shape, by: float) -> Shape:
    return shape + np.array((0.0, by))


def shade(c: RGB, k: float) -> RGB:
    """Darker for k < 0, lighter but still saturated for k > 0."""
    if k < 0:
        return (c[0] * (1 + k), c[1] * (1 + k), c[2] * (1 + k * 0.9))
    return (
        min(255, c[0] + (60 + c[0] * 0.3) * k),
        min(255, c[1] + (60 + c[1] * 0.3) * k),
        min(255, c[2] + (40 + c[2] * 0.2) * k),
    )


# ---------------------------------------------------------------- paper
SHADOW = np.stack([255 - np.arange(256) * k for k in (0.46, 0.46, 0.36)], 1).astype(np.uint8)[None]
EDGE = np.repeat((np.arange(256) * 0.08).astype(np.uint8)[None, :, None], 3, 2)


class Table:
    """The table on which sheets are laid, drawn larger and reduced at the end."""

    def __init__(self, width: int, height: int, scale: int, truth: bool) -> None:
        self.w, self.h, self.scale = width * scale, height * scale, scale
        self.unit = min(self.w, self.h)
        self.rgb = np.zeros((self.h, self.w, 3), np.uint8)
        self.label = np.zeros((self.h, self.w), np.uint8) if truth else None
        self.depth = np.zeros((self.h, self.w), np.uint8) if truth else None

    def lay(self, sheet: Sheet, label: int, depth: int, light: RGB = (1, 1, 1), mask: np.ndarray | None = None) -> None:
        u, lift = self.unit, sheet.lift
        soft = max(3, int(u * 0.03 * lift) | 1)
        dx, dy, rim = max(1, round(u * 0.008 * lift)), max(1, round(u * 0.016 * lift)), max(1, round(u * 0.012))
        points = np.concatenate(sheet.shapes)
        (ax, ay), (bx, by) = points.min(0), points.max(0)
        x0, y0 = max(0, int(ax) - soft), max(0, int(ay) - soft)
        x1, y1 = min(self.w, int(bx) + 2 + soft + dx), min(self.h, int(by) + 2 + soft + dy)
        if min(x1 - x0, y1 - y0) <= max(dx, dy, rim):
            return  # nothing of it, or a sliver, is inside
        roi = self.rgb[y0:y1, x0:x1]
        cut = np.zeros(roi.shape[:2], np.uint8)
        fixed = [np.rint((s - (x0, y0)) * 16).astype(np.int32) for s in sheet.shapes]
        for f in fixed:
            cv2.fillPoly(cut, [f], 255, cv2.LINE_AA, 4)
        blur = cv2.blur(cv2.blur(cut, (soft, soft)), (soft, soft))
        under = roi[dy:, dx:]
        dark = cv2.LUT(cv2.cvtColor(blur[:-dy, :-dx], cv2.COLOR_GRAY2BGR), SHADOW)
        cv2.multiply(under, dark, under, 1 / 255)
        colour = [c if sheet.glows else c * k for c, k in zip(sheet.colour, light, strict=True)]
        for f in fixed:
            cv2.fillPoly(roi, [f], colour, cv2.LINE_AA, 4)
        edge = np.zeros_like(cut)
        edge[rim:, rim:] = cv2.subtract(cut[rim:, rim:], cut[:-rim, :-rim])
        cv2.add(roi, cv2.LUT(cv2.cvtColor(edge, cv2.COLOR_GRAY2BGR), EDGE), roi)
        if self.label is not None and self.depth is not None:
            self.label[y0:y1, x0:x1][cut > 127] = label
            self.depth[y0:y1, x0:x1][cut > 127] = depth
            if mask is not None:
                mask[y0:y1, x0:x1][cut > 127] = 255

    def reduced(self, a: np.ndarray, how: int = cv2.INTER_AREA) -> np.ndarray:
        return cv2.resize(a, (self.w // self.scale, self.h // self.scale), interpolation=how)
