"""T2I-Adapters' weight files brought to diffusers' names, and the network's shape read from them.

Another layout is a branch in `in_diffusers_layout`, another trait a line in `config_of`.
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from studio.catalog.adapters import ADAPTER, CELL, XL_CELL, cell_of

State = Mapping[str, Tensor]


def in_diffusers_layout(state: State) -> dict[str, Tensor]:
    """The same tensors under diffusers' names. Its authors count the layers of all levels in one row."""
    if any(name.startswith(ADAPTER) for name in state):
        return dict(state)
    if "conv_in.weight" not in state:
        return {ADAPTER + re.sub(r"^(body\.\d+)\.body\.", r"\1.resnets.", name): each for name, each in state.items()}
    starts = [int(found[1]) for name in state if (found := re.match(r"body\.(\d+)\.in_conv\.", name))]
    depth = min(starts, default=1)
    return {renamed(name, depth): each for name, each in state.items()}


def renamed(name: str, depth: int) -> str:
    """`depth`: layers of a level. Only the first of them may change the width, before it does anything else."""
    found = re.match(r"body\.(\d+)\.(.*)", name)
    if not found:
        return ADAPTER + name
    level, layer = divmod(int(found[1]), depth)
    place = "" if found[2].startswith("in_conv.") else f"resnets.{layer}."
    return f"{ADAPTER}body.{level}.{place}{found[2]}"


def config_of(state: State) -> dict[str, Any]:
    """What diffusers' T2IAdapter must be built with, read from a state dict in diffusers' layout."""
    is_light = f"{ADAPTER}conv_in.weight" not in state
    first = f"{ADAPTER}body.0.in_conv.weight" if is_light else f"{ADAPTER}conv_in.weight"
    cell = cell_of(int(state[first].shape[1]))
    levels = 1 + max(int(name.split(".")[2]) for name in state if name.startswith(f"{ADAPTER}body."))
    last = "out_conv" if is_light else "resnets.0.block1"
    widths = [int(state[f"{ADAPTER}body.{level}.{last}.weight"].shape[0]) for level in range(levels)]
    layers = [int(name.split(".")[4]) for name in state if name.startswith(f"{ADAPTER}body.0.resnets.")]
    full = {CELL: "full_adapter", XL_CELL: "full_adapter_xl"}[cell]
    return {
        "in_channels": int(state[first].shape[1]) // cell**2,
        "channels": widths[:-1] if is_light else widths,  # a light one repeats the last width by itself
        "num_res_blocks": 1 + max(layers),
        "downscale_factor": cell,
        "adapter_type": "light_adapter" if is_light else full,
    }
