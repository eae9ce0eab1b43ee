"""The bundled model behind the real API: what clients ask for, and what the reader then sees."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from studio.arguments import parse
from studio.bootstrap import create_app
from studio.imaging.load import load_base64
from tests.fakes import as_base64
from tools.demo_model.stage_reader import Reader
from tools.demo_model.world import Scene, render, sample_scene

MODELS = Path(__file__).parents[2] / "models"
SIZE = {"width": 256, "height": 256}
QUICK = {"sampler_name": "DPM++ 2M", "scheduler": "karras", "steps": 12, "cfg_scale": 7, **SIZE}

Draw = Callable[..., list[np.ndarray]]
"""(route, count, **fields) -> pictures (h, w, 3) of `count` seeds."""


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    flags = ["--models-dir", str(MODELS), "--ckpt", "demo", "--no-half"]  # alike on every processor
    with TestClient(create_app(parse(flags, tmp_path_factory.mktemp("demo")))) as client:
        yield client


@pytest.fixture(scope="session")
def draw(client: TestClient) -> Draw:
    """What was asked for once is not drawn again: kinds of maps are compared with the same pictures without one."""
    known: dict[str, list[np.ndarray]] = {}

    def drawn(route: str, count: int, **fields: Any) -> list[np.ndarray]:
        asked = QUICK | {"seed": 1, "n_iter": count} | fields
        words = json.dumps([route, asked], sort_keys=True)
        if words not in known:
            answer = client.post(f"/sdapi/v1/{route}", json=asked)
            assert answer.status_code == 200, answer.text
            known[words] = [np.asarray(load_base64(image).convert("RGB")) for image in answer.json()["images"][:count]]
        return known[words]

    return drawn


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(MODELS / "demo" / "reader" / "demo_reader.safetensors")


def a_scene(seed: int) -> Scene:
    return sample_scene(random.Random(f"tests of the demo model, {seed}"), 0.0)


def a_picture(seed: int) -> np.ndarray:
    return render(a_scene(seed), 256, 256).image


def sent(pixels: np.ndarray) -> str:
    return as_base64(Image.fromarray(pixels))
