"""What is true of every schedule, and what single ones promise."""

import math
from itertools import pairwise

import numpy as np
import pytest

from studio.domain.errors import BadRequest
from studio.domain.registry import Registry
from studio.domain.things import Schedule, ScheduleOptions
from studio.sampling.trained import stable_diffusion, zero_terminal_snr

TRAINED = stable_diffusion()
NAMES = {
    "uniform": "Uniform",
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "sgm_uniform": "SGM Uniform",
    "kl_optimal": "KL Optimal",
    "align_your_steps": "Align Your Steps",
    "simple": "Simple",
    "normal": "Normal",
    "ddim": "DDIM",
    "beta": "Beta",
    "uni_pc": "UniPC",
}
LIMITED = {"karras", "exponential", "polyexponential", "sgm_uniform", "kl_optimal", "normal", "beta", "uni_pc"}


def time_of(sigma: float) -> float:
    return float(np.interp(math.log(sigma), np.log(TRAINED), np.arange(1000)))


def test_all_of_a1111_are_there_by_name_and_label(schedules: Registry[Schedule]):
    assert {schedule.name: schedule.label for schedule in schedules} == NAMES
    for name, label in NAMES.items():
        assert schedules[label].name == schedules[label.upper()].name == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 30, 150, 999])
@pytest.mark.parametrize("trained", [TRAINED, zero_terminal_snr()], ids=["usual", "zero terminal snr"])
def test_it_has_as_many_falling_levels_as_steps_and_then_zero(
    name: str, steps: int, trained: tuple[float, ...], schedules: Registry[Schedule]
):
    sigmas = schedules[name].sigmas(steps, trained, ScheduleOptions())
    assert len(sigmas) == steps + 1
    assert all(above > below for above, below in pairwise(sigmas))
    assert sigmas[-1] == 0
    assert all(type(sigma) is float for sigma in sigmas)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"ddim"}))
def test_it_starts_at_the_noisiest_level(name: str, schedules: Registry[Schedule]):
    assert schedules[name].sigmas(20, TRAINED, ScheduleOptions())[0] == pytest.approx(TRAINED[-1], rel=1e-4)


@pytest.mark.parametrize("name", sorted(LIMITED))
def test_limits_that_the_user_has_set_are_kept(name: str, schedules: Registry[Schedule]):
    sigmas = schedules[name].sigmas(20, TRAINED, ScheduleOptions(sigma_min=0.1, sigma_max=8.0))
    assert sigmas[0] == pytest.approx(8.0)
    assert sigmas[-2] >= 0.1 * (1 - 1e-9)


@pytest.mark.parametrize("name", sorted(LIMITED))
@pytest.mark.parametrize(("low", "high"), [(3.0, 2.0), (20.0, 0.0), (-1.0, 0.0), (0.0, 0.01)])
def test_limits_that_leave_nothing_are_refused(name: str, low: float, high: float, schedules: Registry[Schedule]):
    with pytest.raises(BadRequest, match="minimum sigma"):
        schedules[name].sigmas(20, TRAINED, ScheduleOptions(sigma_min=low, sigma_max=high))


def test_uniform_and_normal_are_even_in_time(schedules: Registry[Schedule]):
    for name in ("uniform", "normal"):
        times = [time_of(sigma) for sigma in schedules[name].sigmas(4, TRAINED, ScheduleOptions())[:-1]]
        assert times == pytest.approx([999, 666, 333, 0])


def test_sgm_uniform_leaves_the_end_out(schedules: Registry[Schedule]):
    times = [time_of(sigma) for sigma in schedules["SGM Uniform"].sigmas(3, TRAINED, ScheduleOptions())[:-1]]
    assert times == pytest.approx([999, 666, 333])


def test_simple_takes_trained_levels_only(schedules: Registry[Schedule]):
    sigmas = schedules["simple"].sigmas(7, TRAINED, ScheduleOptions())
    assert sigmas[:-1] == tuple(TRAINED[-1 - int(step * 1000 / 7)] for step in range(7))


def test_kl_optimal_is_even_in_the_arcus_tangent(schedules: Registry[Schedule]):
    angles = [math.atan(sigma) for sigma in schedules["kl_optimal"].sigmas(10, TRAINED, ScheduleOptions())[:-1]]
    assert np.diff(angles) == pytest.approx((math.atan(TRAINED[0]) - math.atan(TRAINED[-1])) / 10)


def test_uni_pc_spaces_its_steps_as_asked(schedules: Registry[Schedule]):
    def levels(skip_type: str) -> list[float]:
        return list(schedules["uni_pc"].sigmas(4, TRAINED, ScheduleOptions(uni_pc_skip_type=skip_type))[:-1])

    assert [time_of(sigma) for sigma in levels("time_uniform")] == pytest.approx(
        [999 * share / 4 for share in (4, 3, 2, 1)]
    )
    roots = [math.sqrt(time_of(sigma) + 1) for sigma in levels("time_quadratic")]
    assert np.diff(roots) == pytest.approx((1 - math.sqrt(1000)) / 4)
    assert np.diff(np.log(levels("logSNR"))) == pytest.approx(math.log(TRAINED[0] / TRAINED[-1]) / 4)


def test_the_beta_schedule_follows_its_parameters(schedules: Registry[Schedule]):
    even = schedules["beta"].sigmas(5, TRAINED, ScheduleOptions(beta_alpha=1.0, beta_beta=1.0))[:-1]
    assert np.diff(even) == pytest.approx((TRAINED[0] - TRAINED[-1]) / 4)
