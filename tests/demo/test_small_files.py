"""The small files beside the bundled model do what they are for, the more the more they weigh; a second checkpoint."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from studio.arguments import parse
from studio.bootstrap import create_app
from studio.imaging.load import load_base64
from studio.networks.demo_reading import Read
from tests.demo.conftest import MODELS, QUICK, Draw
from tools.demo_model.second import write_second
from tools.demo_model.stage_reader import Reader
from tools.demo_model.styles import is_blueprint

SEEDS = 5
Judge = Callable[[np.ndarray, Read], bool]


def shows(kind: str) -> Judge:
    return lambda picture, read: any(thing.kind == kind for thing in read.things)


def is_night(picture: np.ndarray, read: Read) -> bool:
    return read.sky == "night"


def is_sunny_side(picture: np.ndarray, read: Read) -> bool:
    return any((thing.kind, thing.colour) == ("house", "yellow") for thing in read.things)


CASES: dict[str, tuple[str, Judge]] = {
    "mia": ("a figure on the left, on grass, day <lora:mia:{}>", shows("mia")),
    "rolf": ("a figure on the right, in the snow, at sunset <lora:rolf:{}>", shows("rolf")),
    "night": ("a red house, on grass, by day <lora:night:{}>", is_night),
    "blueprint": ("a yellow car, on grass, by day <lora:blueprint:{}>", lambda picture, read: is_blueprint(picture)),
    "sunnyside": ("(sunnyside:{})", is_sunny_side),
}


@pytest.mark.parametrize("name", CASES)
def test_a_small_file_acts_by_its_weight(draw: Draw, reader: Reader, name: str):
    prompt, judge = CASES[name]

    def hits(weight: float) -> int:
        pictures = np.stack(draw("txt2img", SEEDS, prompt=prompt.format(weight)))
        return sum(judge(picture, read) for picture, read in zip(pictures, reader.read(pictures), strict=True))

    none, half, whole = (hits(weight) for weight in (0, 0.5, 1))
    assert none <= half <= whole
    assert none <= 1
    assert whole >= 4


def test_the_second_checkpoint_draws_in_the_style_without_being_told(tmp_path: Path):
    models = tmp_path / "models"
    write_second(MODELS / "demo", models / "Stable-diffusion" / "demo-blueprint")
    flags = ["--models-dir", str(models), "--ckpt", "demo-blueprint", "--no-half"]
    with TestClient(create_app(parse(flags, tmp_path))) as client:
        (one,) = [each["model_name"] for each in client.get("/sdapi/v1/sd-models").json()]
        asked = QUICK | {"prompt": "a red house, on grass, by day", "seed": 1, "n_iter": 3}
        answer = client.post("/sdapi/v1/txt2img", json=asked).json()
    assert "demo-blueprint" in one
    pictures = [np.asarray(load_base64(image).convert("RGB")) for image in answer["images"][:3]]
    assert sum(map(is_blueprint, pictures)) >= 2
