"""The words for a scene, in varied plain English; a new phrase is one entry of a table."""

from __future__ import annotations

import random

from tools.demo_model.world import COLOURS, KINDS, Scene

WHERE = {
    "left": ("on the left", "at the left", "left"),
    "center": ("in the middle", "in the center", "center"),
    "right": ("on the right", "at the right", "right"),
}
WHEN = {
    "day": ("day", "by day", "in daylight", "daytime sky"),
    "sunset": ("sunset", "at sunset", "sunset sky"),
    "night": ("night", "at night", "night sky"),
}
ON = {
    "grass": ("grass", "on grass", "in a meadow"),
    "sand": ("sand", "on sand", "on the beach"),
    "snow": ("snow", "in the snow", "on snow"),
    "street": ("street", "on a street", "on the street"),
}
PRAISE = (
    "masterpiece",
    "best quality",
    "masterpiece, best quality",
    "highly detailed",
    "beautiful",
    "8k",
    "lovely light",
)
OPENINGS = ("a paper-cut picture of ", "a picture of ", "paper art, ", "an illustration of ")


def caption(scene: Scene, rng: random.Random, drop: float = 0.1) -> str:
    """Plain English from bare words to a sentence; parts are left out at random, with `drop` everything."""
    if rng.random() < drop:
        return ""
    bare = rng.random() < 0.15
    parts = []
    for thing in rng.sample(scene.things, len(scene.things)):
        words = f"{thing.colour} {thing.kind}" if rng.random() < 0.93 else thing.kind
        article = "" if bare else ("an " if words[0] in "aeiou" else "a ")
        parts.append(article + words + (" " + rng.choice(WHERE[thing.place]) if rng.random() < 0.65 else ""))
    extra = [rng.choice(v[k]) for v, k in ((WHEN, scene.sky), (ON, scene.ground)) if rng.random() < 0.75]
    rng.shuffle(extra)
    text = (", " if bare else " and ").join(parts)
    if rng.random() < 0.2 and not bare:
        text = rng.choice(OPENINGS) + text
    joint = ", " if bare or rng.random() < 0.6 else " "
    text = joint.join([text, *extra])
    if rng.random() < 0.08:
        text += ", " + rng.choice(PRAISE)
    return text[0].upper() + text[1:] + "." if rng.random() < 0.15 else text


def phrases() -> list[str]:
    """Every word that a caption can hold, but the praise, which stands for all words that mean nothing here."""
    tables = [phrase for table in (WHERE, WHEN, ON) for row in table.values() for phrase in row]
    return [*COLOURS, *KINDS, *tables, *OPENINGS, "a", "an", "and", ",", "."]
