"""png-info, interrogate and extras, by webuiapi."""

from typing import Any

import numpy as np
import pytest
import requests

from tests import fakes
from tests.api.conftest import Served

LARGEST = {"upscaling_resize_w": 8192, "upscaling_resize_h": 8192}


def test_png_info_reads_a_picture_that_came_back(served: Served):
    client = served.client()
    answer = client.txt2img(prompt="a barn", seed=3, width=64, height=72)
    told = client.png_info(answer.image)
    assert told.info == answer.info["infotexts"][0]
    assert told.parameters["Prompt"] == "a barn"
    assert (told.parameters["Seed"], told.parameters["Size-1"], told.parameters["Size-2"]) == ("3", "64", "72")


def test_png_info_of_a_picture_that_says_nothing_is_empty(served: Served):
    assert served.client().png_info(fakes.noisy()).json == {"info": "", "items": {}, "parameters": {}}


def test_png_info_of_what_is_no_picture_is_refused(served: Served):
    answer = requests.post(f"{served.url}/sdapi/v1/png-info", json={"image": "aGVsbG8="}, timeout=10)
    assert answer.status_code == 400


def test_interrogate_describes_a_picture(served: Served):
    assert served.client().interrogate(fakes.noisy(64, 72)).info == "64x72, drawn"


@pytest.mark.parametrize(
    "body", [{"image": "", "model": "clip"}, {"image": None}, {"image": "aGVsbG8=", "model": "parrot"}]
)
def test_interrogate_without_picture_or_model_is_404(served: Served, body: dict[str, Any]):
    assert requests.post(f"{served.url}/sdapi/v1/interrogate", json=body, timeout=10).status_code == 404


def test_extras_enlarge_by_a_factor(served: Served):
    answer = served.client().extra_single_image(fakes.noisy(40, 30), upscaler_1="Nearest", upscaling_resize=2)
    assert np.array_equal(answer.image, fakes.noisy(40, 30).resize((80, 60), 0))
    assert answer.info == "Postprocess upscale by: 2, Postprocess upscaler: Nearest"


@pytest.mark.parametrize(("crops", "size"), [(True, (100, 100)), (False, (133, 100))])
def test_extras_enlarge_to_a_size(served: Served, crops: bool, size: tuple[int, int]):
    answer = served.client().extra_single_image(
        fakes.noisy(40, 30),
        upscaler_1="Lanczos",
        resize_mode=1,
        upscaling_resize_w=100,
        upscaling_resize_h=100,
        upscaling_crop=crops,
    )
    assert answer.image.size == size


def test_two_upscalers_are_mixed(served: Served):
    def enlarged(**options: Any) -> np.ndarray:
        return np.asarray(served.client().extra_single_image(fakes.noisy(8, 8), **options).image, dtype=float)

    one, other = enlarged(upscaler_1="Nearest"), enlarged(upscaler_1="Lanczos")
    mixed = enlarged(upscaler_1="Nearest", upscaler_2="Lanczos", extras_upscaler_2_visibility=0.5)
    assert np.abs(mixed - (one + other) / 2).max() <= 1


def test_without_an_upscaler_a_picture_stays(served: Served):
    assert served.client().extra_single_image(fakes.noisy(40, 30)).image.size == (40, 30)


def test_several_pictures_are_enlarged_at_once(served: Served):
    pictures = [fakes.noisy(40, 30), fakes.noisy(20, 20)]
    answer = served.client().extra_batch_images(pictures, upscaler_1="Lanczos", upscaling_resize=1.5)
    assert [image.size for image in answer.images] == [(60, 45), (30, 30)]


def test_the_infotext_survives(served: Served):
    drawn = served.client().txt2img(width=64, height=64).image
    larger = served.client().extra_single_image(drawn, upscaler_1="Nearest").image
    assert larger.info["parameters"] == drawn.info["parameters"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 404),
        ({"image": "aGVsbG8=", "upscaler_1": "Nearest"}, 400),
        ({"image": fakes.as_base64(fakes.noisy()), "upscaler_1": "Dream 4x"}, 400),
        ({"image": fakes.as_base64(fakes.noisy()), "gfpgan_visibility": 1}, 422),
        ({"image": fakes.as_base64(fakes.noisy()), "upscaling_resize": 1000}, 422),
        ({"image": fakes.as_base64(fakes.noisy()), "resize_mode": 7}, 422),
        ({"image": fakes.as_base64(fakes.noisy(3000, 30)), "upscaler_1": "Nearest", "resize_mode": 1, **LARGEST}, 422),
    ],
)
def test_extras_say_what_is_wrong(served: Served, body: dict[str, Any], status: int):
    assert requests.post(f"{served.url}/sdapi/v1/extra-single-image", json=body, timeout=10).status_code == status
