"""txt2img and img2img, called by the client that people use (webuiapi)."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from webuiapi import ControlNetUnit as ClientUnit

from studio.domain.request import GenerationRequest
from studio.prompt.infotext import parse_infotext
from studio.wire.dump import dumped
from tests import fakes
from tests.api.conftest import Served

SMALL: dict[str, Any] = {"width": 64, "height": 64}


def test_txt2img_answers_pictures_that_say_how_they_were_made(served: Served):
    answer = served.client().txt2img(
        prompt="a red barn", negative_prompt="blur", seed=5, batch_size=2, n_iter=2, **SMALL
    )
    assert [image.size for image in answer.images] == [(64, 64)] * 4
    assert answer.info["all_seeds"] == [5, 6, 7, 8]
    assert [image.info["parameters"] for image in answer.images] == answer.info["infotexts"]
    text = parse_infotext(answer.info["infotexts"][1])
    assert (text.prompt, text.negative_prompt) == ("a red barn", "blur")
    assert (text.facts["Seed"], text.facts["Sampler"], text.facts["Steps"]) == ("6", "Euler a", "4")


def test_info_has_every_key_of_a1111s(served: Served):
    # features.md 4.4
    keys = """prompt all_prompts negative_prompt all_negative_prompts seed all_seeds subseed all_subseeds
    subseed_strength width height sampler_name cfg_scale steps batch_size restore_faces face_restoration_model
    sd_model_name sd_model_hash sd_vae_name sd_vae_hash seed_resize_from_w seed_resize_from_h denoising_strength
    extra_generation_params index_of_first_image infotexts styles job_timestamp clip_skip
    is_using_inpainting_conditioning version"""
    answer = served.client().txt2img(**SMALL)
    assert set(keys.split()) <= set(answer.info)
    assert answer.info["sampler_name"] == "Euler a"
    assert answer.info["sd_model_name"] == "demo"


def test_the_same_request_gives_the_same_bytes(served: Served):
    first, second = (served.client().txt2img(prompt="a", seed=3, **SMALL).json["images"] for _ in range(2))
    assert first == second


def test_img2img_redraws_the_picture_it_is_given(served: Served):
    image = fakes.noisy(64, 64)
    kept = served.client().img2img([image], denoising_strength=0, **SMALL)
    redrawn = served.client().img2img([image], denoising_strength=1, seed=1, **SMALL)
    assert np.array_equal(kept.image, image)
    assert not np.array_equal(redrawn.image, image)
    assert redrawn.info["denoising_strength"] == 1


def test_what_the_mask_keeps_is_kept(served: Served):
    image, mask = fakes.noisy(64, 64), fakes.half_mask().image
    answer = served.client().img2img([image], mask_image=mask, mask_blur=0, seed=1, inpaint_full_res=False, **SMALL)
    assert np.array_equal(np.asarray(answer.image)[:, 32:], np.asarray(image)[:, 32:])
    assert not np.array_equal(np.asarray(answer.image)[:, :32], np.asarray(image)[:, :32])


def test_parameters_are_those_of_the_request_without_its_pictures(served: Served):
    answer = served.client().img2img([fakes.noisy()], prompt="a", steps=3, **SMALL)
    assert answer.parameters["steps"] == 3
    assert "init_images" not in answer.parameters
    assert "init_images" in served.client().img2img([fakes.noisy()], include_init_images=True, **SMALL).parameters


def test_styles_are_put_to_the_prompt(served: Served):
    answer = served.client().txt2img(prompt="a barn", styles=["Ink"], **SMALL)
    assert answer.info["prompt"] == "ink of a barn"
    assert answer.info["styles"] == ["Ink"]


def test_a_script_runs_with_its_arguments_in_order(served: Served):
    answer = served.client().img2img([fakes.noisy()], script_name="twice", script_args=["", 10], seed=5, **SMALL)
    assert answer.info["all_seeds"] == [5, 15]


def canny(**changes: Any) -> ClientUnit:
    return ClientUnit(image=fakes.noisy(), module="canny", model="control_v11p_sd15_canny", **changes)


def test_control_maps_follow_the_pictures(served: Served):
    answer = served.client().txt2img(controlnet_units=[canny()], **SMALL)
    picture, control_map = answer.images
    assert set(np.unique(control_map)) <= {0, 255}
    assert "ControlNet 0" in picture.info["parameters"]
    assert answer.info["all_seeds"] == [parse_seed(picture)]


def parse_seed(image: Image.Image) -> int:
    return int(parse_infotext(image.info["parameters"]).facts["Seed"])


def test_a_unit_that_is_off_does_nothing(served: Served):
    assert len(served.client().txt2img(controlnet_units=[canny(enabled=False)], **SMALL).images) == 1


def test_units_beside_the_other_fields_are_those_of_old_clients(served: Served):
    assert len(post(served, "txt2img", controlnet_units=[canny().to_dict()]).json()["images"]) == 2


def test_arguments_that_are_no_units_are_refused_and_not_left_out(served: Served):
    answer = post(served, "txt2img", alwayson_scripts={"controlnet": {"args": [True, "canny", "None"]}})
    assert (answer.status_code, "one object for each unit" in answer.json()["detail"]) == (422, True)
    assert post(served, "txt2img", alwayson_scripts={"controlnet": {"args": [False, None]}}).status_code == 200


def test_a_map_that_is_not_wanted_is_not_sent(served: Served):
    unit = {**canny().to_dict(), "save_detected_map": False}
    assert len(post(served, "txt2img", alwayson_scripts={"controlnet": {"args": [unit]}}).json()["images"]) == 1


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"module": "cany"}, 400, "UnknownName"),
        ({"model": "control_sd15_dream"}, 400, "UnknownName"),
        ({"guidance_start": 0.8, "guidance_end": 0.2}, 422, "BadRequest"),
    ],
)
def test_a_unit_that_cannot_work_fails_at_once(served: Served, changes: dict[str, Any], status: int, error: str):
    unit = {**canny().to_dict(), **changes}
    answer = post(served, "txt2img", alwayson_scripts={"ControlNet": {"args": [unit]}})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_without_pictures_sent_there_is_still_the_info(served: Served):
    answer = served.client().txt2img(send_images=False, seed=4, **SMALL)
    assert answer.json["images"] == []
    assert answer.info["all_seeds"] == [4]


def post(served: Served, route: str, **body: Any) -> requests.Response:
    return requests.post(f"{served.url}/sdapi/v1/{route}", json={**SMALL, "steps": 2, **body}, timeout=30)


def test_an_infotext_fills_in_what_the_body_does_not_say(served: Served):
    text = "a barn\nNegative prompt: blur\nSteps: 3, Sampler: Euler, CFG scale: 5, Seed: 9, Size: 72x64, RNG: CPU"
    body = {"infotext": text, "cfg_scale": 6, "prompt": "a house"}
    info = json.loads(requests.post(f"{served.url}/sdapi/v1/txt2img", json=body, timeout=30).json()["info"])
    assert (info["prompt"], info["negative_prompt"], info["cfg_scale"]) == ("a house", "blur", 6)
    assert (info["steps"], info["seed"], info["width"], info["sampler_name"]) == (3, 9, 72, "Euler")


def test_a_picture_is_drawn_again_from_its_own_infotext(served: Served):
    image = base64_of(fakes.noisy())
    mask = base64_of(fakes.half_mask().image)
    asked = {"mask": mask, "seed": 77, "inpainting_fill": 1, "denoising_strength": 0.5, "prompt": "a", "resize_mode": 1}
    first = post(served, "img2img", init_images=[image], **asked).json()
    text = json.loads(first["info"])["infotexts"][0]
    again = {"init_images": [image], "mask": mask, "infotext": text}
    second = requests.post(f"{served.url}/sdapi/v1/img2img", json=again, timeout=30).json()
    assert second["images"] == first["images"]


def base64_of(image: Image.Image) -> str:
    return fakes.as_base64(image)


@pytest.mark.parametrize(
    ("route", "body", "status", "error"),
    [
        ("txt2img", {"sampler_name": "Eular"}, 400, "UnknownName"),
        ("txt2img", {"scheduler": "karas"}, 400, "UnknownName"),
        ("txt2img", {"steps": 0}, 422, "BadRequest"),
        ("txt2img", {"steps": "many"}, 422, "RequestValidationError"),
        ("txt2img", {"styles": ["Oil"]}, 400, "UnknownName"),
        ("txt2img", {"script_name": "nothing"}, 422, "UnknownScript"),
        ("txt2img", {"script_name": "twice"}, 422, "UnknownScript"),
        ("txt2img", {"alwayson_scripts": {"ADetailer": {"args": []}}}, 422, "UnknownScript"),
        ("txt2img", {"override_settings": {"sd_model_checkpoint": "night"}}, 404, "ModelMissing"),
        ("img2img", {}, 404, "PictureMissing"),
        ("img2img", {"init_images": ["?"]}, 400, "BrokenFile"),
        ("img2img", {"init_images": ["aGVsbG8="]}, 400, "BrokenFile"),
    ],
)
def test_errors_have_their_status_and_say_what_to_do(
    served: Served, route: str, body: dict[str, Any], status: int, error: str
):
    answer = post(served, route, **body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["detail"]
    assert set(answer.json()) == {"error", "detail", "body", "errors", "facts"}


def test_an_unknown_sampler_is_answered_with_the_nearest(served: Served):
    facts = post(served, "txt2img", sampler_name="eular a").json()["facts"]
    assert facts["installed"][0] == "Euler a"


def test_numbers_that_are_none_are_refused(served: Served):
    answer = requests.post(
        f"{served.url}/sdapi/v1/txt2img",
        data='{"cfg_scale": NaN}',
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 422


def test_an_empty_list_is_no_script_and_no_setting(served: Served):
    assert post(served, "txt2img", alwayson_scripts=[], override_settings=[]).status_code == 200


HALF = "a \ud800 house"


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": HALF},
        {"styles": [HALF]},
        {"alwayson_scripts": {"controlnet": {"args": [{"module": HALF}]}}},
        {"alwayson_scripts": {HALF: {"args": []}}},
    ],
)
def test_half_a_character_is_refused(served: Served, body: dict[str, Any]):
    answer = post(served, "txt2img", **body)
    assert (answer.status_code, "half a character" in answer.json()["errors"]) == (422, True)


def test_old_names_of_samplers_are_known(served: Served):
    info = json.loads(post(served, "txt2img", sampler_name="DPM++ 2M Karras").json()["info"])
    facts = parse_infotext(info["infotexts"][0]).facts
    assert (facts["Sampler"], facts["Schedule type"]) == ("DPM++ 2M", "Karras")


def test_overrides_that_are_not_to_be_taken_back_stay(serve: Any):
    served = serve()
    post(served, "txt2img", override_settings={"CLIP_stop_at_last_layers": 2})
    assert served.studio.settings.get().clip_skip == 1
    post(
        served, "txt2img", override_settings={"CLIP_stop_at_last_layers": 2}, override_settings_restore_afterwards=False
    )
    assert served.studio.settings.get().clip_skip == 2


def test_pictures_are_kept_in_outputs_only_if_asked_for(serve: Any, tmp_path: Any):
    served = serve()
    post(served, "txt2img")
    assert list((tmp_path / "studio").glob("outputs/**/*.png")) == []
    post(served, "txt2img", save_images=True)
    assert len(list((tmp_path / "studio").glob("outputs/**/*.png"))) == 1


def test_a_body_that_was_dumped_asks_for_the_same_pictures(served: Served):
    request: GenerationRequest = fakes.img2img(mask=fakes.half_mask(), settings={"samples_save": False})
    body = dumped(request, served.studio.scripts, fakes.as_base64)
    answer = requests.post(f"{served.url}/sdapi/v1/img2img", json=body, timeout=30).json()
    job_id = served.jobs.submit(request, "page:test")
    (path,) = served.jobs.finished(job_id).result(timeout=30).paths
    assert base64.b64decode(answer["images"][0]) == path.read_bytes()
    assert Image.open(io.BytesIO(path.read_bytes())).size == (64, 64)


def test_masks_follow_their_pictures_where_asked_for(served: Served):
    """As A1111 answers them: picture, mask, composite, the next picture (features.md 2.7)."""
    both = {"return_mask": True, "return_mask_composite": True}
    answer = served.client().img2img(
        images=[fakes.noisy()], mask_image=fakes.half_mask().image, batch_size=2, override_settings=both, **SMALL
    )
    assert [image.mode for image in answer.images] == ["RGB", "L", "RGBA", "RGB", "L", "RGBA"]
    assert len(answer.info["infotexts"]) == 2


@pytest.mark.parametrize(("name", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP"), ("avif", "AVIF")])
def test_pictures_come_in_the_format_of_the_setting_and_say_how_they_were_made(served: Served, name: str, kind: str):
    answer = post(served, "txt2img", prompt="a barn", override_settings={"samples_format": name}).json()
    (picture,) = answer["images"]
    assert Image.open(io.BytesIO(base64.b64decode(picture))).format == kind
    told = requests.post(f"{served.url}/sdapi/v1/png-info", json={"image": picture}, timeout=30).json()
    assert (told["info"], told["parameters"]["Prompt"]) == (json.loads(answer["info"])["infotexts"][0], "a barn")


def test_a_grid_is_kept_unless_the_client_says_not_to(serve: Any, tmp_path: Any):
    served, grids = serve(), tmp_path / "studio" / "outputs" / "txt2img-grids"
    post(served, "txt2img", batch_size=2)
    post(served, "txt2img", batch_size=2, save_images=True, do_not_save_grid=True)
    assert not grids.exists()
    post(served, "txt2img", batch_size=2, save_images=True)
    assert [path.name for path in grids.rglob("*.png")] == ["grid-0001.png"]


def test_a_pattern_that_names_nothing_is_refused_at_the_setting(served: Served):
    for said in ({"samples_filename_pattern": "[sed]"}, {"samples_format": "gif"}):
        answer = requests.post(f"{served.url}/sdapi/v1/options", json=said, timeout=30)
        assert (answer.status_code, next(iter(said)) in str(answer.json()["facts"])) == (422, True)
