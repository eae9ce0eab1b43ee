"""/controlnet, by webuiapi and by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image, ImageOps

from studio.imaging.load import load_base64
from tests import fakes
from tests.api.conftest import Served


def get(served: Served, route: str) -> Any:
    return requests.get(f"{served.url}/controlnet/{route}", timeout=10).json()


def test_what_is_installed_is_listed(served: Served):
    client = served.client()
    assert client.controlnet_version() == 3
    assert client.controlnet_model_list() == ["control_v11p_sd15_canny [d14c016b]"]
    assert {"none", "invert", "canny"} <= set(client.controlnet_module_list())
    assert get(served, "settings") == {"control_net_unit_count": 3}


def test_modules_tell_their_sliders(served: Served):
    detail = get(served, "module_list")["module_detail"]["canny"]
    assert [each["name"] for each in detail["sliders"]] == ["Resolution", "Low Threshold", "High Threshold"]
    assert detail["sliders"][0] == {"name": "Resolution", "value": 512, "min": 64, "max": 2048, "step": 8}


def test_modules_may_be_listed_by_their_labels(served: Served):
    assert "invert (from white bg & black line)" in get(served, "module_list?alias_names=true")["module_list"]


def test_control_types_have_their_modules(served: Served):
    canny = get(served, "control_types")["control_types"]["Canny"]
    assert canny["default_option"] == "canny"
    assert canny["module_list"][:2] == ["none", "canny"]
    assert (canny["model_list"], canny["default_model"]) == (
        ["None", "control_v11p_sd15_canny [d14c016b]"],
        "control_v11p_sd15_canny [d14c016b]",
    )


@pytest.mark.parametrize("key", ["controlnet_input_images", "controlnet_images"])
def test_detect_makes_a_map(served: Served, key: str):
    image = fakes.noisy(64, 64)
    body = {"controlnet_module": "invert", key: [fakes.as_base64(image)], "controlnet_processor_res": 64}
    answer = requests.post(f"{served.url}/controlnet/detect", json=body, timeout=30).json()
    assert answer["info"] == "Success"
    found = served.client()._to_api_result(Answered(answer)).image
    assert np.array_equal(found, ImageOps.invert(image))


def test_detect_tells_the_poses_where_there_are_figures(served: Served):
    images = [fakes.as_base64(fakes.noisy(64, 64)), fakes.as_base64(fakes.noisy(128, 64))]
    body = {"controlnet_module": "one_nose", "controlnet_input_images": images, "controlnet_processor_res": 64}
    answer = requests.post(f"{served.url}/controlnet/detect", json=body, timeout=30).json()
    first, second = answer["poses"]
    assert (second["canvas_width"], second["canvas_height"]) == (128, 64)
    assert first["people"][0]["pose_keypoints_2d"][:4] == [32, 32, 1, 0]
    assert load_base64(answer["images"][0]).getpixel((32, 32)) == (255, 0, 0)
    body["controlnet_module"] = "invert"
    assert "poses" not in requests.post(f"{served.url}/controlnet/detect", json=body, timeout=30).json()


def test_detect_is_lenient_about_one_picture_no_mask_and_halves_of_a_pixel(served: Served):
    picture = fakes.as_base64(fakes.noisy(64, 64))
    body = {"controlnet_module": "invert", "controlnet_input_images": picture, "controlnet_processor_res": 64.5}
    for masks in ([None], picture):
        answer = requests.post(f"{served.url}/controlnet/detect", json={**body, "controlnet_masks": masks}, timeout=30)
        assert answer.status_code == 200


class Answered:
    status_code = 200

    def __init__(self, body: Any) -> None:
        self._body = body

    def json(self) -> Any:
        return self._body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"controlnet_module": "dream", "controlnet_input_images": ["?"]}, "Module not available"),
        ({"controlnet_module": "canny", "controlnet_input_images": []}, "No image selected"),
        ({"controlnet_module": "ip-adapter-auto", "controlnet_input_images": ["?"]}, "Module not supported"),
    ],
)
def test_detect_says_what_is_missing(served: Served, body: dict[str, Any], said: str):
    answer = requests.post(f"{served.url}/controlnet/detect", json=body, timeout=10)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_poses_are_drawn(served: Served):
    nose_and_neck = [10, 10, 1, 30, 40, 1] + [0, 0, 0] * 16
    told = {"people": [{"pose_keypoints_2d": nose_and_neck}], "canvas_width": 64, "canvas_height": 48}
    answer = requests.post(f"{served.url}/controlnet/render_openpose_json", json=[told], timeout=10).json()
    image = load_base64(answer["images"][0])
    assert image.size == (64, 48)
    assert image.getpixel((10, 10)) == (255, 0, 0)


@pytest.mark.parametrize("told", [{}, {"people": [], "canvas_width": 99999, "canvas_height": 8}])
def test_other_poses_are_refused(served: Served, told: dict[str, Any]):
    answer = requests.post(f"{served.url}/controlnet/render_openpose_json", json=[told], timeout=10)
    assert answer.status_code == 422


def test_maps_come_behind_the_pictures_unless_a_setting_says_no(served: Served):
    unit = {"module": "canny", "model": "control_v11p_sd15_canny", "image": fakes.as_base64(fakes.noisy())}
    body = {"prompt": "a fox", "width": 64, "height": 64, "steps": 2}
    body["alwayson_scripts"] = {"controlnet": {"args": [unit]}}
    for is_hidden, count in ((False, 2), (True, 1)):
        asked = body | {"override_settings": {"control_net_no_detectmap": is_hidden}}
        answer = requests.post(f"{served.url}/sdapi/v1/txt2img", json=asked, timeout=30)
        assert len(answer.json()["images"]) == count, answer.text


def batch_of(folder: Path, **fields: Any) -> dict[str, Any]:
    unit = {"module": "reference_only", "input_mode": "batch", "batch_images": str(folder), **fields}
    return {"prompt": "a", "seed": 7, "width": 64, "height": 64, "alwayson_scripts": {"ControlNet": {"args": [unit]}}}


def test_a_folder_is_a_batch_and_each_run_brings_its_map(served: Served, tmp_path: Path):
    for number, colour in enumerate(("red", "lime"), start=9):
        Image.new("RGB", (64, 64), colour).save(tmp_path / f"{number}.png")
    answer = requests.post(f"{served.url}/sdapi/v1/txt2img", json=batch_of(tmp_path), timeout=30).json()
    images = [load_base64(each) for each in answer["images"]]
    assert len(images) == 4
    assert [each.getpixel((5, 5)) for each in images[1::2]] == [(255, 0, 0), (0, 255, 0)]


def test_a_folder_that_is_not_there_is_named(served: Served, tmp_path: Path):
    for folder, said in ((tmp_path / "gone", "gone"), (tmp_path, "no pictures"), ("x" * 5000, "xxx")):
        answer = requests.post(f"{served.url}/sdapi/v1/txt2img", json=batch_of(folder), timeout=30)
        assert answer.status_code == 422
        assert said in answer.text
        assert len(answer.text) < 1000


def test_detect_fills_by_a_mask_only(served: Served):
    body = {"controlnet_module": "inpaint_only+lama", "controlnet_input_images": [fakes.as_base64(fakes.noisy())]}
    answer = requests.post(f"{served.url}/controlnet/detect", json=body, timeout=30)
    assert answer.status_code == 422
    assert "needs a mask" in answer.text
    masks = [fakes.as_base64(fakes.half_mask().image)]
    answer = requests.post(f"{served.url}/controlnet/detect", json={**body, "controlnet_masks": masks}, timeout=30)
    assert answer.status_code == 404
    assert "ControlNetLama.pth" in answer.text
