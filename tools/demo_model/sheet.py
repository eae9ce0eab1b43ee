"""Sheets of pictures with words below, for the model card: `python -m tools.demo_model.sheet`.

A new sheet is a function that gives tiles, and a row of SHEETS.
"""

from __future__ import annotations

import argparse
import random
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from tools.demo_model.control_trials import net_of, residuals
from tools.demo_model.drawing import Settings, Start
from tools.demo_model.evaluate import load_bench
from tools.demo_model.score import fresh_scenes, prompt_of
from tools.demo_model.small_trials import FOLDER, with_network
from tools.demo_model.stage_control import TRUTHFUL, hint_of
from tools.demo_model.trials import Bench
from tools.demo_model.world import render

PEOPLE = (
    "a happy face with red hair, on grass, by day",
    "a sad face with green hair, on the beach, by day",
    "an angry face with blue hair, in the snow, at sunset",
    "a surprised face with yellow hair, on grass, at night",
    "a hand with five fingers and a red sleeve, on grass, by day",
    "a blue window with curtains, on grass, by day",
    "a red window with a figure, on a street, at night",
    "a figure in purple in the middle, on the beach, at sunset",
)
SMALL = {  # words, and the file and weight that are put to them
    "a figure on the left, on grass, by day": (("mia", 0.5), ("mia", 1.0), ("rolf", 0.5), ("rolf", 1.0)),
    "a red house, on grass, by day": (("night", 0.5), ("night", 1.0), ("blueprint", 0.5), ("blueprint", 1.0)),
}
TILE = 176  # pixels a side
PROMPTS = (
    "a red house on grass, day",
    "a green tree on sand, sunset",
    "a pink car in the snow, night",
    "an orange boat on the beach, day",
    "a blue bench on the beach at sunset",
    "a white bus stop sign on a street, night",
    "a yellow ball on grass, day",
    "a purple flower in a meadow",
    "a yellow sun in the middle, day, grass",
    "a white moon on the right, night, snow",
    "a pink star, sunset, sand",
    "an orange cloud on the left, night, street",
    "a red car on the left and a yellow moon on the right, night, street",
    "a blue boat on the left and a white cloud on the right, day, sand",
    "a purple tree on the left and a pink house on the right, sunset, snow",
    "a yellow flower on the left and a red ball on the right, day, grass",
)


def labelled(image: np.ndarray, text: str, width: int) -> np.ndarray:
    """The picture at `width`, with its caption on a strip below."""
    strip = np.full((34, width, 3), 250, np.uint8)
    for i, line in enumerate(textwrap.wrap(text, width // 6)[:2]):
        cv2.putText(strip, line, (4, 13 + 14 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (60, 50, 60), 1, cv2.LINE_AA)
    height = width * image.shape[0] // image.shape[1]
    return np.concatenate([cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), strip])


def write_sheet(path: Path, tiles: list[np.ndarray], columns: int, colours: int = 0) -> None:
    """PNG; with `colours`, reduced to so many, which keeps bundled sheets small."""
    blank = np.full_like(tiles[0], 250)
    tiles = tiles + [blank] * (-len(tiles) % columns)
    sheet = np.concatenate([np.concatenate(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)])
    picture = Image.fromarray(sheet)
    (picture.quantize(colours) if colours else picture).save(path, optimize=True)


def by_prompt(bench: Bench) -> list[np.ndarray]:
    images = [
        image for n in range(0, len(PROMPTS), 8) for image in bench.painter.draw([*PROMPTS[n : n + 8]], Settings())
    ]
    return [labelled(image, text, TILE) for image, text in zip(images, PROMPTS, strict=True)]


def of_people(bench: Bench) -> list[np.ndarray]:
    images = bench.painter.draw([*PEOPLE], Settings())
    return [labelled(image, text, TILE) for image, text in zip(images, PEOPLE, strict=True)]


def by_small_file(bench: Bench) -> list[np.ndarray]:
    """Without, and with the files beside the model."""
    tiles = []
    for words, files in SMALL.items():
        tiles.append(labelled(bench.painter.draw([words], Settings())[0], words, TILE))
        for name, weight in files:
            painter = with_network(bench.painter, FOLDER / "lora" / f"{name}.safetensors", weight)
            tiles.append(labelled(painter.draw([words], Settings())[0], f"{name} {weight}: {words}", TILE))
    return tiles


def by_strength(bench: Bench) -> list[np.ndarray]:
    """One picture a row: as it was, and redrawn for another prompt by more and more."""
    tiles = []
    for scene, words in zip(
        fresh_scenes(3, 71), ("a blue tree, in the snow, at night", PROMPTS[4], PROMPTS[7]), strict=True
    ):
        picture = render(scene, 256, 256).image
        tiles.append(labelled(picture, prompt_of(scene), TILE))
        for strength in (0.3, 0.5, 0.7, 0.9):
            image = bench.painter.draw([words], Settings(), Start(pictures=picture[None], strength=strength))[0]
            tiles.append(labelled(image, f"{strength}: {words}", TILE))
    return tiles


def by_map(bench: Bench) -> list[np.ndarray]:
    """Maps of one picture, and below each what is drawn along it for other words."""
    kinds, rng = ("canny", "scribble", "depth", "normal", "seg"), random.Random(5)
    (scene,) = fresh_scenes(1, 73)
    words = prompt_of(replace(scene, sky="night" if scene.sky != "night" else "day"))
    hints = [hint_of(kind, render(scene, 256, 256, truth=kind in TRUTHFUL), rng) for kind in kinds]
    ways = [
        residuals(net_of(bench, kind), torch.from_numpy(hint[None])) for kind, hint in zip(kinds, hints, strict=True)
    ]
    drawn = [bench.painter.draw([words], Settings(), residuals=way)[0] for way in ways]
    maps = [(hint.transpose(1, 2, 0) * 255).astype(np.uint8) for hint in hints]
    return [labelled(m, kind, TILE) for m, kind in zip(maps, kinds, strict=True)] + [
        labelled(d, words, TILE) for d in drawn
    ]


def by_size(bench: Bench) -> list[np.ndarray]:
    """128, 256, 384 and 512 px, all shown alike."""
    rows = [(text, side) for text in (PROMPTS[0], PROMPTS[13]) for side in (128, 256, 384, 512)]
    drawn = [bench.painter.draw([text], Settings(size=(side, side)))[0] for text, side in rows]
    return [labelled(image, f"{side} px: {text}", TILE) for image, (text, side) in zip(drawn, rows, strict=True)]


SHEETS: dict[str, tuple[Callable[[Bench], list[np.ndarray]], int]] = {  # and the columns
    "prompts": (by_prompt, 4),
    "people": (of_people, 4),
    "small": (by_small_file, 5),
    "strengths": (by_strength, 5),
    "maps": (by_map, 5),
    "sizes": (by_size, 4),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SHEETS), help="which sheets, all if none is named")
    parser.add_argument("--folder", type=Path, default=Path("models/demo"), help="of the model")
    parser.add_argument("--target", type=Path, default=Path("models/demo/sheets"))
    arguments = parser.parse_args()
    bench = load_bench(arguments.folder, 1, 1)
    arguments.target.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        tiles_of, columns = SHEETS[name]
        write_sheet(arguments.target / f"{name}.png", tiles_of(bench), columns, colours=200)


if __name__ == "__main__":
    main()
