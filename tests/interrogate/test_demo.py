"""The bundled reader in words, on pictures of the demo world whose truth is known."""

import random
from pathlib import Path

from PIL import Image

from studio.interrogate.demo import demo_interrogator
from studio.networks.demo_reading import load_reader
from tools.demo_model.score import prompt_of
from tools.demo_model.world import render, sample_scene

WEIGHTS = Path(__file__).parents[2] / "models" / "demo" / "reader" / "demo_reader.safetensors"


def test_says_what_the_picture_was_drawn_from():
    reader = demo_interrogator(lambda: load_reader(WEIGHTS))
    scenes = [sample_scene(random.Random(f"interrogate {number}"), 0.0) for number in range(20)]
    said = [reader.describe(Image.fromarray(render(scene, 256, 256).image)) for scene in scenes]
    assert sum(a == prompt_of(b) for a, b in zip(said, scenes, strict=True)) >= 18


def test_answers_any_picture_of_any_size():
    reader = demo_interrogator(lambda: load_reader(WEIGHTS))
    assert reader.describe(Image.new("RGB", (3, 700), "white"))
