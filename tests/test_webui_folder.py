"""The folder of an A1111 webui, named at the start: its files, styles and settings count, and nothing in it changes."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from studio.arguments import parse
from studio.bootstrap import create_app
from studio.prompt.styles import Style, write_styles
from tests.catalog.files import sd1, write_safetensors
from tests.fakes import with_one_checkpoint

LORA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"


@pytest.fixture
def webui(tmp_path: Path) -> Path:
    folder = tmp_path / "webui"
    write_safetensors(folder / "models/Stable-diffusion/dream.safetensors", sd1())
    write_safetensors(
        folder / "models/Lora/hat.safetensors",
        {f"{LORA}.lora_down.weight": (4, 768), f"{LORA}.lora_up.weight": (320, 4)},
    )
    write_safetensors(folder / "embeddings/easy.safetensors", {"emb_params": (2, 768)})
    write_safetensors(folder / "models/VAE/fine.vae.safetensors", {"encoder.conv_in.weight": (8, 3, 3, 3)})
    write_safetensors(
        folder / "extensions/sd-webui-controlnet/models/edges.safetensors",
        {"zero_convs.0.0.weight": (8, 8, 1, 1), "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (8, 768)},
    )
    (folder / "models/ESRGAN").mkdir()
    (folder / "models/ESRGAN/4x-Ultra.pth").touch()
    write_styles(folder / "styles.csv", [Style(name="Ink", prompt="ink of {prompt}", negative_prompt="")])
    settings = {"CLIP_stop_at_last_layers": 2, "samples_format": "webp", "jpeg_quality": "much", "hypernet": "none"}
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


def client_of(home: Path, webui: Path) -> TestClient:
    with_one_checkpoint(home / "models")
    return TestClient(create_app(parse(["--fake", "--webui-dir", str(webui)], home)))


def test_everything_in_it_is_listed(tmp_path: Path, webui: Path):
    with client_of(tmp_path / "home", webui) as client:

        def told(route: str) -> str:
            return json.dumps(client.get(route).json())

        for route, name in (
            ("/sdapi/v1/sd-models", "dream"),
            ("/sdapi/v1/loras", "hat"),
            ("/sdapi/v1/embeddings", "easy"),
            ("/sdapi/v1/sd-vae", "fine.vae"),
            ("/sdapi/v1/sd-modules", "fine.vae"),
            ("/sdapi/v1/upscalers", "4x-Ultra"),
            ("/sdapi/v1/prompt-styles", "Ink"),
            ("/controlnet/model_list", "edges"),
        ):
            assert name in told(route), route


def test_its_settings_count_until_something_is_changed_here_and_stay_as_they_are(tmp_path: Path, webui: Path):
    before = (webui / "config.json").read_bytes()
    with client_of(tmp_path / "home", webui) as client:
        options = client.get("/sdapi/v1/options").json()
        assert (options["CLIP_stop_at_last_layers"], options["samples_format"]) == (2, "webp")
        assert options["jpeg_quality"] == 80  # what they cannot be is left out
        client.post("/sdapi/v1/options", json={"samples_format": "png"})
    kept = json.loads((tmp_path / "home/data/settings.json").read_text())
    assert kept == {"CLIP_stop_at_last_layers": 2, "samples_format": "png"}
    assert (webui / "config.json").read_bytes() == before


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        parse(["--webui-dir", str(tmp_path / "nowhere")], tmp_path)
    assert "nowhere" in capsys.readouterr().err
