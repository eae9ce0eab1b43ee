"""A seeded paper-cut picture world, any size, with its ground truth; a new sky or ground is a row of a table.

Everything is a sheet of coloured paper laid over the ones before it: a soft shadow below and right, a light edge above
and left, a flat colour. `sample_scene` draws the contents, `render` the picture.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from tools.demo_model.kinds import BUILDERS, CREAM
from tools.demo_model.paper import RGB, Shape, Sheet, Table, box, polygon
from tools.demo_model.people import DETAILS, PEOPLE, STILL, joints

COLOURS: dict[str, RGB] = {
    "red": (208, 60, 54),
    "orange": (238, 134, 48),
    "yellow": (250, 202, 66),
    "green": (72, 142, 84),
    "blue": (52, 106, 182),
    "purple": (124, 78, 160),
    "pink": (244, 146, 172),
    "white": (252, 247, 238),
}
SKY_KINDS = ("sun", "moon", "star", "cloud")
GROUND_KINDS = ("house", "tree", "car", "boat", "bench", "bus stop sign", "ball", "flower")
PLAIN_KINDS = GROUND_KINDS + SKY_KINDS
CAST = ("figure", "mia", "rolf")  # they have joints; the last two are known to the LoRAs alone
CLOSE_KINDS = ("face", "hand", "window")  # they fill the picture
KINDS = (*PLAIN_KINDS, "umbrella", "balloon", *CAST, *CLOSE_KINDS)
OF_THE_SKY = (*SKY_KINDS, "balloon")
PLACES: dict[str, float] = {"left": 0.26, "center": 0.5, "right": 0.74}
SKIES: dict[str, tuple[RGB, ...]] = {  # from the top down to the horizon
    "day": ((126, 190, 216), (158, 209, 224), (192, 225, 228), (228, 239, 228)),
    "sunset": ((150, 84, 128), (206, 104, 118), (236, 138, 104), (250, 188, 120)),
    "night": ((24, 30, 66), (34, 43, 88), (48, 58, 110), (68, 76, 132)),
}
LIGHT: dict[str, RGB] = {"day": (1, 1, 1), "sunset": (1.0, 0.94, 0.9), "night": (0.88, 0.86, 0.96)}  # on things
GROUND_LIGHT: dict[str, RGB] = {"day": (1, 1, 1), "sunset": (1.0, 0.92, 0.87), "night": (0.64, 0.69, 0.9)}
GROUNDS: dict[str, tuple[RGB, ...]] = {  # from the horizon down to the viewer
    "grass": ((158, 190, 118), (136, 176, 92), (112, 158, 76)),
    "sand": ((246, 224, 176), (240, 210, 152), (230, 194, 130)),
    "snow": ((226, 236, 242), (238, 244, 247), (250, 251, 252)),
    "street": ((190, 180, 172), (112, 112, 126), (98, 98, 114)),
}
SEGMENTS = ("sky", "backdrop", "ground", *KINDS)


@dataclass(frozen=True)
class Thing:
    """One object: x and y (foot, or middle in the sky) as parts of the picture; size is half its height.

    `detail` is one of its kind's DETAILS, `bend` turns a figure's limbs by so many radians.
    """

    kind: str
    colour: str
    place: str
    x: float
    y: float
    size: float
    tilt: float
    tone: RGB
    detail: str = ""
    bend: tuple[float, ...] = STILL


@dataclass(frozen=True)
class Scene:
    sky: str
    ground: str
    things: tuple[Thing, ...]
    horizon: float
    seed: int


@dataclass
class Picture:
    """The picture (h, w, 3) and its truth: one mask a thing, labels after SEGMENTS, depth with near = 255.

    `joints`: OpenPose's 18 of each figure, (18, 2) in pixels.
    """

    image: np.ndarray
    masks: list[np.ndarray] = field(default_factory=list)
    segmentation: np.ndarray | None = None
    depth: np.ndarray | None = None
    joints: list[np.ndarray] = field(default_factory=list)


# ---------------------------------------------------------------- the parts of a picture
def wave(t: Table, base: float, swing: float, rng: random.Random, waves: float = 1.2) -> Shape:
    """A band from a wavy line down to the lower edge, over the whole width; base and swing in parts of the height."""
    x = np.linspace(-0.05, 1.05, 36)
    p, q = rng.uniform(0, 6.3), rng.uniform(0, 6.3)
    k = waves * t.w / t.h
    y = base + swing * (0.7 * np.sin(x * 6.3 * k * 0.7 + p) + 0.3 * np.sin(x * 6.3 * k * 1.6 + q))
    return np.concatenate([np.stack([x * t.w, y * t.h], 1), [[1.05 * t.w, 1.1 * t.h], [-0.05 * t.w, 1.1 * t.h]]])


def vary(c: RGB, rng: random.Random, by: float = 5) -> RGB:
    k = rng.uniform(-by, by)
    return tuple(min(255, max(0, v + k + rng.uniform(-by, by) * 0.4)) for v in c)  # type: ignore[return-value]


def lay_sky(t: Table, scene: Scene, rng: random.Random) -> None:
    tones = [vary(c, rng) for c in SKIES[scene.sky]]
    t.rgb[:] = np.array(tones[0], np.uint8)
    if scene.sky == "night":
        for _ in range(9):
            x, y, r = rng.uniform(0.02, 0.98) * t.w, rng.uniform(0.02, 0.5) * t.h, t.unit * rng.uniform(0.009, 0.014)
            cv2.circle(t.rgb, (int(x), int(y)), max(2, round(r)), (236, 222, 176), -1, cv2.LINE_AA)
    for i, tone in enumerate(tones[1:]):
        t.lay(Sheet([wave(t, scene.horizon * (0.32 + 0.27 * i), 0.035, rng)], tone, 1.2), 0, 8)


def skyline(t: Table, horizon: float, rng: random.Random) -> list[Shape]:
    out, x = [], -0.05 * t.w
    while x < t.w:
        w, h = rng.uniform(0.1, 0.17) * t.h, rng.uniform(0.07, 0.2) * t.h
        out.append(box(x, horizon * t.h - h, x + w, 1.1 * t.h))
        x += w
    return out


def lay_ground(t: Table, scene: Scene, rng: random.Random) -> None:
    """A backdrop that belongs to the ground (hills, sea, mountains, a town) and three bands towards the viewer."""
    far = SKIES[scene.sky][2]
    tones = [vary(c, rng) for c in GROUNDS[scene.ground]]
    hz, mix = scene.horizon, lambda c, k: tuple(a + (b - a) * k for a, b in zip(c, far, strict=True))
    if scene.ground == "street":
        back = skyline(t, hz + 0.03, rng)
        colour = mix((168, 130, 128), 0.35)
    elif scene.ground == "snow":
        peaks = [rng.uniform(0.16, 0.3), rng.uniform(0.5, 0.62), rng.uniform(0.84, 0.95)]
        back = [
            polygon(
                (p - 0.3) * t.w,
                1.1 * t.h,
                (p - 0.3) * t.w,
                (hz + 0.08) * t.h,
                p * t.w,
                (hz - rng.uniform(0.12, 0.22)) * t.h,
                (p + 0.3) * t.w,
                (hz + 0.08) * t.h,
                (p + 0.3) * t.w,
                1.1 * t.h,
            )
            for p in peaks
        ]
        colour = mix((150, 172, 200), 0.3)
    else:
        back = [
            wave(
                t,
                hz - (0.07 if scene.ground == "grass" else 0.055),
                0.045 if scene.ground == "grass" else 0.004,
                rng,
                1.5,
            )
        ]
        colour = mix((124, 166, 122) if scene.ground == "grass" else (96, 168, 192), 0.25)
    light = GROUND_LIGHT[scene.sky]
    t.lay(Sheet(back, colour), 1, 50, light)
    swing = 0.0 if scene.ground == "street" else 0.02
    for i, (tone, step) in enumerate(zip(tones, (0.0, 0.1, 0.24), strict=True)):
        if scene.ground == "street" and i == 2:
            y, gap = (hz + 0.27) * t.h, 0.25 * t.h
            dashes = [box(x, y, x + gap * 0.5, y + 0.024 * t.h) for x in np.arange(-rng.random() * gap, t.w, gap)]
            t.lay(Sheet(dashes, CREAM, 0.3), 2, 190, light)
        else:
            t.lay(Sheet([wave(t, hz + step, swing, rng)], tone), 2, 90 + 60 * i, light)


def placed(thing: Thing, width: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    """The turn (2, 2) and shift (2,) that take a thing from its box into a picture of that size."""
    r = thing.size * min(width, height)
    c, s = math.cos(thing.tilt) * r, math.sin(thing.tilt) * r
    foot = 0 if thing.kind in OF_THE_SKY else r
    return np.array([[c, s], [-s, c]]), np.array([thing.x * width, thing.y * height - foot])


def joints_of(thing: Thing, width: float, height: float) -> np.ndarray:
    """A figure's joints in a picture of that size, (18, 2)."""
    turn, shift = placed(thing, width, height)
    return joints(thing.detail, thing.bend) @ turn + shift


def lay_thing(t: Table, thing: Thing, sky: str, mask: np.ndarray) -> None:
    turn, shift = placed(thing, t.w, t.h)
    flies = thing.kind in OF_THE_SKY
    light: RGB = (1, 1, 1) if flies else LIGHT[sky]
    if thing.kind in PEOPLE:
        sheets = PEOPLE[thing.kind](thing.tone, sky, thing.detail, thing.bend)
    else:
        sheets = BUILDERS[thing.kind](thing.tone, sky)
    for sheet in sheets:
        t.lay(
            sheet._replace(shapes=[p @ turn + shift for p in sheet.shapes]),
            SEGMENTS.index(thing.kind),
            30 if flies else int(110 + 130 * thing.y),
            light,
            mask,
        )


def render(scene: Scene, width: int = 128, height: int = 128, truth: bool = False, scale: int = 2) -> Picture:
    rng = random.Random(scene.seed)
    t = Table(width, height, scale, truth)
    lay_sky(t, scene, rng)
    lay_ground(t, scene, rng)
    masks = [np.zeros((t.h, t.w), np.uint8) if truth else np.empty(0, np.uint8) for _ in scene.things]
    for thing, mask in zip(scene.things, masks, strict=True):
        lay_thing(t, thing, scene.sky, mask)
    if t.label is None or t.depth is None:
        return Picture(t.reduced(t.rgb))
    return Picture(
        t.reduced(t.rgb),
        [t.reduced(m) for m in masks],
        t.reduced(t.label, cv2.INTER_NEAREST),
        t.reduced(t.depth),
        [joints_of(thing, width, height) for thing in scene.things if thing.kind in CAST],
    )


# ---------------------------------------------------------------- contents
SIZES: dict[str, tuple[float, float]] = {"face": (0.4, 0.45), "hand": (0.38, 0.44), "window": (0.35, 0.39)}
FEET: dict[str, tuple[float, float]] = {"face": (0.95, 1.0), "hand": (0.99, 1.01), "window": (0.84, 0.87)}


def make_thing(rng: random.Random, kind: str, colour: str, place: str, pair: bool, detail: str = "") -> Thing:
    """A thing of usual size, in its own colour where it has one; `pair`: smaller, as it is not alone."""
    size = rng.uniform(0.17, 0.205) if pair else rng.uniform(0.225, 0.285)
    if kind in ("ball", "star", "moon"):
        size *= 0.9
    y = rng.uniform(0.24, 0.32) if kind in SKY_KINDS else rng.uniform(0.84, 0.92)
    x = PLACES[place] + rng.uniform(-0.025, 0.025)
    thing = Thing(kind, colour, place, x, y, size, rng.uniform(-0.05, 0.05), vary(COLOURS[colour], rng, 6))
    if kind == "balloon":
        return replace(thing, y=rng.uniform(0.26, 0.34))
    return with_detail(rng, thing, detail, pair) if kind in DETAILS else thing


def with_detail(rng: random.Random, thing: Thing, detail: str, pair: bool) -> Thing:
    kind = thing.kind
    if kind in CAST:
        bend = tuple(rng.uniform(-0.22, 0.22) for _ in STILL)
        size = thing.size * (1.3 if pair else 1.32)
        return replace(thing, detail=detail or rng.choice(DETAILS[kind]), bend=bend, size=size)
    drawn = "five fingers" if kind == "hand" else rng.choice(DETAILS[kind])
    foot, size = rng.uniform(*FEET[kind]), rng.uniform(*SIZES[kind])
    tilt = 0.0 if kind == "window" else thing.tilt
    return replace(thing, y=foot, size=size, tilt=tilt, detail=detail or drawn, bend=(rng.uniform(-1, 1), *STILL[1:]))


def sample_scene(rng: random.Random, pair_share: float = 0.35, peopled: float = 0.0) -> Scene:
    """Plain kinds, in pairs with `pair_share`; with `peopled` people, hands, windows, and three things in a picture."""
    if peopled and rng.random() < peopled:
        return in_a_landscape(rng, sample_people(rng))
    pair = rng.random() < pair_share
    kinds = [rng.choice(PLAIN_KINDS) for _ in range(2 if pair else 1)]
    if not pair:
        places = [rng.choice(list(PLACES))]
    elif sum(k in SKY_KINDS for k in kinds) == 1:
        places = rng.sample(list(PLACES), 2)
    else:
        places = rng.sample(["left", "right"], 2)
    things = [make_thing(rng, k, rng.choice(list(COLOURS)), p, pair) for k, p in zip(kinds, places, strict=True)]
    return in_a_landscape(rng, things)


def sample_people(rng: random.Random) -> list[Thing]:
    close = rng.choices(["", *CLOSE_KINDS], (0.42, 0.28, 0.14, 0.16))[0]
    if close:
        return [make_thing(rng, close, rng.choice(list(COLOURS)), "center", pair=False)]
    count = rng.choices((1, 2, 3), (0.4, 0.4, 0.2))[0]
    kinds = [rng.choice(("figure", "figure", "figure", "umbrella", "balloon"))]
    kinds += [rng.choice((*PLAIN_KINDS, "figure", "figure")) for _ in range(count - 1)]
    places = rng.sample(list(PLACES), count) if count != 2 else rng.sample(["left", "right"], 2)
    small = 0.85 if count == 3 else 1.0
    things = [make_thing(rng, k, rng.choice(list(COLOURS)), p, count > 1) for k, p in zip(kinds, places, strict=True)]
    return [replace(thing, size=thing.size * small) for thing in things]


def in_a_landscape(rng: random.Random, things: list[Thing]) -> Scene:
    sky, ground = rng.choice(list(SKIES)), rng.choice(list(GROUNDS))
    return Scene(sky, ground, tuple(things), rng.uniform(0.6, 0.66), rng.getrandbits(32))
