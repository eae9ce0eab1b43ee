"""Names of tensors as real programs write them."""

import pytest

from studio.catalog.network_keys import kind_of, read_key

ATTENTION = "down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
DOTTED = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"


@pytest.mark.parametrize(
    ("name", "part", "module", "role"),
    [
        (f"lora_unet_{ATTENTION}.lora_down.weight", "unet", ATTENTION, "down"),
        (f"unet.{DOTTED}.lora_A.weight", "unet", ATTENTION, "down"),
        (f"unet.{DOTTED}.lora.up.weight", "unet", ATTENTION, "up"),
        (f"unet.{DOTTED.removesuffix('.to_k')}.processor.to_k_lora.up.weight", "unet", ATTENTION, "up"),
        (f"base_model.model.{DOTTED}.lora_B.default.weight", "unet", ATTENTION, "up"),
        (f"{DOTTED}.lora_A.weight", "unet", ATTENTION, "down"),
        ("unet.a.attn1.processor.to_out_lora.down.weight", "unet", "a_attn1_to_out_0", "down"),
        ("lora_unet_input_blocks_4_1_proj_in.alpha", "unet", "input_blocks_4_1_proj_in", "alpha"),
        ("diffusion_model.input_blocks.4.1.proj_in.diff_b", "unet", "input_blocks_4_1_proj_in", "diff_b"),
        ("lycoris_mid_block_resnets_0_conv1.lokr_w2_a", "unet", "mid_block_resnets_0_conv1", "lokr_w2_a"),
        ("lora_unet_conv_in.weight", "unet", "conv_in", "ia3"),
        ("lora_unet_conv_in.a1.weight", "unet", "conv_in", "a1"),
        ("lora_unet_conv_in.lora_mid.weight", "unet", "conv_in", "mid"),
        ("lora_te_text_model_encoder_layers_3_mlp_fc1.hada_w1_a", "text", "encoder_layers_3_mlp_fc1", "hada_w1_a"),
        ("lora_te2_text_model_encoder_layers_3_mlp_fc1.alpha", "text_2", "encoder_layers_3_mlp_fc1", "alpha"),
        (
            "text_encoder_2.text_model.encoder.layers.3.mlp.fc1.lora_B.weight",
            "text_2",
            "encoder_layers_3_mlp_fc1",
            "up",
        ),
        (
            "text_encoder.text_model.encoder.layers.3.self_attn.to_q_lora.up.weight",
            "text_1",
            "encoder_layers_3_self_attn_q_proj",
            "up",
        ),
        ("lycoris_text_model_encoder_layers_3_mlp_fc1.diff", "text_1", "encoder_layers_3_mlp_fc1", "diff"),
    ],
)
def test_every_programs_names_are_read(name, part, module, role):
    assert read_key(name) == (part, module, role)


@pytest.mark.parametrize("name", ["alpha", "bundle_emb.x.clip_l", "first_stage_model.conv_in.bias", "lora_te", ""])
def test_other_names_are_none(name):
    assert read_key(name) is None


def test_kinds_by_their_roles():
    assert kind_of(["up", "down", "alpha"]) == "LoRA"
    assert kind_of(["up", "down", "mid"]) == "LoCon"
    assert kind_of(["hada_w1_a", "alpha"]) == "LoHa"
    assert kind_of(["lokr_w2", "lokr_w1"]) == "LoKr"
    assert kind_of(["ia3", "on_input"]) == "(IA)3"
    assert kind_of(["up", "down", "dora_scale"]) == "DoRA"
    assert kind_of(["ia3", "alpha"]) == ""
