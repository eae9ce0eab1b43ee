"""The kinds of objects cut from paper in a box of -1..1, foot at y = 1; a new kind is a function and a BUILDERS row."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tools.demo_model.paper import RGB, Sheet, arc, box, limb, polygon, shade, spikes

BROWN, DARK, CREAM, STEM = (132, 88, 62), (70, 62, 72), (255, 244, 222), (92, 136, 78)


def house(c: RGB, sky: str) -> list[Sheet]:
    glass = (255, 222, 120) if sky != "day" else (206, 232, 238)
    roof = (126, 70, 62)
    return [
        Sheet([box(0.34, -0.88, 0.58, -0.2)], shade(roof, -0.25), 0.6),
        Sheet([box(-0.78, -0.22, 0.78, 1)], c),
        Sheet([polygon(-1.0, -0.1, 0, -1, 1.0, -0.1)], roof),
        Sheet([box(-0.5, 0.3, -0.08, 1, 0.1)], BROWN, 0.6),
        Sheet([box(0.16, 0.22, 0.6, 0.64)], CREAM, 0.6),
        Sheet([box(0.23, 0.29, 0.53, 0.57)], glass, 0.3, True),
    ]


def tree(c: RGB, sky: str) -> list[Sheet]:
    crown = [arc(-0.46, -0.1, 0.42), arc(0.46, -0.1, 0.42), arc(0, -0.48, 0.52), arc(0, 0, 0.44)]
    light = [arc(-0.3, -0.24, 0.25), arc(0.04, -0.54, 0.3), arc(-0.05, -0.2, 0.26)]
    return [
        Sheet([polygon(-0.12, 0.2, 0.12, 0.2, 0.2, 1, -0.2, 1)], BROWN),
        Sheet(crown, c),
        Sheet(light, shade(c, 0.3), 0.6),
    ]


def car(c: RGB, sky: str) -> list[Sheet]:
    glass = (255, 226, 140) if sky == "night" else (214, 234, 238)
    cabin = polygon(-0.62, 0.24, -0.42, -0.24, 0.3, -0.24, 0.62, 0.24)
    wheels = [
        s
        for x in (-0.54, 0.54)
        for s in (Sheet([arc(x, 0.72, 0.28)], DARK, 0.7), Sheet([arc(x, 0.72, 0.12)], CREAM, 0.3))
    ]
    return [
        Sheet([cabin], shade(c, -0.14)),
        Sheet(
            [
                polygon(-0.46, 0.2, -0.32, -0.1, -0.04, -0.1, -0.04, 0.2),
                polygon(0.06, 0.2, 0.06, -0.1, 0.24, -0.1, 0.44, 0.2),
            ],
            glass,
            0.4,
            True,
        ),
        Sheet([box(-1.0, 0.18, 1.0, 0.74, 0.2)], c),
        Sheet([box(0.84, 0.32, 0.99, 0.48, 0.06)], (255, 232, 150), 0.3, True),
        *wheels,
    ]


def boat(c: RGB, sky: str) -> list[Sheet]:
    x = np.linspace(-1.12, 1.12, 41)
    water = [
        np.concatenate([np.stack([x, b + 0.05 * np.cos(x * 11 + p)], 1), arc(0, b + 0.06, 1.12, 0.24, 0, math.pi, 20)])
        for b, p in ((0.66, 0.0), (0.8, 2.2))
    ]
    return [
        Sheet([water[0]], (92, 160, 190), 0.6),
        Sheet([box(-0.06, -0.95, 0.06, 0.5)], BROWN, 0.6),
        Sheet([polygon(0.1, -0.86, 0.1, 0.2, 0.78, 0.2)], CREAM),
        Sheet([polygon(-0.1, -0.6, -0.1, 0.2, -0.6, 0.2)], shade(CREAM, -0.07)),
        Sheet([polygon(-0.92, 0.32, 0.92, 0.32, 0.6, 0.86, -0.6, 0.86)], c),
        Sheet([water[1]], (120, 184, 206), 0.6),
    ]


def bench(c: RGB, sky: str) -> list[Sheet]:
    legs = [box(-0.76, -0.3, -0.58, 1), box(0.58, -0.3, 0.76, 1)]
    planks = [Sheet([box(-1, y, 1, y + 0.25, 0.06)], c, 0.7) for y in (-0.34, -0.02)]
    return [Sheet(legs, DARK, 0.8), *planks, Sheet([box(-1.08, 0.36, 1.08, 0.62, 0.08)], shade(c, -0.1))]


def bus_stop_sign(c: RGB, sky: str) -> list[Sheet]:
    bus = [box(-0.36, -0.78, 0.36, -0.28, 0.1), arc(-0.2, -0.25, 0.1), arc(0.2, -0.25, 0.1)]
    panes = [box(-0.27, -0.68, -0.05, -0.48), box(0.05, -0.68, 0.27, -0.48)]
    ink = shade(c, -0.3) if sum(c) < 700 else (92, 110, 140)
    plate = Sheet([box(-0.62, -1, 0.62, 0, 0.16)], c)
    return [
        Sheet([box(-0.1, -0.2, 0.1, 0.98)], DARK),
        Sheet([box(-0.34, 0.86, 0.34, 1, 0.06)], DARK),
        plate,
        Sheet(bus, CREAM if sum(c) < 700 else ink, 0.5),
        Sheet(panes, c if sum(c) < 700 else CREAM, 0.2),
    ]


def ball(c: RGB, sky: str) -> list[Sheet]:
    other = CREAM if sum(c) < 700 else (226, 120, 104)
    wedges = [np.concatenate([polygon(-0.12, 0.04), arc(0, 0.2, 0.79, None, a, a + 0.95, 12)]) for a in (0.1, 2.2, 4.3)]
    return [Sheet([arc(0, 0.2, 0.8)], c, 1.2), Sheet(wedges, other, 0.3), Sheet([arc(-0.12, 0.04, 0.17)], c, 0.4)]


def flower(c: RGB, sky: str) -> list[Sheet]:
    petals = [arc(0.44 * math.cos(a), -0.36 + 0.44 * math.sin(a), 0.3) for a in np.arange(6) * math.pi / 3 + 0.5]
    leaves = [
        arc(-0.3, 0.62, 0.3, 0.13) @ np.array([[1, 0.3], [0, 1]]),
        arc(0.3, 0.5, 0.3, 0.13) @ np.array([[1, -0.3], [0, 1]]),
    ]
    eye = (250, 204, 84) if c[0] < 246 or c[2] > 150 else (214, 110, 60)
    return [
        Sheet([box(-0.08, -0.2, 0.08, 1)], STEM, 0.7),
        Sheet(leaves, shade(STEM, 0.14), 0.7),
        Sheet(petals, c),
        Sheet([arc(0, -0.36, 0.26)], eye, 0.7),
    ]


def sun(c: RGB, sky: str) -> list[Sheet]:
    return [
        Sheet([spikes(12, 1.0, 0.62)], shade(c, -0.08)),
        Sheet([arc(0, 0, 0.62)], c, 0.8),
        Sheet([arc(0, 0, 0.42)], shade(c, 0.3), 0.4),
    ]


def moon(c: RGB, sky: str) -> list[Sheet]:
    mid = 0.22 * math.pi
    rim = [
        arc(0, 0, 0.95, None, mid - 2.1, mid + 2.1, 40),
        arc(-0.38 * math.cos(mid), -0.38 * math.sin(mid), 0.83, None, mid + 1.75, mid - 1.75, 30),
    ]
    return [
        Sheet([np.concatenate(rim)], c, 1.1),
        Sheet([arc(0.62, 0.3, 0.14), arc(0.42, 0.66, 0.1)], shade(c, -0.13), 0.3),
    ]


def star(c: RGB, sky: str) -> list[Sheet]:
    return [Sheet([spikes(5, 1.0, 0.48)], c, 1.1), Sheet([spikes(5, 0.62, 0.3)], shade(c, 0.3), 0.5)]


def cloud(c: RGB, sky: str) -> list[Sheet]:
    back = [arc(-0.5, 0.1, 0.4), arc(0.02, -0.18, 0.52), arc(0.56, 0.08, 0.42), box(-0.86, 0.1, 0.96, 0.5, 0.2)]
    front = [arc(-0.62, 0.3, 0.3), arc(-0.2, 0.16, 0.36), arc(0.26, 0.26, 0.3), box(-0.9, 0.3, 0.56, 0.6, 0.15)]
    return [Sheet(back, shade(c, -0.06)), Sheet(front, shade(c, 0.22) if sum(c) < 700 else c)]


def umbrella(c: RGB, sky: str) -> list[Sheet]:
    roof = np.concatenate(
        [arc(0, 0.0, 0.95, 0.9, math.pi, 2 * math.pi, 24)]
        + [arc(x, 0.0, 0.19, 0.12, 0, -math.pi, 8) for x in (0.76, 0.38, 0.0, -0.38, -0.76)]
    )
    ribs = [polygon(0, -0.9, 0.19, -0.1, -0.19, -0.1)]
    crook = limb(np.array([0.0, 0.88]), np.array([0.2, 0.84]), 0.06, 0.05)
    return [
        Sheet([box(-0.05, -0.95, 0.05, 0.85), crook], BROWN, 0.5),
        Sheet([roof], c),
        Sheet(ribs, shade(c, 0.3), 0.3),
    ]


def balloon(c: RGB, sky: str) -> list[Sheet]:
    """A hot-air balloon with its basket."""
    stripes = [polygon(-0.16, -0.98, 0.16, -0.98, 0.2, 0.3, -0.2, 0.3)]
    body = np.concatenate([arc(0, -0.3, 0.72, 0.7, 0.75 * math.pi, 2.25 * math.pi, 30), polygon(0.2, 0.5, -0.2, 0.5)])
    return [
        Sheet(
            [
                polygon(-0.2, 0.45, -0.12, 0.45, -0.1, 0.8, -0.16, 0.8),
                polygon(0.2, 0.45, 0.12, 0.45, 0.1, 0.8, 0.16, 0.8),
            ],
            DARK,
            0.3,
        ),
        Sheet([body], c),
        Sheet(stripes, CREAM if sum(c) < 700 else (226, 120, 104), 0.3),
        Sheet([box(-0.2, 0.7, 0.2, 1.0, 0.05)], BROWN, 0.5),
    ]


BUILDERS: dict[str, Callable[[RGB, str], list[Sheet]]] = {
    "house": house,
    "tree": tree,
    "car": car,
    "boat": boat,
    "bench": bench,
    "bus stop sign": bus_stop_sign,
    "sun": sun,
    "moon": moon,
    "star": star,
    "cloud": cloud,
    "ball": ball,
    "flower": flower,
    "umbrella": umbrella,
    "balloon": balloon,
}
