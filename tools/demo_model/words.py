"""The words for a scene, in varied plain English; a new phrase is one entry of a table."""

from __future__ import annotations

import random

from tools.demo_model.world import CAST, COLOURS, KINDS, Scene, Thing

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
OF_DETAIL = {
    "happy": ("happy", "smiling"),
    "sad": ("sad", "unhappy"),
    "surprised": ("surprised", "astonished"),
    "angry": ("angry", "furious"),
    "standing": ("standing",),
    "waving": ("waving", "waving a hand"),
    "arms up": ("with arms up", "with raised arms"),
    "walking": ("walking",),
    "five fingers": ("with five fingers", "open"),
    "four fingers": ("with four fingers",),
    "six fingers": ("with six fingers",),
    "no curtains": ("with no curtains", "without curtains"),
    "curtains": ("with curtains",),
    "a figure": ("with a figure", "with a figure behind it"),
    "a figure and curtains": ("with a figure and curtains", "with curtains and a figure"),
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
        words = words_of(thing, rng)
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


def words_of(thing: Thing, rng: random.Random) -> str:
    """Colour, kind and detail, each at times left out."""
    colour = thing.colour if rng.random() < 0.93 else ""
    detail = rng.choice(OF_DETAIL[thing.detail]) if thing.detail and rng.random() < 0.93 else ""
    if thing.kind == "face":
        words = f"{detail} {rng.choice(('face', 'face', 'person'))}" + (f" with {colour} hair" if colour else "")
    elif thing.kind == "hand":
        words = f"hand {detail if rng.random() < 0.4 else ''}" + (f" with a {colour} sleeve" if colour else "")
    elif thing.kind in CAST:
        name = f"figure in {colour}" if colour else "figure"
        words = f"{name if thing.kind == 'figure' else thing.kind} {detail}"
    else:
        words = f"{colour} {thing.kind} {detail}"
    return " ".join(words.split())


def phrases() -> list[str]:
    """Every word that a caption can hold, but the praise, which stands for all words that mean nothing here."""
    tables = [phrase for table in (WHERE, WHEN, ON, OF_DETAIL) for row in table.values() for phrase in row]
    return [*COLOURS, *KINDS, *tables, *OPENINGS, "person", "with hair", "sleeve", "a", "an", "and", ",", "."]
