"""The kind of a file by its header: true names at small widths, and files that are nothing for the studio."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from studio.catalog.kinds import Kind, kind_of
from studio.domain.errors import BrokenFile
from tests.catalog.files import refiner, sd1, sd2, sdxl, write_safetensors

LORA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
Shapes = Mapping[str, tuple[int, ...]]


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        (sd1(), Kind.checkpoint),
        (sd1(9), Kind.checkpoint),
        (sd2(), Kind.checkpoint),
        (sdxl(), Kind.checkpoint),
        (refiner(), Kind.checkpoint),
        ({"model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale": (4,)}, Kind.checkpoint),
        ({f"{LORA}.lora_down.weight": (4, 768), f"{LORA}.lora_up.weight": (8, 4)}, Kind.lora),
        ({f"{LORA}.hada_w1_a": (8, 4), f"{LORA}.hada_w1_b": (4, 768)}, Kind.lora),
        ({"emb_params": (8, 768)}, Kind.embedding),
        ({"clip_l": (2, 768), "clip_g": (2, 1280)}, Kind.embedding),
        ({"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 4, 3, 3)}, Kind.vae),
        ({"control_model.zero_convs.0.0.weight": (8, 8, 1, 1)}, Kind.controlnet),
        ({"controlnet_cond_embedding.conv_in.weight": (8, 3, 3, 3)}, Kind.controlnet),
        ({"conv_in.weight": (4, 192, 3, 3), "body.0.block1.weight": (4, 4, 3, 3)}, Kind.controlnet),
        ({"image_proj.proj.weight": (4, 1024), "ip_adapter.1.to_k_ip.weight": (4, 4)}, Kind.controlnet),
        ({"params_ema.conv_first.weight": (8, 3, 3, 3)}, Kind.upscaler),
        ({"model.0.weight": (8, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (8, 8, 3, 3)}, Kind.upscaler),
        ({"1.weight": (8, 4, 3, 3), "3.conv.0.weight": (8, 8, 3, 3)}, Kind.small_decoder),
    ],
)
def test_the_header_tells_the_kind(shapes: Shapes, kind: Kind, tmp_path: Path):
    assert kind_of(write_safetensors(tmp_path / "a.safetensors", shapes)) is kind


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (
            {"text_model.embeddings.token_embedding.weight": (4, 4)},
            "is a text encoder, for which the studio has no use",
        ),
        ({"image_proj.proj.0.weight": (4, 4), "ip_adapter.1.to_k_ip.weight": (4, 4)}, "is an IP-Adapter FaceID"),
        ({"lora_controlnet": ()}, "is a Control-LoRA"),
        ({"transformer.a.lora_A.weight": (4, 8), "transformer.a.lora_B.weight": (8, 4)}, "for Flux"),
        ({"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 16, 3, 3)}, "16 latent channels"),
        ({"a": (4,), "b": (4,)}, "is something else"),
    ],
)
def test_what_is_of_no_use_is_named(shapes: Shapes, words: str, tmp_path: Path):
    with pytest.raises(BrokenFile, match=words):
        kind_of(write_safetensors(tmp_path / "a.safetensors", shapes))


def test_a_folder_is_a_checkpoint_by_its_index(tmp_path: Path):
    (tmp_path / "one").mkdir()
    with pytest.raises(BrokenFile, match=r"no model_index\.json"):
        kind_of(tmp_path / "one")
    (tmp_path / "one/model_index.json").write_text("{}")
    assert kind_of(tmp_path / "one") is Kind.checkpoint
