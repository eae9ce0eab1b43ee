"""The bundled model by torch's true compiler, and from the folder that keeps what it made: `make soak`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch._dynamo.utils import counters

from studio.catalog.networks import NetworkFolders, Networks
from studio.devices.device import DeviceOptions, choose_device
from studio.domain.settings import Settings
from studio.engine.compiling import CACHE, Compiler
from studio.engine.denoising_engine import DenoisingEngine
from tests.engine.tiny_models import Watching, manager, pass_plan, plan_of, prepared, samplers, upscale

pytestmark = pytest.mark.soak
MODELS = Path(__file__).parents[2] / "models"
PROMPT = "a red house under a tree, night"
MEAN, MOST = 0.5, 24
"""Levels of 255 by which rounding may move all pixels, and one; another seed moves all by some 26."""


@pytest.fixture(scope="module")
def models():
    made = manager(MODELS, networks=Networks(NetworkFolders(loras=(MODELS / "demo" / "lora",))))
    made.device = replace(choose_device(DeviceOptions(uses_cpu=True, is_half_allowed=False)), is_packed=False)
    return made


def draw(models, compiler, compiles=True, size=128, prompt=PROMPT, seed=1):
    engine = DenoisingEngine(models, samplers(), upscale, compiler=compiler)
    first = pass_plan(model="demo", size=size, steps=6, prompt=prompt)
    plan = plan_of(first=first, seeds=(seed,), settings=Settings(compiles=compiles))
    (drawn,) = engine.run(prepared(plan), Watching())
    assert drawn.notes == ()
    return np.asarray(drawn.image).astype(int)


def redraw(models, compiler, **asked):
    """Once what it takes is compiled."""
    draw(models, compiler, **asked)
    compiler.wait()
    return draw(models, compiler, **asked)


def is_near(one, other):
    difference = abs(one - other)
    return difference.mean() <= MEAN and difference.max() <= MOST


def test_pictures_agree_within_rounding_and_a_second_start_compiles_nothing_anew(models, tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE, str(tmp_path / "elsewhere"))  # as torch sets it when it is imported
    folder = tmp_path / "compiled"
    compiler, plain = Compiler(folder), draw(models, None)
    assert (draw(models, compiler) == plain).all()
    compiled = redraw(models, compiler)
    assert (compiled != plain).any()  # so it was compiled
    assert is_near(compiled, plain)
    assert is_near(redraw(models, compiler, size=192), draw(models, None, size=192))
    for prompt in (f"{PROMPT} <lora:night:1>", PROMPT.replace("red", "blue")):
        other = redraw(models, compiler, prompt=prompt)
        assert is_near(other, draw(models, None, prompt=prompt))
        assert not is_near(other, plain)
    assert any(folder.rglob("*.so"))
    counters.clear()
    assert (redraw(models, Compiler(folder)) == compiled).all()
    assert counters["inductor"]["fxgraph_cache_hit"] > 0
    assert counters["inductor"]["fxgraph_cache_miss"] == 0
