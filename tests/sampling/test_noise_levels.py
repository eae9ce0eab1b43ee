"""How many steps are run, from which level on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import BadRequest
from studio.domain.registry import Registry
from studio.domain.things import Sampler, Schedule, ScheduleOptions
from studio.sampling.euler import euler
from studio.sampling.noise_levels import noise_levels, steps_to_run
from studio.sampling.simple import simple
from studio.sampling.trained import stable_diffusion
from studio.sampling.uniform import uniform

TRAINED = stable_diffusion()


def levels(sampler: Sampler, schedule: Schedule, **asked: object) -> tuple[float, ...]:
    given = {"trained": TRAINED, "steps": 20, "strength": None, "options": ScheduleOptions()} | asked
    return noise_levels(sampler, schedule, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("strength", "run"), [(0, 1), (0.05, 2), (0.3, 7), (0.5, 11), (0.6, 13), (0.75, 16), (0.85, 18), (1, 20)]
)
def test_redrawing_runs_the_steps_of_a1111(strength: float, run: int):
    """Measured in A1111, features.md 2.10."""
    whole = uniform.sigmas(20, TRAINED, ScheduleOptions())
    assert levels(euler, uniform, strength=strength) == pytest.approx(whole[-run - 1 :])


@pytest.mark.parametrize(
    ("strength", "length"), [(0.05, 400), (0.3, 66), (0.5, 40), (0.6, 33), (0.75, 26), (0.85, 23), (1, 20)]
)
def test_exact_steps_take_the_end_of_a_longer_schedule(strength: float, length: int):
    whole = uniform.sigmas(length, TRAINED, ScheduleOptions())
    assert levels(euler, uniform, strength=strength, exact_steps=True) == pytest.approx(whole[-21:])


def test_a_picture_from_noise_runs_all_steps():
    assert levels(euler, uniform, exact_steps=True) == pytest.approx(uniform.sigmas(20, TRAINED, ScheduleOptions()))


@pytest.mark.parametrize("name", ["DPM2", "DPM2 a", "DPM++ 3M SDE"])
def test_the_next_to_last_level_is_dropped_where_the_sampler_wants_it(name: str, samplers: Registry[Sampler]):
    whole = uniform.sigmas(21, TRAINED, ScheduleOptions())
    assert levels(samplers[name], uniform) == pytest.approx((*whole[:-2], 0))
    assert levels(samplers[name], uniform, strength=0.5) == pytest.approx((*whole[9:-2], 0))


def test_the_user_may_have_it_dropped_for_every_sampler():
    whole = uniform.sigmas(21, TRAINED, ScheduleOptions())
    assert levels(euler, uniform, discards_penultimate=True) == pytest.approx((*whole[:-2], 0))


def test_levels_that_are_equal_are_moved_apart(schedules: Registry[Schedule]):
    asked = [
        (simple, ScheduleOptions(), 3000),
        (schedules["beta"], ScheduleOptions(beta_alpha=0.01, beta_beta=0.01), 20),
    ]
    for schedule, options, steps in asked:
        found = levels(euler, schedule, options=options, steps=steps)
        assert len(found) == steps + 1
        assert all(above > below for above, below in pairwise(found))


def test_levels_that_cannot_be_run_are_refused(schedules: Registry[Schedule]):
    with pytest.raises(BadRequest, match="rho"):
        levels(euler, schedules["karras"], options=ScheduleOptions(rho=0.0001))


def test_no_steps_are_refused():
    with pytest.raises(BadRequest, match="at least 1"):
        levels(euler, uniform, steps=0)


@given(st.integers(1, 150), st.floats(0, 1), st.booleans())
def test_the_steps_that_are_run_fit_into_their_schedule(steps: int, strength: float, exact: bool):
    run, whole = steps_to_run(steps, strength, exact)
    assert 1 <= run <= whole <= 150_000
    assert run == steps if exact else run <= steps
