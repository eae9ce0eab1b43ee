from typing import Any

import pytest

from studio.domain.geometry import Size
from studio.ui.tabs.txt2img import base_request, show_request, to_request
from studio.ui.values import Names

SAID: list[dict[str, Any]] = [
    {"prompt": "a fox", "negative_prompt": "blur"},
    {"width": 96, "height": 160},
    {"batch_count": 3, "batch_size": 2},
    {"sampler": "Euler", "schedule": "Karras", "steps": 9, "cfg_scale": 3.5},
    {"seed": 5, "variation_seed": 6, "variation_strength": 0.25, "seed_resize_width": 64, "seed_resize_height": 96},
    {"hires": True, "hires_upscaler": "Latent (nearest)", "hires_scale": 1.5, "hires_steps": 4, "hires_strength": 0.4},
    {"hires": True, "hires_width": 512, "hires_prompt": "sharp", "hires_sampler": "Euler", "hires_schedule": "Karras"},
    {"script": "Twice", "Twice.loops": 2},
    {"refiner": "demo", "refiner_switch_at": 0.6},
    {"overrides": ["Clip skip: 2"]},
]


def test_the_page_begins_with_the_size_of_the_model(txt2img_values: dict[str, Any], names: Names):
    request = to_request(txt2img_values, names)
    assert request.init is None
    assert request.size == Size(1024, 1024)  # of a folder of another family, as the tests' checkpoint is


@pytest.mark.parametrize("said", SAID)
def test_what_is_shown_of_a_request_reads_as_the_same_request(
    txt2img_values: dict[str, Any], names: Names, said: dict[str, Any]
):
    request = to_request({**txt2img_values, **said}, names)
    assert request != to_request(txt2img_values, names)
    assert to_request({**txt2img_values, **show_request(request, names)}, names) == request


def test_a_text_about_hires_fix_finds_its_place(txt2img_values: dict[str, Any], names: Names):
    assert base_request(txt2img_values, names).hires
    assert to_request(txt2img_values, names).hires is None
