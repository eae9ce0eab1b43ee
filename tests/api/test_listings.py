"""What clients read when they start, by their own calls."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from safetensors.numpy import save_file

from tests.api.conftest import Serve, Served


def test_samplers_and_schedules_have_their_names(served: Served):
    client = served.client()
    samplers = {each["name"]: each for each in client.get_samplers()}
    assert "k_euler_a" in samplers["Euler a"]["aliases"]
    schedulers = client.get_schedulers()
    assert schedulers[0]["label"] == "Automatic"
    assert {"name": "karras", "label": "Karras", "aliases": None, "default_rho": 7.0, "need_inner_model": False} in (
        schedulers
    )


def test_scripts_are_listed_in_small_letters_with_those_that_are_always_on(served: Served):
    scripts = served.client().get_scripts()
    assert {"twice", "controlnet", "soft inpainting", "refiner"} <= set(scripts["img2img"])
    assert "twice" not in scripts["txt2img"]
    assert served.client().has_controlnet


def test_script_info_tells_the_arguments(served: Served):
    infos = requests.get(f"{served.url}/sdapi/v1/script-info", timeout=10).json()
    (found,) = [each for each in infos if each["name"] == "twice"]
    assert found["is_img2img"]
    assert not found["is_alwayson"]
    assert [(each["label"], each["value"]) for each in found["args"]] == [("What it does", ""), ("Seed step", 1)]
    assert (found["args"][1]["minimum"], found["args"][1]["maximum"]) == (1, 100)
    (soft,) = [each for each in infos if each["name"] == "soft inpainting"]
    assert [each["value"] for each in soft["args"]] == [False, 1.0, 0.5, 4.0, 0.0, 0.5, 2.0]


def test_models_and_upscalers_are_those_that_are_there(served: Served):
    client = served.client()
    assert [each["model_name"] for each in client.get_sd_models()] == ["demo"]
    assert {"Lanczos", "Nearest"} <= {each["name"] for each in client.get_upscalers()}
    assert client.get_latent_upscale_modes()[0] == {"name": "Latent"}
    assert client.refresh_checkpoints() is None


def test_kinds_that_the_studio_has_none_of_are_empty(served: Served):
    client = served.client()
    lists: list[Any] = [
        client.get_hypernetworks(),
        client.get_face_restorers(),
        client.get_realesrgan_models(),
    ]
    assert lists == [[]] * 3


def test_loras_embeddings_and_vae_files_are_listed_as_they_are_put_there(serve: Serve, tmp_path: Path):
    client = serve().client()
    assert (client.get_loras(), client.get_sd_vae()) == ([], [])
    assert client.get_embeddings() == {"loaded": {}, "skipped": {}}
    folder = tmp_path / "studio"
    for name in ("loras", "vae", "ti"):
        (folder / name).mkdir()
    save_file(
        {"lora_unet_x.lora_up.weight": np.zeros((4, 4), np.float32)},
        folder / "loras" / "ink.safetensors",
        {"ss_output_name": "Ink of mine"},
    )
    save_file({"emb_params": np.zeros((3, 768), np.float32)}, folder / "ti" / "easy.safetensors")
    (folder / "ti" / "broken.safetensors").write_bytes(b"<html>")
    (folder / "vae" / "soft.vae.pt").write_bytes(b"")
    (lora,) = client.get_loras()
    assert (lora["name"], lora["alias"]) == ("ink", "Ink of mine")
    assert lora["metadata"] == {"ss_output_name": "Ink of mine"}
    assert [each["model_name"] for each in client.get_sd_vae()] == ["soft.vae.pt"]
    found = client.get_embeddings()
    assert (found["loaded"]["easy"]["vectors"], found["loaded"]["easy"]["shape"]) == (3, 768)
    assert list(found["skipped"]) == ["broken"]


def test_styles_are_those_of_the_file(served: Served):
    assert served.client().get_prompt_styles() == [
        {"name": "Ink", "prompt": "ink of {prompt}", "negative_prompt": "colour"}
    ]


def test_flags_are_told_without_passwords(serve: Serve):
    served = serve("--api-auth", "ann:secret")
    answer = requests.get(f"{served.url}/sdapi/v1/cmd-flags", auth=("ann", "secret"), timeout=10)
    assert answer.json()["port"] == 7860
    assert "secret" not in answer.text


def test_memory_is_told(served: Served):
    ram = served.client().get_memory()["ram"]
    assert ram["total"] > 0 or ram["error"]


def test_options_are_read_and_changed(serve: Serve):
    client = serve().client()
    assert client.get_options()["sd_model_checkpoint"] == "demo"
    assert client.get_options()["CLIP_stop_at_last_layers"] == 1
    assert client.set_options({"CLIP_stop_at_last_layers": 2, "sd_model_checkpoint": "demo"}) is None
    assert client.get_options()["CLIP_stop_at_last_layers"] == 2


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"sd_model_checkpoint": "night"}, 404),
        ({"CLIP_stop_at_last_layers": 99}, 422),
        ({"no_such_setting": 1}, 422),
        ({"sd_vae": "some.pt"}, 400),
        ({"sd_vae": "Automatic"}, 200),
    ],
)
def test_options_that_cannot_be_are_refused(served: Served, given: dict[str, Any], status: int):
    before = served.client().get_options()
    assert requests.post(f"{served.url}/sdapi/v1/options", json=given, timeout=10).status_code == status
    assert served.client().get_options() == before


def test_models_are_freed_and_loaded_ahead_and_the_next_job_works(served: Served):
    for route in ("unload-checkpoint", "reload-checkpoint", "unload-checkpoint"):
        answer = requests.post(f"{served.url}/sdapi/v1/{route}", timeout=30)
        assert (answer.status_code, answer.json()) == (200, {})
    assert served.client().txt2img(prompt="red", width=64, height=64, steps=2).image


def test_a_model_that_is_not_there_cannot_be_loaded_ahead(serve: Serve):
    own = serve()
    own.studio.settings.change({"sd_model_checkpoint": "ghost"})
    answer = requests.post(f"{own.url}/sdapi/v1/reload-checkpoint", timeout=30)
    assert answer.status_code == 404
    assert "ghost" in answer.json()["detail"]
