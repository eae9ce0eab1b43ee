"""Every setting of the section reaches the samplers."""

import dataclasses
from typing import Any

import pytest

from studio.domain.settings import DECLARED, Settings
from studio.domain.things import SamplerOptions, ScheduleOptions
from studio.sampling.options import options_from

PLANNED = {"eta_noise_seed_delta", "always_discard_next_to_last_sigma", "sgm_noise_multiplier"}
"""These are no options of a sampler or a schedule."""
OTHERS = {"uni_pc_variant": "bh2", "uni_pc_skip_type": "logSNR", "uni_pc_order": 2, "uni_pc_lower_order_final": False}
KEYS = [each.field.name for each in DECLARED if each.section == "Sampler parameters"]


def flat(settings: Settings) -> dict[str, Any]:
    sampler, schedule = options_from(settings)
    return dataclasses.asdict(sampler) | dataclasses.asdict(schedule)


def test_the_settings_as_they_come_are_the_defaults():
    assert options_from(Settings()) == (SamplerOptions(), ScheduleOptions())


@pytest.mark.parametrize("key", sorted(set(KEYS) - PLANNED))
def test_each_setting_of_the_section_changes_one_option(key: str):
    plain, changed = flat(Settings()), flat(Settings().overridden({key: OTHERS.get(key, 0.5)}))
    (name,) = (name for name in plain if plain[name] != changed[name])
    assert changed[name] == OTHERS.get(key, 0.5)


def test_the_family_of_the_model_is_passed_on():
    assert options_from(Settings(), is_sdxl=True)[1].is_sdxl
