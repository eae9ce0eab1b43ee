"""The Models tab's list: every file, what it is, and why it can or cannot be used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from studio.studio import Studio
from studio.ui.download_text import size_text
from studio.ui.tabs.models import SHOWN, list_html
from tests.catalog.files import sd1, write_safetensors
from tests.fakes import make_studio

KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"


def lora(width: int) -> dict[str, tuple[int, ...]]:
    return {f"{KEY}.lora_down.weight": (4, width), f"{KEY}.lora_up.weight": (320, 4)}


def put(path: Path, tensors: Mapping[str, tuple[int, ...]], metadata: Mapping[str, Any] | None = None) -> None:
    write_safetensors(path, tensors, {key: json.dumps(value) for key, value in (metadata or {}).items()})


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """One checkpoint of the width of SD 1.x, and files of every kind."""
    models = tmp_path / "models"
    config = models / "demo" / "unet" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"in_channels": 4, "cross_attention_dim": 768}')
    put(models / "Lora/styles/paint.safetensors", lora(768), {"ss_tag_frequency": {"1_a": {"oil, thick": 3, "wet": 9}}})
    put(models / "Lora/wide.safetensors", lora(2048))
    put(models / "Lora/mistaken.safetensors", sd1())
    (models / "Lora/page.safetensors").write_text("<!DOCTYPE html>")
    put(tmp_path / "embeddings/easy.safetensors", {"emb_params": (8, 768)})
    put(
        models / "VAE/bright.safetensors",
        {"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 4, 3, 3)},
    )
    put(models / "ControlNet/edges.safetensors", {"control_model.zero_convs.0.0.weight": (8, 8, 1, 1)})
    (models / "ESRGAN").mkdir()
    (models / "ESRGAN/4x_sharp.pth").write_bytes(b"x")
    made = make_studio(tmp_path)
    (models / "demo" / "model_index.json").write_text('{"unet": ["diffusers", "UNet2DConditionModel"]}')
    return made


def test_every_file_stands_there_with_its_kind_and_architecture(studio: Studio):
    html = list_html(studio, "All", "")
    for words in (
        "<b>demo</b>",
        "Checkpoint · Stable Diffusion 1.x",
        "<b>paint</b>",
        "LoRA · Stable Diffusion 1.x",
        "Embedding, 8 vectors · Stable Diffusion 1.x",
        "<b>bright.safetensors</b>",
        "<b>4x_sharp</b>",
        "<b>edges [",
    ):
        assert words in html, words


def test_what_cannot_be_used_says_why(studio: Studio):
    html = list_html(studio, "LoRA", "")
    assert "For Stable Diffusion XL; the chosen checkpoint demo is Stable Diffusion 1.x" in html
    assert "mistaken.safetensors is no LoRA, but a checkpoint (sd1)" in html
    assert "page.safetensors is a web page (HTML), not weights" in html
    assert "<b>demo</b>" not in html


def test_a_click_writes_the_network_or_one_of_its_words(studio: Studio):
    html = list_html(studio, "LoRA", "paint")
    assert 'data-insert="&lt;lora:paint:1&gt;"' in html
    assert html.index('data-insert="wet"') < html.index('data-insert="oil, thick"')
    assert 'data-insert="easy"' in list_html(studio, "Embeddings", "")
    assert "data-insert" not in list_html(studio, "LoRA", "page")


def test_the_search_takes_names_and_folders(studio: Studio):
    assert "<b>paint</b>" in list_html(studio, "All", "STYLES")
    assert "<b>wide</b>" not in list_html(studio, "All", "styles")
    assert "No file of this kind fits the search" in list_html(studio, "VAE", "nothing like it")


def test_a_file_that_has_just_come_stands_there_and_long_lists_are_cut(studio: Studio, tmp_path: Path):
    for number in range(SHOWN + 5):
        put(tmp_path / f"embeddings/many-{number}.safetensors", {"emb_params": (1, 768)})
    html = list_html(studio, "Embeddings", "")
    assert html.count('class="models-row"') == SHOWN
    assert "6 more. Type into the search" in html
    assert list_html(studio, "Embeddings", "many-44").count('class="models-row"') == 1


def test_names_cannot_smuggle_markup(studio: Studio, tmp_path: Path):
    put(tmp_path / 'models/Lora/a"><img src=x onerror=alert(1)>.safetensors', lora(768))
    html = list_html(studio, "LoRA", "onerror")
    assert "<img" not in html


def test_sizes_read_as_file_managers_write_them():
    assert [size_text(size) for size in (900, 24_000, 2_500_000, 143_000_000, 2_130_000_000)] == [
        "1 kB", "24 kB", "2.5 MB", "143 MB", "2.1 GB",
    ]  # fmt: skip
