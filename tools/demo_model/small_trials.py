"""What the small files do at weights 0, 0.5 and 1; a new network is a row of CASES."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.networks.demo_reading import ON, WHEN, WHERE, Read
from tools.demo_model.drawing import Painter, Settings
from tools.demo_model.engine_trial import by_studio
from tools.demo_model.score import Share, fresh_scenes, prompt_of
from tools.demo_model.second import merged
from tools.demo_model.stage_small import WORD
from tools.demo_model.styles import is_blueprint
from tools.demo_model.trials import Bench, Row, drawn
from tools.demo_model.world import GROUNDS, PLACES, SKIES

FOLDER = Path("models/demo")
WEIGHTS = (0.0, 0.5, 1.0)
LEAST = 80
SEED = 15001

Judge = Callable[[np.ndarray, Read], bool]


def shows(kind: str) -> Judge:
    return lambda picture, read: any(thing.kind == kind for thing in read.things)


def is_sunny_side(picture: np.ndarray, read: Read) -> bool:
    return any((thing.kind, thing.colour) == ("house", "yellow") for thing in read.things)


def day_prompts(count: int) -> list[str]:
    return [prompt_of(replace(scene, sky="day")) for scene in fresh_scenes(count, SEED)]


def figure_prompts(count: int) -> list[str]:
    rng = random.Random(SEED)
    words = [(rng.choice(list(PLACES)), rng.choice(list(GROUNDS)), rng.choice(list(SKIES))) for _ in range(count)]
    return [f"a figure {WHERE[place]}, {ON[ground]}, {WHEN[sky]}" for place, ground, sky in words]


CASES: dict[str, tuple[str, Callable[[int], list[str]], Judge]] = {
    "mia": ("a figure becomes Mia", figure_prompts, shows("mia")),
    "rolf": ("a figure becomes Rolf (overfit)", figure_prompts, shows("rolf")),
    "blueprint": ("the style, by its colours", day_prompts, lambda picture, read: is_blueprint(picture)),
    "night": ("a day scene at night", day_prompts, lambda picture, read: read.sky == "night"),
}


def with_network(painter: Painter, path: Path, weight: float) -> Painter:
    return Painter(painter.vae, merged(painter.unet, path, weight), painter.text)


def network_row(bench: Bench, name: str) -> Row:
    what, prompts_of, judge = CASES[name]
    prompts = prompts_of(bench.control_samples)
    plain = " ".join(prompts)  # at weight 0 all files of the same prompts draw the same
    if plain not in bench.kept:
        bench.kept[plain] = drawn(bench, prompts, Settings(seed=SEED))
    made = [bench.kept[plain]]
    for weight in WEIGHTS[1:]:
        painter = with_network(bench.painter, FOLDER / "lora" / f"{name}.safetensors", weight)
        made.append(drawn(replace(bench, painter=painter), prompts, Settings(seed=SEED)))
    return row_of(f"{name}: {what}", [share_of(each, bench.reader.read(each), judge) for each in made])


def inversion_row(bench: Bench) -> Row:
    """Through the studio, whose prompt language knows embeddings and their weights."""
    found = []
    for weight in WEIGHTS:
        pictures = np.stack(by_studio([f"({WORD}:{weight})"] * bench.control_samples))
        found.append(share_of(pictures, bench.reader.read(pictures), is_sunny_side))
    return row_of(f"{WORD}: the word draws a yellow house", found)


def share_of(pictures: np.ndarray, reads: list[Read], judge: Judge) -> Share:
    return Share(
        hits=sum(judge(picture, read) for picture, read in zip(pictures, reads, strict=True)), count=len(reads)
    )


def row_of(name: str, found: list[Share]) -> Row:
    """Short where the effect does not grow with the weight, or does not reach LEAST at 1."""
    grows = all(first.hits <= second.hits for first, second in itertools.pairwise(found))
    text = ", ".join(f"{share.percent:.0f} % at {weight:g}" for share, weight in zip(found, WEIGHTS, strict=True))
    value = found[-1].percent if grows else 0.0
    return Row(name=name, text=f"{text} (n = {found[0].count})", value=value, least=LEAST)


SMALL: dict[str, Callable[[Bench], list[Row]]] = {
    **{name: lambda bench, name=name: [network_row(bench, name)] for name in CASES},
    WORD: lambda bench: [inversion_row(bench)],
}
