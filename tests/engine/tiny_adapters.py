"""T2I-Adapters of small widths, in every layout that real files have."""

import re

from tests.engine.tiny_controlnets import randomised

WIDTHS = [32, 64, 64, 64]


def tiny_adapter(seed=0, **changes):
    """Random weights, for `tiny_unet`."""
    from diffusers import T2IAdapter

    return randomised(T2IAdapter(**{"channels": WIDTHS, "num_res_blocks": 2, **changes}), seed)


def tencent_names(network):
    """As the adapters' authors name the tensors: all layers in one row, but of light ones each level's own."""
    is_light = network.config.adapter_type == "light_adapter"
    return {tencent_name(name, is_light): tensor.clone() for name, tensor in network.state_dict().items()}


def tencent_name(name, is_light):
    name = name.removeprefix("adapter.")
    if is_light:
        return name.replace(".resnets.", ".body.")
    if found := re.match(r"body\.(\d)\.resnets\.(\d)\.(.*)", name):
        return f"body.{2 * int(found[1]) + int(found[2])}.{found[3]}"
    if found := re.match(r"body\.(\d)\.in_conv\.(.*)", name):
        return f"body.{2 * int(found[1])}.in_conv.{found[2]}"
    return name
