"""What is true of every sampler, and what single ones promise."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from studio.domain.registry import Registry
from studio.domain.things import Sampler, SamplerOptions, Schedule, ScheduleOptions
from studio.sampling.karras import karras
from studio.sampling.trained import stable_diffusion
from tests.sampling.formula import Formula, run

TRAINED = stable_diffusion()
LEVELS = karras.sigmas(12, TRAINED, ScheduleOptions())
START = np.array([1.0, -0.7, 0.3, -0.1]) * LEVELS[0]
OWN_SCHEDULES = {
    "Karras": {"DPM++ 2M", "DPM++ SDE", "DPM++ 2S a", "DPM2", "DPM2 a", "Restart"},
    "Exponential": {"DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 3M SDE"},
    "Uniform": {"Euler a", "Euler", "LMS", "Heun", "DPM fast", "DPM adaptive"},
    "DDIM": {"DDIM", "DDIM CFG++", "PLMS"},
    "UniPC": {"UniPC"},
    "SGM Uniform": {"LCM"},
}
NAMES = sorted(set[str]().union(*OWN_SCHEDULES.values()))
ONE_EVALUATION = set(NAMES) - {"DPM++ SDE", "DPM++ 2S a", "Heun", "DPM2", "DPM2 a", "Restart", "DPM adaptive"}
QUIET = {"eta": 0.0, "eta_ddim": 0.0}


def exact(level: float, start: Any, sigma: float) -> Any:
    """The flow's solution for pictures that are normal with deviation 1: x / sqrt(1 + sigma**2) stays."""
    return start * math.sqrt((1 + level**2) / (1 + sigma**2))


def gaussian(x: Any, sigma: float) -> Any:
    return x / (1 + sigma**2)


def test_all_of_a1111_are_there_with_its_facts(samplers: Registry[Sampler], schedules: Registry[Schedule]):
    assert set(samplers.names()) == set(NAMES)
    assert {name for name in NAMES if samplers[name].discards_penultimate} == {"DPM2", "DPM2 a", "DPM++ 3M SDE"}
    second_order = {"DPM++ SDE", "DPM++ 2S a", "Heun", "DPM2", "DPM2 a", "Restart"}
    assert {name for name in NAMES if samplers[name].is_second_order} == second_order
    brownian = {"DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 3M SDE"}
    assert {name for name in NAMES if samplers[name].is_brownian} == brownian
    for schedule, names in OWN_SCHEDULES.items():
        assert {schedules[samplers[name].schedule].label for name in names} == {schedule}


@pytest.mark.parametrize(
    ("alias", "name"),
    [("k_euler_a", "Euler a"), ("K_DPMPP_2M", "DPM++ 2M"), ("k_dpm_ad", "DPM adaptive"), ("unipc", "UniPC")],
)
def test_the_names_of_older_clients_are_known(alias: str, name: str, samplers: Registry[Sampler]):
    assert samplers[alias].name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_torch_tensor_goes_the_same_way_as_an_array(name: str, samplers: Registry[Sampler]):
    def tensor_noise(sigma: float, next_sigma: float) -> torch.Tensor:
        return torch.full((4,), math.sin(sigma + next_sigma), dtype=torch.float64)

    def array_noise(sigma: float, next_sigma: float) -> Any:
        return tensor_noise(sigma, next_sigma).numpy()

    class TensorFormula(Formula):
        def __call__(self, x: Any, sigma: float) -> Any:
            assert isinstance(x, torch.Tensor)
            return torch.from_numpy(super().__call__(x.numpy(), sigma))

        def with_unconditional(self, x: Any, sigma: float) -> Any:
            return self(x, sigma), torch.from_numpy(Formula(0.5)(x.numpy(), sigma))

    steps, options = samplers[name].steps, SamplerOptions()
    arrays = list(steps(Formula(), START, LEVELS, array_noise, options))
    tensors = list(steps(TensorFormula(), torch.from_numpy(START), LEVELS, tensor_noise, options))
    assert len(arrays) == len(tensors)
    assert torch.stack(tensors).numpy() == pytest.approx(np.stack(arrays), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_start_is_left_as_it_was(name: str, samplers: Registry[Sampler]):
    start = START.copy()
    run(samplers[name], LEVELS, start)
    assert (start == START).all()


@pytest.mark.parametrize("name", sorted(ONE_EVALUATION))
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 16])
def test_a_step_costs_one_evaluation(name: str, steps: int, samplers: Registry[Sampler]):
    model, whole = Formula(), karras.sigmas(20, TRAINED, ScheduleOptions())
    run(samplers[name], whole[-1 - steps :], START, model)
    assert len(model.evaluated) == steps


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"DDIM CFG++"}))
def test_a_single_step_to_zero_gives_the_guess(name: str, samplers: Registry[Sampler]):
    (end,) = run(samplers[name], (2.0, 0.0), START)
    assert end == pytest.approx(Formula()(START, 2.0))


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"LCM", "DDIM CFG++"}))
def test_without_noise_it_follows_the_flow(name: str, samplers: Registry[Sampler]):
    sigmas = karras.sigmas(19 if name == "Restart" else 60, TRAINED, ScheduleOptions())
    end = run(samplers[name], sigmas, START, gaussian, **QUIET)[-1]
    tolerance = 0.06 if name in ("Euler", "Euler a", "DDIM", "DPM adaptive") else 0.02
    assert end == pytest.approx(exact(0, START, sigmas[0]), rel=tolerance)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"LCM", "DDIM CFG++", "DPM fast", "DPM adaptive"}))
def test_noise_of_the_right_amount_is_added(name: str, samplers: Registry[Sampler]):
    """Pictures that are normal with deviation 1 come out so, with every kind of noise."""
    random = np.random.default_rng(0)
    sigmas = karras.sigmas(100, TRAINED, ScheduleOptions())
    start = random.standard_normal(20000) * sigmas[0]

    def noise(sigma: float, next_sigma: float) -> Any:
        return random.standard_normal(20000)

    if samplers[name].is_brownian:  # of one path: the noise of a step holds that of its first half
        noise = BrownianPath(random, 20000)
    options = SamplerOptions(eta_ddim=1.0, churn=5.0)
    *_, end = samplers[name].steps(gaussian, start, sigmas, noise, options)
    assert float(np.std(end)) == pytest.approx(1, abs=0.04)


class BrownianPath:
    """Increments between two levels; those of nested spans belong together."""

    def __init__(self, random: np.random.Generator, count: int) -> None:
        self.random, self.count, self.inner = random, count, None

    def __call__(self, sigma: float, next_sigma: float) -> Any:
        fresh = self.random.standard_normal(self.count) * math.sqrt(sigma - next_sigma)
        if self.inner and self.inner[0] == sigma and self.inner[1] > next_sigma:
            _, middle, first = self.inner
            fresh = first + self.random.standard_normal(self.count) * math.sqrt(middle - next_sigma)
            self.inner = None
        else:
            self.inner = (sigma, next_sigma, fresh)
        return fresh / math.sqrt(sigma - next_sigma)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_that_has_broken_down_does_not_hold_it_up(name: str, value: float, samplers: Registry[Sampler]):
    class Broken:
        evaluations = 0

        def __call__(self, x: Any, sigma: float) -> Any:
            self.evaluations += 1
            return x * 0 + value

        def with_unconditional(self, x: Any, sigma: float) -> Any:
            return self(x, sigma), x

    broken = Broken()
    with np.errstate(all="ignore"):
        end = run(samplers[name], LEVELS, START, broken)[-1]
    assert broken.evaluations <= 40
    assert not np.isfinite(end).any()


def test_dpm_adaptive_ends_though_no_step_is_good_enough(samplers: Registry[Sampler]):
    class Restless:
        evaluations = 0

        def __call__(self, x: Any, sigma: float) -> Any:
            self.evaluations += 1
            return x * 0 + 1e4 * (-1) ** self.evaluations

    restless = Restless()
    run(samplers["DPM adaptive"], LEVELS, START, restless)
    assert restless.evaluations == 200 * 3 + 1


def test_restart_goes_back_up_as_often_as_the_steps_allow(samplers: Registry[Sampler]):
    def ups(steps: int) -> int:
        model = Formula()
        run(samplers["Restart"], karras.sigmas(steps, TRAINED, ScheduleOptions()), START, model)
        return sum(later > sooner * 1.001 for sooner, later in pairwise(model.evaluated))

    # Heun evaluates the end of a step, and then, again, the start of the next one, so only restarts go up
    assert [ups(steps) for steps in (19, 20, 35, 36, 50)] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize("steps", [20, 36, 41])
def test_restart_makes_as_many_steps_as_were_asked_for(steps: int, samplers: Registry[Sampler]):
    assert len(run(samplers["Restart"], karras.sigmas(steps, TRAINED, ScheduleOptions()), START)) == steps


def test_plms_is_exact_for_slopes_of_third_degree_after_its_start(samplers: Registry[Sampler]):
    sigmas = np.linspace(5, 1, 9).tolist()
    slope = np.polynomial.Polynomial([0.5, -1.0, 0.3, 0.2])

    def model(x: Any, sigma: float) -> Any:
        return x - sigma * slope(sigma)

    after = run(samplers["PLMS"], sigmas, START, model)
    whole = slope.integ()
    for index in range(3, 8):
        made = after[index] - after[index - 1]
        assert made == pytest.approx(np.full(4, whole(sigmas[index + 1]) - whole(sigmas[index])))


def test_ddim_cfgpp_is_the_papers_step_in_its_own_scale(samplers: Registry[Sampler]):
    """x' = sqrt(a') x0 + sqrt(1 - a') e_uncond, with the guidance of the guess at a 12.5th (Chung et al., eq. 8)."""
    sigma, next_sigma = 3.0, 1.5
    guided, unguided = Formula().with_unconditional(START, sigma)
    kept, next_kept = 1 / (1 + sigma**2), 1 / (1 + next_sigma**2)
    scaled = START * math.sqrt(kept)
    direction = (scaled - math.sqrt(kept) * unguided) / math.sqrt(1 - kept)
    guess = unguided + (guided - unguided) / 12.5
    expected = math.sqrt(next_kept) * guess + math.sqrt(1 - next_kept) * direction
    (end,) = run(samplers["DDIM CFG++"], (sigma, next_sigma), START)
    assert end * math.sqrt(next_kept) == pytest.approx(expected)


@pytest.mark.parametrize("variant", ["bh1", "bh2", "vary_coeff"])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 50])
def test_uni_pc_of_any_order_stays_on_the_flow(variant: str, order: int, samplers: Registry[Sampler]):
    options = {"uni_pc_variant": variant, "uni_pc_order": order}
    sigmas = [*np.geomspace(10, 0.05, 25).tolist(), 0.0]
    end = run(samplers["UniPC"], sigmas, START, gaussian, **options)[-1]
    assert end == pytest.approx(exact(0, START, sigmas[0]), rel=0.02)


def test_uni_pc_gets_better_with_its_order(samplers: Registry[Sampler]):
    sigmas = np.geomspace(10, 0.1, 17).tolist()
    goal = exact(sigmas[-1], START, sigmas[0])

    def error(order: int) -> float:
        options = {"uni_pc_variant": "vary_coeff", "uni_pc_order": order, "uni_pc_lower_order_final": False}
        return float(abs(run(samplers["UniPC"], sigmas, START, gaussian, **options)[-1] - goal).max())

    errors = [error(order) for order in (1, 2, 3)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
