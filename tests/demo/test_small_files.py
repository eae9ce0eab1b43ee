"""The small files beside the bundled model do what they are for, the more the more they weigh; a second checkpoint."""

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from studio.arguments import parse
from studio.bootstrap import create_app
from studio.imaging.load import load_base64
from tests.demo.conftest import MODELS, QUICK, Draw
from tools.demo_model.second import write_second
from tools.demo_model.small_trials import CASES, is_sunny_side
from tools.demo_model.stage_reader import Reader
from tools.demo_model.stage_small import WORD
from tools.demo_model.styles import is_blueprint

SEEDS = 5
PROMPTS = {
    "mia": "a figure on the left, on grass, day <lora:mia:{}>",
    "rolf": "a figure on the right, in the snow, at sunset <lora:rolf:{}>",
    "night": "a red house, on grass, by day <lora:night:{}>",
    "blueprint": "a yellow car, on grass, by day <lora:blueprint:{}>",
    WORD: f"({WORD}:{{}})",
}


@pytest.mark.parametrize("name", PROMPTS)
def test_a_small_file_acts_by_its_weight(draw: Draw, reader: Reader, name: str):
    prompt, judge = PROMPTS[name], CASES[name][2] if name in CASES else is_sunny_side

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
