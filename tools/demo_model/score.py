"""How well pictures hold to their prompts, as the reader sees it; a new attribute is an entry of `attributes`."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from studio.networks.demo_reading import ON, WHEN, Read, phrase
from tools.demo_model.stage_reader import Reader
from tools.demo_model.world import Scene, sample_scene

ATTRIBUTES = ("object", "colour", "place", "sky", "ground")


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    count: int

    @property
    def percent(self) -> float:
        return 100 * self.hits / max(1, self.count)

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval in percent."""
        n, p, z = max(1, self.count), self.hits / max(1, self.count), 1.96
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return 100 * (middle - half), 100 * (middle + half)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.percent:.0f} % ({low:.0f} to {high:.0f}, n = {self.count})"


def prompt_of(scene: Scene) -> str:
    """Every attribute named, in plain words."""
    things = [phrase(t.kind, t.colour, t.place, t.detail) for t in scene.things]
    return f"{' and '.join(things)}, {ON[scene.ground]}, {WHEN[scene.sky]}"


def fresh_scenes(count: int, seed: int, pairs: float = 0.0) -> list[Scene]:
    rng = random.Random(seed)
    return [sample_scene(rng, pairs) for _ in range(count)]


def attributes(scene: Scene, read: Read) -> dict[str, bool]:
    """Which attributes of a scene of one object the picture has: those of its largest object."""
    wanted = scene.things[0]
    seen = read.things[0] if read.things else None
    return {
        "object": seen is not None and seen.kind == wanted.kind,
        "colour": seen is not None and seen.colour == wanted.colour,
        "place": seen is not None and seen.place == wanted.place,
        "sky": read.sky == scene.sky,
        "ground": read.ground == scene.ground,
    }


def has_both(scene: Scene, read: Read) -> bool:
    kinds = [thing.kind for thing in read.things]
    for thing in scene.things:
        if thing.kind not in kinds:
            return False
        kinds.remove(thing.kind)
    return True


def shares(scenes: list[Scene], pictures: np.ndarray, reader: Reader) -> dict[str, Share]:
    rows = [attributes(scene, read) for scene, read in zip(scenes, reader.read(pictures), strict=True)]
    return {name: Share(hits=sum(row[name] for row in rows), count=len(rows)) for name in ATTRIBUTES}
