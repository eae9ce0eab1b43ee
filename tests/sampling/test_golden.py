"""Samplers and schedules against the numbers of k-diffusion and diffusers (made by tools/golden)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.domain.registry import Registry
from studio.domain.things import Sampler, Schedule, ScheduleOptions
from studio.sampling.trained import stable_diffusion, zero_terminal_snr
from tests.sampling.formula import Formula, run

FOLDER = Path(__file__).parent.parent / "golden"
KDIFFUSION, DIFFUSERS = (json.loads((FOLDER / f"{name}.json").read_text()) for name in ("kdiffusion", "diffusers"))


def rows(numbers: dict[str, Any], kind: str, *keys: str) -> list[Any]:
    """Those rows that have all keys, each with a name for pytest."""
    return [pytest.param(row, id=told(row)) for row in numbers[kind] if all(key in row for key in keys)]


def told(row: dict[str, Any]) -> str:
    flat = row | row.get("options", {})
    return " ".join(str(value) for value in flat.values() if not isinstance(value, list | dict))


@pytest.mark.parametrize("row", rows(KDIFFUSION, "samplers"))
def test_a_sampler_gives_the_numbers_of_k_diffusion(row: dict[str, Any], samplers: Registry[Sampler]):
    model, start = Formula(), np.array(KDIFFUSION["start"]) * row["sigmas"][0]
    end = run(samplers[row["sampler"]], row["sigmas"], start, model, **row["options"])[-1]
    assert end == pytest.approx(np.array(row["end"]), rel=1e-5, abs=1e-7)
    assert model.evaluated == pytest.approx(row["evaluated"])


@pytest.mark.parametrize("row", rows(DIFFUSERS, "samplers"))
def test_a_sampler_gives_the_numbers_of_diffusers(row: dict[str, Any], samplers: Registry[Sampler]):
    start = np.array(DIFFUSERS["start"]) * row["sigmas"][0]
    after = run(samplers[row["sampler"]], row["sigmas"], start, **row["options"])
    assert np.array(after) == pytest.approx(np.array(row["after"]), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("row", rows(KDIFFUSION, "schedules"))
def test_a_schedule_gives_the_numbers_of_k_diffusion(row: dict[str, Any], schedules: Registry[Schedule]):
    options = ScheduleOptions(sigma_min=row["low"], sigma_max=row["high"], rho=row["rho"])
    assert schedules[row["schedule"]].sigmas(row["steps"], stable_diffusion(), options) == pytest.approx(row["sigmas"])


@pytest.mark.parametrize("row", rows(DIFFUSERS, "schedules", "steps", "sigmas"))
def test_the_beta_schedule_gives_the_numbers_of_diffusers(row: dict[str, Any], schedules: Registry[Schedule]):
    ours = schedules[row["schedule"]].sigmas(row["steps"], stable_diffusion(), ScheduleOptions())
    assert ours == pytest.approx(row["sigmas"], rel=2e-5)


@pytest.mark.parametrize("row", rows(DIFFUSERS, "schedules", "times"))
def test_the_ddim_schedule_has_the_times_of_diffusers(row: dict[str, Any], schedules: Registry[Schedule]):
    trained = stable_diffusion()
    ours = schedules[row["schedule"]].sigmas(row["steps"], trained, ScheduleOptions())
    assert ours == pytest.approx([*(trained[time] for time in row["times"]), 0])


@pytest.mark.parametrize("row", rows(DIFFUSERS, "schedules", "is_sdxl"))
def test_align_your_steps_has_the_published_levels(row: dict[str, Any], schedules: Registry[Schedule]):
    ours = schedules[row["schedule"]].sigmas(10, stable_diffusion(), ScheduleOptions(is_sdxl=row["is_sdxl"]))
    longer = schedules[row["schedule"]].sigmas(11, stable_diffusion(), ScheduleOptions(is_sdxl=row["is_sdxl"]))
    assert longer[:-2] == pytest.approx(row["sigmas"][:-1])
    assert (ours[0], ours[-2:]) == (pytest.approx(14.615), pytest.approx((0.029, 0)))


@pytest.mark.parametrize("row", rows(DIFFUSERS, "schedules", "trained"))
def test_the_trained_levels_are_those_of_diffusers(row: dict[str, Any]):
    ours = np.array({"stable_diffusion": stable_diffusion, "zero_terminal_snr": zero_terminal_snr}[row["trained"]]())
    assert (1 / (1 + ours**2))[::111] == pytest.approx(np.array(row["kept"]), rel=1e-5, abs=1e-7)
