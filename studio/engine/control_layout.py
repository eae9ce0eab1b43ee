"""ControlNets' weight files brought to diffusers' names, and the network's shape read from them.

So no table of configurations is needed: any width, any depth, SD 1, 2 or XL. Another layout is a branch in
`in_diffusers_layout`, another trait a line in `config_of`.
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

State = Mapping[str, Tensor]
PREFIX = "control_model."
HEAD_WIDTH = 64
"""Of SD 2 and SDXL, which project by matrices; SD 1 has always 8 heads."""

NAMES: tuple[tuple[str, str], ...] = (
    (r"input_blocks\.0\.0\.", "conv_in."),
    (r"time_embed\.0\.", "time_embedding.linear_1."),
    (r"time_embed\.2\.", "time_embedding.linear_2."),
    (r"label_emb\.0\.0\.", "add_embedding.linear_1."),
    (r"label_emb\.0\.2\.", "add_embedding.linear_2."),
    (r"middle_block\.0\.", "mid_block.resnets.0."),
    (r"middle_block\.1\.", "mid_block.attentions.0."),
    (r"middle_block\.2\.", "mid_block.resnets.1."),
    (r"middle_block_out\.0\.", "controlnet_mid_block."),
    (r"zero_convs\.(\d+)\.0\.", r"controlnet_down_blocks.\1."),
    (r"input_hint_block\.0\.", "controlnet_cond_embedding.conv_in."),
)
RESNET = (
    ("in_layers.0.", "norm1."),
    ("in_layers.2.", "conv1."),
    ("emb_layers.1.", "time_emb_proj."),
    ("out_layers.0.", "norm2."),
    ("out_layers.3.", "conv2."),
    ("skip_connection.", "conv_shortcut."),
)


def in_diffusers_layout(state: State) -> dict[str, Tensor]:
    """The same tensors under diffusers' names; what is no part of the network (`difference`) is left out."""
    plain = {name.removeprefix(PREFIX): tensor for name, tensor in state.items()}
    plain.pop("difference", None)
    if "zero_convs.0.0.weight" not in plain:
        return plain
    places = block_places(plain)
    last_hint = max(int(name.split(".")[1]) for name in plain if name.startswith("input_hint_block."))
    return {renamed(name, places, last_hint): tensor for name, tensor in plain.items()}


def block_places(state: State) -> dict[int, tuple[int, int]]:
    """Which level and which layer of it each input block (from 1 on) is; a downsampler ends its level."""
    indices = sorted({int(name.split(".")[1]) for name in state if name.startswith("input_blocks.")} - {0})
    places: dict[int, tuple[int, int]] = {}
    level = layer = 0
    for index in indices:
        places[index] = (level, layer)
        is_downsampler = f"input_blocks.{index}.0.op.weight" in state
        level, layer = (level + 1, 0) if is_downsampler else (level, layer + 1)
    return places


def renamed(name: str, places: Mapping[int, tuple[int, int]], last_hint: int) -> str:
    for pattern, replacement in NAMES:
        changed, count = re.subn(f"^{pattern}", replacement, name)
        if count:
            return resnet_renamed(changed)
    if name.startswith("input_hint_block."):
        return hint_renamed(name, last_hint)
    if name.startswith("input_blocks."):
        return block_renamed(name, places)
    return name


def hint_renamed(name: str, last: int) -> str:
    """Every second of the hint's layers is a convolution; the first and the last have names of their own."""
    _, index, rest = name.split(".", 2)
    place = "conv_out" if int(index) == last else f"blocks.{int(index) // 2 - 1}"
    return f"controlnet_cond_embedding.{place}.{rest}"


def block_renamed(name: str, places: Mapping[int, tuple[int, int]]) -> str:
    _, index, part, rest = name.split(".", 3)
    level, layer = places[int(index)]
    if rest.startswith("op."):
        return f"down_blocks.{level}.downsamplers.0.conv.{rest.removeprefix('op.')}"
    kind = "resnets" if part == "0" else "attentions"
    return resnet_renamed(f"down_blocks.{level}.{kind}.{layer}.{rest}")


def resnet_renamed(name: str) -> str:
    if ".resnets." in name:
        for old, new in RESNET:
            name = name.replace(old, new)
    return name


def config_of(state: State) -> dict[str, Any]:
    """What diffusers' ControlNetModel must be built with, read from a state dict in diffusers' layout."""
    levels = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("down_blocks."))
    depths = [attention_depth(state, f"down_blocks.{level}.attentions.0.") for level in range(levels)]
    widths = [int(state[f"down_blocks.{level}.resnets.0.conv1.weight"].shape[0]) for level in range(levels)]
    projection = next((t for name, t in state.items() if name.endswith(".proj_in.weight")), None)
    is_linear = projection is not None and projection.ndim == 2
    to_key = next((t for name, t in state.items() if name.endswith("attn2.to_k.weight")), None)
    return {
        "in_channels": int(state["conv_in.weight"].shape[1]),
        "conditioning_channels": int(state["controlnet_cond_embedding.conv_in.weight"].shape[1]),
        "conditioning_embedding_out_channels": hint_widths(state),
        "block_out_channels": widths,
        "layers_per_block": 1
        + max(int(name.split(".")[3]) for name in state if re.match(r"down_blocks.0.resnets", name)),
        "down_block_types": ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths],
        "mid_block_type": "UNetMidBlock2DCrossAttn"
        if "mid_block.attentions.0.norm.weight" in state
        else "UNetMidBlock2D",
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "cross_attention_dim": int(to_key.shape[1]) if to_key is not None else 768,
        "attention_head_dim": [max(1, width // HEAD_WIDTH) for width in widths] if is_linear else 8,
        "use_linear_projection": is_linear,
        **added_config(state),
        **union_config(state),
    }


def attention_depth(state: State, prefix: str) -> int:
    blocks = (name.removeprefix(f"{prefix}transformer_blocks.") for name in state if name.startswith(prefix))
    return 1 + max((int(rest.split(".")[0]) for rest in blocks if rest[0].isdigit()), default=-1)


def hint_widths(state: State) -> tuple[int, ...]:
    start = "controlnet_cond_embedding."
    first = int(state[f"{start}conv_in.weight"].shape[0])
    blocks = sorted({int(name.split(".")[2]) for name in state if name.startswith(f"{start}blocks.")})
    return (first, *(int(state[f"{start}blocks.{index}.weight"].shape[0]) for index in blocks if index % 2))


def added_config(state: State) -> dict[str, Any]:
    """SDXL's second condition: sizes and the pooled text."""
    if "add_embedding.linear_1.weight" not in state:
        return {}
    width = int(state["add_embedding.linear_1.weight"].shape[1])
    return {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": width,
    }


def union_config(state: State) -> dict[str, Any]:
    """What a ControlNet-Union has beside a ControlNet: kinds of maps, and the small transformer that mixes them."""
    if "task_embedding" not in state:
        return {}
    count, width = state["task_embedding"].shape
    layers = {name.split(".")[1] for name in state if name.startswith("transformer_layes.")}
    return {
        "num_control_type": int(count),
        "num_trans_channel": int(width),
        "num_trans_layer": len(layers),
        "num_proj_channel": int(state["spatial_ch_projs.weight"].shape[0]),
        "addition_time_embed_dim": int(state["control_add_embedding.linear_1.weight"].shape[1]) // int(count),
    }
