"""Small networks with random weights under the true key names of real files, for the tests of ControlNet."""

import re

import torch

CONTROL = {
    "block_out_channels": [32, 64, 64, 64],
    "attention_head_dim": 8,
    "cross_attention_dim": 32,
    "conditioning_embedding_out_channels": [8, 16, 24, 32],
}


def randomised(network, seed):
    """Every weight random, the zero convolutions too; else nothing would come out."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.15)
    return network.eval().requires_grad_(False)


def tiny_controlnet(seed=0, **changes):
    from diffusers import ControlNetModel

    return randomised(ControlNetModel(**{**CONTROL, **changes}), seed)


def tiny_union(seed=0, **changes):
    from diffusers import ControlNetUnionModel

    small = {"num_trans_channel": 32, "num_proj_channel": 32, "addition_time_embed_dim": 16, "num_control_type": 8}
    return randomised(ControlNetUnionModel(**{**CONTROL, **small, **changes}), seed)


def tiny_unet(seed=0, **changes):
    from diffusers import UNet2DConditionModel

    shape = {name: CONTROL[name] for name in ("block_out_channels", "attention_head_dim", "cross_attention_dim")}
    return randomised(UNet2DConditionModel(**{**shape, **changes}), seed)


PARTS = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
WHOLE = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "controlnet_mid_block": "middle_block_out.0",
    "mid_block.attentions.0": "middle_block.1",
    "controlnet_cond_embedding.conv_in": "input_hint_block.0",
    "controlnet_cond_embedding.conv_out": "input_hint_block.14",
}


def authors_names(network, layers=2):
    """The state dict as ControlNet's authors name it, with their count of two layers a level."""
    return {authors_name(name, layers): tensor.clone() for name, tensor in network.state_dict().items()}


def authors_name(name, layers):
    for new, old in WHOLE.items():
        if name.startswith(f"{new}."):
            return name.replace(new, old, 1)
    if found := re.match(r"controlnet_down_blocks\.(\d+)\.(.*)", name):
        return f"zero_convs.{found[1]}.0.{found[2]}"
    if found := re.match(r"controlnet_cond_embedding\.blocks\.(\d+)\.(.*)", name):
        return f"input_hint_block.{2 * int(found[1]) + 2}.{found[2]}"
    if found := re.match(r"mid_block\.resnets\.(\d)\.(\w+)\.(.*)", name):
        return f"middle_block.{2 * int(found[1])}.{PARTS[found[2]]}.{found[3]}"
    if found := re.match(r"down_blocks\.(\d)\.downsamplers\.0\.conv\.(.*)", name):
        return f"input_blocks.{(int(found[1]) + 1) * (layers + 1)}.0.op.{found[2]}"
    found = re.match(r"down_blocks\.(\d)\.(resnets|attentions)\.(\d)\.(.*)", name)
    place = f"input_blocks.{int(found[1]) * (layers + 1) + int(found[3]) + 1}"
    if found[2] == "attentions":
        return f"{place}.1.{found[4]}"
    part, _, rest = found[4].partition(".")
    return f"{place}.0.{PARTS[part]}.{rest}"


def write_nets(unet, folder):
    """Two ControlNets for the tiny model; their zero convolutions are random."""
    from diffusers import ControlNetModel

    config = {
        "block_out_channels": unet.config.block_out_channels,
        "down_block_types": unet.config.down_block_types,
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "cross_attention_dim": 32,
        "attention_head_dim": 2,
        "conditioning_embedding_out_channels": [8, 8, 16, 16],
        "transformer_layers_per_block": 1,
    }
    for seed, name in enumerate(("one", "two")):
        randomised(ControlNetModel(**config), seed).save_pretrained(folder / name)
