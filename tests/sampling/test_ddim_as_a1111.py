"""A1111's DDIM in img2img: the facts are measured (features.md 2.10), the steps are the paper's at variance 1."""

import math
from typing import Any

import numpy as np
import pytest

from studio.domain.registry import Registry
from studio.domain.things import Sampler, ScheduleOptions
from studio.sampling.noise_levels import noise_levels
from studio.sampling.trained import stable_diffusion
from studio.sampling.uniform import uniform
from tests.sampling.formula import Formula, run

TRAINED = stable_diffusion()
OPTIONS = ScheduleOptions(ddim_as_a1111=True)


def levels(samplers: Registry[Sampler], strength: float | None, steps: int = 20, name: str = "DDIM") -> Any:
    return noise_levels(samplers[name], uniform, trained=TRAINED, steps=steps, strength=strength, options=OPTIONS)


@pytest.mark.parametrize(
    ("strength", "noised", "first", "evaluations"),
    [(0.75, 751, 701, 14), (0.85, 851, 801, 16), (0.5, 501, 451, 9), (1, 951, 901, 18)],
)
def test_it_is_off_by_one_slot_as_measured(
    strength: float, noised: int, first: int, evaluations: int, samplers: Registry[Sampler]
):
    sigmas, model = levels(samplers, strength), Formula()
    run(samplers["DDIM"], sigmas, np.ones(4), model, ddim_as_a1111=True)
    assert sigmas[0] == TRAINED[noised]
    assert model.evaluated[0] == TRAINED[first]
    assert len(model.evaluated) == evaluations


@pytest.mark.parametrize(("strength", "steps"), [(0.05, 20), (0.03, 50)])
def test_a_weak_redraw_evaluates_nothing_as_measured(strength: float, steps: int, samplers: Registry[Sampler]):
    model = Formula()
    after = run(samplers["DDIM"], levels(samplers, strength, steps), np.ones(4), model, ddim_as_a1111=True)
    assert (len(after), model.evaluated) == (1, [])


def test_its_numbers_are_those_of_the_loop_at_variance_one(samplers: Registry[Sampler]):
    init, noise = np.array([0.5, -0.2, 0.1, 0.9]), np.array([1.0, -1.0, 0.3, -0.4])
    kept = 1 / (1 + np.array(TRAINED) ** 2)
    times = list(range(1, 1000, 50))[:15]
    x: Any = init * math.sqrt(kept[751]) + noise * math.sqrt(1 - kept[751])
    for time, before in zip(times[:0:-1], times[-2::-1], strict=True):
        clean = Formula()(x / math.sqrt(kept[time]), TRAINED[time])
        predicted = (x - math.sqrt(kept[time]) * clean) / math.sqrt(1 - kept[time])
        x = math.sqrt(kept[before]) * clean + math.sqrt(1 - kept[before]) * predicted
    sigmas = levels(samplers, 0.75)
    ours = run(samplers["DDIM"], sigmas, init + noise * sigmas[0], ddim_as_a1111=True)[-1]
    assert ours == pytest.approx(x)


def test_txt2img_and_other_samplers_are_as_ever(samplers: Registry[Sampler]):
    assert levels(samplers, None)[-1] == 0
    assert levels(samplers, 0.75, name="Euler")[-1] == 0
