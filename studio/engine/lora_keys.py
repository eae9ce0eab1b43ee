"""Where in a loaded model a module of a network file stands. A new way of spelling is one more name in `names_of`."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

from studio.engine.models import Model, Network

LDM_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
LDM_ENDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}


def modules_of(model: Model) -> dict[str, dict[str, nn.Module]]:
    """By part (unet, text, text_1, text_2), then by every spelling of the name, with underscores for dots."""
    encoders = [spelled(encoder.network, text_names) for encoder in model.encoders]
    parts = {"unet": spelled(model.unet, unet_names)}
    if len(encoders) == 1:
        place = "text_2" if model.encoders[0].has_pooled else "text"
        parts |= {place: encoders[0], "text_1": encoders[0]} if place == "text" else {place: encoders[0]}
    elif encoders:
        parts |= {"text_1": encoders[0], "text_2": encoders[1]}
    return parts


def spelled(network: Network, names: Any) -> dict[str, nn.Module]:
    return {
        name.replace(".", "_"): module
        for path, module in network.named_modules()
        if isinstance(getattr(module, "weight", None), nn.Parameter)
        for name in names(path, network)
    }


def text_names(path: str, network: Network) -> Iterator[str]:
    """Without `text_model.`, which some versions of transformers have in front and others have not."""
    yield path.removeprefix("text_model.")


def unet_names(path: str, network: Network) -> Iterator[str]:
    """Diffusers' name, and that of the original programs."""
    yield path
    layers = network.config.layers_per_block
    if isinstance(layers, int) and (name := original_name(path, layers, has_attention(network))):
        yield name


def has_attention(network: Network) -> Mapping[str, bool]:
    """Of each block of the second half."""
    return {str(index): hasattr(block, "attentions") for index, block in enumerate(network.up_blocks)}


def original_name(path: str, layers: int, has_attentions: Mapping[str, bool]) -> str:
    """In the layout of the original programs; empty for modules that have no name of their own there."""
    for ours, theirs in LDM_ENDS.items():
        if path == ours or path.startswith(f"{ours}."):
            return theirs + original_rest(path.removeprefix(ours))
    half, _, rest = path.partition(".")
    if half not in ("down_blocks", "up_blocks") or rest.count(".") < 2:
        return ""
    block, kind, number, *inner = rest.split(".")
    place = int(block) * (layers + 1) + int(number)
    end = original_rest(f".{'.'.join(inner)}" if inner else "")
    if kind in ("resnets", "attentions"):
        slot = 0 if kind == "resnets" else 1
        return f"{'input' if half == 'down_blocks' else 'output'}_blocks.{place + (half == 'down_blocks')}.{slot}{end}"
    if kind == "downsamplers":
        return f"input_blocks.{(int(block) + 1) * (layers + 1)}.0.op"
    return f"output_blocks.{place + layers}.{2 if has_attentions[block] else 1}.conv"


def original_rest(rest: str) -> str:
    """Within a residual block the layers are counted; all else has the same names."""
    first = rest.removeprefix(".")
    return f".{LDM_RESNET[first]}" if first in LDM_RESNET else rest
