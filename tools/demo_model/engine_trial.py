"""Whether the studio draws what the quick painter of the scores draws; another door is another function."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from fastapi.testclient import TestClient

from studio.arguments import parse
from studio.bootstrap import create_app
from studio.imaging.load import load_base64
from tools.demo_model.drawing import Settings
from tools.demo_model.networks import decibels, to_float
from tools.demo_model.score import fresh_scenes, prompt_of
from tools.demo_model.trials import Bench, Row

COUNT = 20
ASKED = {"sampler_name": "Euler", "scheduler": "automatic", "steps": 20, "cfg_scale": 7, "width": 256, "height": 256}


def by_studio(prompts: list[str]) -> list[np.ndarray]:
    """What the REST API answers for seeds 1, 2, ..., pictures (256, 256, 3)."""
    with tempfile.TemporaryDirectory() as home:
        arguments = parse(["--models-dir", str(Path("models").absolute()), "--ckpt", "demo"], Path(home))
        with TestClient(create_app(arguments)) as client:
            answers = [
                client.post("/sdapi/v1/txt2img", json=ASKED | {"prompt": prompt, "seed": 1 + n}).json()
                for n, prompt in enumerate(prompts)
            ]
    return [np.array(load_base64(answer["images"][0]).convert("RGB")) for answer in answers]


def engine(bench: Bench) -> list[Row]:
    """The studio may compute in bfloat16, the painter computes in float32: near, not equal."""
    prompts = [prompt_of(scene) for scene in fresh_scenes(COUNT, 10001)]
    first = [bench.painter.draw([prompt], Settings(seed=1 + n))[0] for n, prompt in enumerate(prompts)]
    pairs = zip(first, by_studio(prompts), strict=True)
    values = [decibels(*(to_float(torch.from_numpy(picture[None])) for picture in pair)) for pair in pairs]
    worst, mean = min(values), float(np.mean(values))
    text = f"{mean:.1f} dB between the two, {worst:.1f} at worst (n = {COUNT})"
    return [Row(name="the studio draws the same pictures", text=text, value=worst, least=25)]
