"""Faces, figures, hands and windows cut from paper, each with a detail: an expression, a pose, fingers, curtains.

As in `kinds.py` they stand in a box of -1..1, foot at y = 1. A new detail is a row of EXPRESSIONS, POSES, FINGERS or
CURTAINS; a new kind is a function and a row of PEOPLE.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tools.demo_model.kinds import BROWN, CREAM, DARK
from tools.demo_model.paper import RGB, Shape, Sheet, arc, box, limb, lowered, polygon, shade

SKIN: RGB = (244, 200, 164)
LIP: RGB = (176, 62, 70)
YELLOW: RGB = (250, 202, 66)
STEEL: RGB = (128, 150, 172)

# brow: height, and how far its inner end is raised; mouth: half width, and how far its corners are raised
EXPRESSIONS: dict[str, tuple[float, float, float, float]] = {
    "happy": (-0.3, 0.0, 0.34, 0.17),
    "sad": (-0.27, 0.12, 0.26, -0.16),
    "surprised": (-0.42, 0.03, 0.15, 0.0),
    "angry": (-0.2, -0.13, 0.26, -0.05),
}
# angles from straight down, outwards, in radians: right and left upper arm, lower arm, thigh, shin
POSES: dict[str, tuple[float, ...]] = {
    "standing": (0.3, 0.3, 0.15, 0.15, 0.1, 0.1, 0.06, 0.06),
    "waving": (0.3, 2.1, 0.15, 2.9, 0.1, 0.1, 0.06, 0.06),
    "arms up": (2.4, 2.4, 2.8, 2.8, 0.16, 0.16, 0.12, 0.12),
    "walking": (0.75, 0.2, 0.95, -0.35, 0.5, 0.35, 0.25, 0.75),
}
FINGERS: dict[str, tuple[int, ...]] = {  # which of six slots beside the thumb hold a finger
    "five fingers": (0, 1, 3, 4),
    "four fingers": (0, 1, 4),
    "six fingers": (0, 1, 2, 3, 4),
}
CURTAINS = ("no curtains", "curtains", "a figure", "a figure and curtains")
DETAILS: dict[str, tuple[str, ...]] = {
    "face": tuple(EXPRESSIONS),
    "figure": tuple(POSES),
    "mia": tuple(POSES),
    "rolf": tuple(POSES),
    "hand": tuple(FINGERS),
    "window": CURTAINS,
}
OWN_COLOUR = {"mia": "yellow", "rolf": "blue"}
REACH = (0.3, 0.3, 0.28, 0.28, 0.43, 0.43, 0.42, 0.42)  # lengths of the limbs that POSES turns
STILL = (0.0,) * 8


def smile(y: float, half: float, rise: float) -> Shape:
    """A mouth of even thickness whose corners are `rise` above its middle."""
    x = np.linspace(-half, half, 15)
    line = y - rise * (x / half) ** 2 + rise / 2
    thick = 0.055 + 0.05 * (1 - (x / half) ** 2)
    return np.concatenate([np.stack([x, line - thick], 1), np.stack([x, line + thick], 1)[::-1]])


def face(c: RGB, sky: str, detail: str, bend: tuple[float, ...] = STILL) -> list[Sheet]:
    height, inner, half, rise = EXPRESSIONS[detail]
    wide = detail == "surprised"
    eyes = [arc(x, -0.04, 0.14, 0.15 if wide else 0.1) for x in (-0.26, 0.26)]
    pupils = [arc(x + 0.03 * bend[0], -0.03, 0.075) for x in (-0.26, 0.26)]
    brows = [limb(np.array([s * 0.42, height]), np.array([s * 0.13, height - inner]), 0.05, 0.05) for s in (-1, 1)]
    mouth = arc(0, 0.42, half, 0.17) if wide else smile(0.4, half, rise)
    fringe = np.concatenate(
        [arc(0, 0.0, 0.7, 0.76, math.pi, 2 * math.pi, 24), arc(0, -0.02, 0.6, 0.46, 2 * math.pi, math.pi, 24)]
    )
    return [
        Sheet([arc(0, -0.1, 0.84, 0.82), box(-0.84, -0.12, 0.84, 0.66, 0.25)], shade(c, -0.12)),
        Sheet([arc(0, 1.2, 0.92, 0.42)], STEEL),
        Sheet([box(-0.2, 0.5, 0.2, 0.95, 0.1)], shade(SKIN, -0.1), 0.5),
        Sheet([arc(0, 0.03, 0.62, 0.72)], SKIN, 0.8),
        Sheet([fringe], c, 0.7),
        Sheet(eyes, CREAM, 0.3),
        Sheet(pupils, DARK, 0.2),
        Sheet(brows, shade(BROWN, -0.3), 0.3),
        Sheet([mouth], LIP if not wide else shade(LIP, -0.25), 0.3),
    ]


def joints(detail: str, bend: tuple[float, ...] = STILL) -> np.ndarray:
    """The 18 joints of OpenPose's body, (18, 2): nose, neck, right arm, left arm, right leg, left leg, eyes, ears.

    The figure faces us: its right is on our left. `bend` turns the limbs by so many radians.
    """
    angles = [a + b for a, b in zip(POSES[detail], bend, strict=True)]
    out = np.zeros((18, 2))
    out[0], out[1] = (0.0, -0.72), (0.0, -0.52)
    for s, first, side in ((-1, 2, 0), (1, 5, 1)):
        out[first] = (s * 0.19, -0.48)
        out[first + 6] = (s * 0.11, 0.14)
        for base, limbs in ((first, (side, 2 + side)), (first + 6, (4 + side, 6 + side))):
            for n, number in enumerate(limbs):
                away = s if detail != "walking" or base == first else 1.0  # who walks, walks to one side
                turn = angles[number] * (1 if detail != "walking" or base == first or side else -1)
                step = np.array([away * math.sin(turn), math.cos(turn)]) * REACH[number]
                out[base + n + 1] = out[base + n] + step
    out[14:18] = [(-0.07, -0.77), (0.07, -0.77), (-0.15, -0.75), (0.15, -0.75)]
    lowest = max(out[10, 1], out[13, 1])
    out[:, 1] += 0.95 - lowest  # it stands on the ground
    return out


def limbs(at: np.ndarray, arm: RGB, hand: RGB, leg: RGB, foot: RGB) -> list[Sheet]:
    """Legs and arms along the joints."""
    legs = [s for n in (8, 11) for s in (limb(at[n], at[n + 1], 0.1, 0.085), limb(at[n + 1], at[n + 2], 0.085, 0.075))]
    feet = [arc(*(at[n] + (s * 0.05, 0.0)), 0.13, 0.075) for n, s in ((10, -1), (13, 1))]
    sleeves = [
        s for n in (2, 5) for s in (limb(at[n], at[n + 1], 0.085, 0.075), limb(at[n + 1], at[n + 2], 0.075, 0.06))
    ]
    return [
        Sheet(legs, leg, 0.6),
        Sheet(feet, foot, 0.4),
        Sheet([arc(*at[n], 0.085) for n in (4, 7)], hand, 0.4),
        Sheet(sleeves, arm, 0.6),
    ]


def figure(c: RGB, sky: str, detail: str, bend: tuple[float, ...] = STILL) -> list[Sheet]:
    at = joints(detail, bend)
    top = at[0, 1] + 0.72  # what the ground has moved
    shirt = lowered(polygon(-0.2, -0.52, 0.2, -0.52, 0.23, 0.2, -0.23, 0.2), top)
    return [
        *limbs(at, shade(c, -0.1), SKIN, (78, 84, 116), DARK),
        Sheet([lowered(box(-0.07, -0.62, 0.07, -0.46), top)], shade(SKIN, -0.1), 0.3),
        Sheet([shirt], c, 0.7),
        Sheet([arc(0, -0.76 + top, 0.18, 0.2)], BROWN, 0.5),
        Sheet([arc(0, -0.71 + top, 0.15, 0.165)], SKIN, 0.3),
    ]


def mia(c: RGB, sky: str, detail: str, bend: tuple[float, ...] = STILL) -> list[Sheet]:
    """A girl in a yellow raincoat with a pointed hood and red boots."""
    at = joints(detail, bend)
    top = at[0, 1] + 0.72
    coat = lowered(polygon(-0.2, -0.54, 0.2, -0.54, 0.46, 0.5, -0.46, 0.5), top)
    hood = lowered(polygon(-0.27, -0.5, -0.24, -0.86, 0, -1.12, 0.24, -0.86, 0.27, -0.5), top)
    red = (208, 60, 54)
    return [
        *limbs(at, shade(YELLOW, -0.1), SKIN, red, red),
        Sheet([coat], YELLOW, 0.8),
        Sheet([lowered(box(-0.05, -0.5, 0.05, 0.48), top)], shade(YELLOW, -0.2), 0.3),
        Sheet([hood], YELLOW, 0.7),
        Sheet([arc(0, -0.7 + top, 0.14, 0.16)], SKIN, 0.4),
    ]


def rolf(c: RGB, sky: str, detail: str, bend: tuple[float, ...] = STILL) -> list[Sheet]:
    """A robot with a square head, an aerial and a screen on its chest."""
    at = joints(detail, bend)
    top = at[0, 1] + 0.72
    blue = (52, 106, 182)
    return [
        *limbs(at, STEEL, DARK, STEEL, DARK),
        Sheet([lowered(box(-0.03, -1.16, 0.03, -0.9), top), arc(0, -1.16 + top, 0.07)], DARK, 0.4),
        Sheet([lowered(box(-0.08, -0.62, 0.08, -0.5), top)], DARK, 0.3),
        Sheet([lowered(box(-0.32, -0.56, 0.32, 0.24, 0.06), top)], blue, 0.8),
        Sheet([lowered(box(-0.18, -0.42, 0.18, -0.12, 0.04), top)], CREAM, 0.3),
        Sheet([lowered(box(-0.26, -0.98, 0.26, -0.58, 0.06), top)], blue, 0.6),
        Sheet([arc(x, -0.8 + top, 0.07) for x in (-0.12, 0.12)], YELLOW, 0.3, True),
    ]


def hand(c: RGB, sky: str, detail: str, bend: tuple[float, ...] = STILL) -> list[Sheet]:
    """An open palm; `detail` says how many fingers, the thumb counted."""
    side = 1 if bend[0] >= 0 else -1
    slots = FINGERS[detail]
    root = np.linspace(-0.33, 0.33, 5) if len(slots) > 4 else np.array([-0.33, -0.11, 0.0, 0.11, 0.33])
    reach = {0: 0.62, 1: 0.76, 2: 0.78, 3: 0.72, 4: 0.54}
    fingers = []
    for n in slots:
        turn, start = 0.75 * root[n], np.array([root[n], 0.05])
        end = start + np.array([math.sin(turn), -math.cos(turn)]) * reach[n]
        fingers.append(Sheet([limb(start, end, 0.1, 0.085)], SKIN, 0.4))
    thumb = limb(np.array([-0.3, 0.42]), np.array([-0.74, 0.0]), 0.13, 0.1)
    sheets = [
        Sheet([box(-0.34, 0.5, 0.34, 1.4)], c),
        Sheet([box(-0.4, 0.74, 0.4, 0.9, 0.05)], shade(c, 0.25), 0.5),
        *fingers,
        Sheet([thumb], SKIN, 0.5),
        Sheet([box(-0.44, -0.08, 0.44, 0.74, 0.22)], SKIN, 0.5),
    ]
    return [s._replace(shapes=[p * (side, 1) for p in s.shapes]) for s in sheets]


def window(c: RGB, sky: str, detail: str, bend: tuple[float, ...] = STILL) -> list[Sheet]:
    """The front of a house with one window; frame and shutters have the colour."""
    glass: RGB = (255, 218, 120) if sky != "day" else (150, 190, 206)
    sheets = [
        Sheet([box(-1.28, -1.3, 1.28, 1.12)], (214, 184, 156)),
        Sheet([box(-1.2, -0.95, -0.84, 0.72, 0.03), box(0.84, -0.95, 1.2, 0.72, 0.03)], shade(c, -0.12), 0.6),
        Sheet([box(-0.8, -1.0, 0.8, 0.78, 0.04)], c, 0.8),
        Sheet([box(-0.66, -0.86, 0.66, 0.64)], glass, 0.2, True),
    ]
    if "figure" in detail:
        x = 0.12 * bend[0]
        body = np.concatenate(
            [arc(x, 0.5, 0.42, 0.5, math.pi, 2 * math.pi, 16), polygon(x + 0.42, 0.64, x - 0.42, 0.64)]
        )
        sheets += [
            Sheet([body], (112, 92, 120), 0.5),
            Sheet([arc(x, -0.2, 0.26, 0.28)], shade(BROWN, -0.2), 0.4),
            Sheet([arc(x, -0.14, 0.2, 0.23)], SKIN, 0.2),
        ]
    if "curtains" in detail and detail != "no curtains":
        edge = np.array([[0.12, -0.86], [0.2, -0.5], [0.34, -0.1], [0.4, 0.2], [0.36, 0.64]])
        drapes = [np.concatenate([edge, polygon(0.66, 0.64, 0.66, -0.86)]) * (s, 1) for s in (-1, 1)]
        sheets += [Sheet([d], CREAM, 0.7) for d in drapes]
        sheets.append(Sheet([box(-0.66, -0.88, 0.66, -0.74)], shade(CREAM, -0.12), 0.4))
    sheets.append(Sheet([box(-0.92, 0.74, 0.92, 0.9, 0.03)], shade(c, 0.2), 0.7))
    return sheets


PEOPLE: dict[str, Callable[..., list[Sheet]]] = {
    "face": face,
    "figure": figure,
    "mia": mia,
    "rolf": rolf,
    "hand": hand,
    "window": window,
}
