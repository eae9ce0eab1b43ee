"""What headers tell of LoRA, embedding and VAE files; wrong files are named for what they are."""

import pytest

from studio.catalog.network_facts import embedding_facts, lora_facts, vae_facts
from tests.catalog.files import sd1, write_safetensors

TO_KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
XL_KEY = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_v"
WIDTHS = {
    "lora": {f"{TO_KEY}.lora_down.weight": (4, 768), f"{TO_KEY}.lora_up.weight": (320, 4)},
    "loha": {f"{TO_KEY}.hada_w1_a": (320, 4), f"{TO_KEY}.hada_w1_b": (4, 1024)},
    "lokr": {f"{XL_KEY}.lokr_w1": (4, 8), f"{XL_KEY}.lokr_w2_a": (160, 4), f"{XL_KEY}.lokr_w2_b": (4, 256)},
    "full": {f"{TO_KEY}.diff": (320, 768)},
    "diffusers": {"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 768),
                  "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.weight": (4, 768)},
    "two encoders": {"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight": (8, 4)},
    "unknown": {"lora_unet_conv_in.lora_up.weight": (8, 4)},
    "oft": {f"{TO_KEY}.oft_blocks": (8, 4, 4), f"{TO_KEY}.alpha": ()},
    "first oft": {f"{TO_KEY}.oft_diag": (8, 4, 4)},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "width", "base"),
    [
        ("lora", "LoRA", 768, "Stable Diffusion 1.x"),
        ("loha", "LoHa", 1024, "Stable Diffusion 2.x"),
        ("lokr", "LoKr", 2048, "Stable Diffusion XL"),
        ("full", "full", 768, "Stable Diffusion 1.x"),
        ("diffusers", "LoRA", 768, "Stable Diffusion 1.x"),
        ("two encoders", "LoRA", 2048, "Stable Diffusion XL"),
        ("unknown", "LoRA", 0, ""),
        ("oft", "OFT", 0, ""),
        ("first oft", "OFT", 0, ""),
    ],
)
def test_kind_and_architecture_of_networks(tmp_path, name, kind, width, base):
    facts = lora_facts(write_safetensors(tmp_path / "a.safetensors", WIDTHS[name]))
    assert (facts.kind, facts.text_width, facts.base, facts.problem) == (kind, width, base, "")


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (sd1(), "is no LoRA, but a checkpoint (sd1)"),
        ({"emb_params": (2, 768)}, "is no LoRA, but an embedding"),
        ({"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 4, 3, 3)}, "but a VAE"),
        ({"control_model.zero_convs.0.0.weight": (8, 8, 1, 1)}, "but a ControlNet"),
        ({"lora_unet_double_blocks_0_img_attn_proj.lora_up.weight": (8, 4)}, "is for Flux, Stable Diffusion 3"),
        ({"transformer.transformer_blocks.0.attn.to_q.lora_A.weight": (8, 4)}, "is for Flux, Stable Diffusion 3"),
        ({"something.odd": (3,), "and.more": (3,)}, "but something else"),
    ],
)
def test_files_that_are_no_network_are_named_for_what_they_are(tmp_path, tensors, words):
    assert words in lora_facts(write_safetensors(tmp_path / "a.safetensors", tensors)).problem


def test_broken_files_are_facts_too(tmp_path):
    whole = write_safetensors(tmp_path / "a.safetensors", WIDTHS["lora"])
    whole.write_bytes(whole.read_bytes()[:-100])
    assert "is truncated" in lora_facts(whole).problem
    (tmp_path / "b.safetensors").write_text("version https://git-lfs.github.com/spec/v1")
    assert "Git LFS pointer" in lora_facts(tmp_path / "b.safetensors").problem
    assert "cannot be read" in lora_facts(tmp_path / "gone.safetensors").problem


@pytest.mark.parametrize(
    ("tensors", "vectors", "widths"),
    [
        ({"emb_params": (3, 768)}, 3, {"": 768}),
        ({"string_to_param.*": (2, 1024)}, 2, {"": 1024}),
        ({"clip_l": (4, 768), "clip_g": (4, 1280)}, 4, {"clip_l": 768, "clip_g": 1280}),
        ({"<cat-toy>": (768,)}, 1, {"": 768}),
    ],
)
def test_embeddings_tell_their_vectors(tmp_path, tensors, vectors, widths):
    facts = embedding_facts(write_safetensors(tmp_path / "a.safetensors", tensors))
    assert (facts.vectors, dict(facts.widths), facts.problem) == (vectors, widths, "")
    assert facts.text_width == sum(widths.values())


def test_what_is_no_embedding_or_no_vae_is_named(tmp_path):
    path = write_safetensors(tmp_path / "a.safetensors", WIDTHS["lora"])
    assert "is no embedding, but a LoRA" in embedding_facts(path).problem
    assert "is no VAE, but a LoRA" in vae_facts(path).problem
    assert (
        "is no VAE, but a checkpoint (sd1)" in vae_facts(write_safetensors(tmp_path / "b.safetensors", sd1())).problem
    )
    vae = {"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 4, 3, 3)}
    assert vae_facts(write_safetensors(tmp_path / "c.safetensors", vae)).problem == ""
