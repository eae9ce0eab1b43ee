"""Checkpoints in one file, in the layout of the original programs. Another layout of a part is a branch here.

The networks' configurations come from `configs/`, their widths from the tensors, so that a file needs no network.
"""

from pathlib import Path

import torch

from studio.catalog.architectures import UNET
from studio.devices.weights import read_weights
from studio.domain.errors import ModelMissing
from studio.engine.families import EncoderRule, Family
from studio.engine.loading import Config, NetworkParts, Parts, Tensors, read_config

VAE = "first_stage_model."
OLD_ENCODER = ("embeddings.", "encoder.", "final_layer_norm.")


def file_parts(path: Path, family: Family, configs: Path) -> Parts:
    """Raises BrokenFile, and ModelMissing where a part is not in the file."""
    folder = configs / family.configs
    prefixes = (UNET, VAE, *(rule.prefix for rule in family.encoders), "cond_stage_model.transformer.")
    tensors = read_weights(path, wanted=lambda name: name.startswith(prefixes))
    networks = {"unet": unet_parts(tensors, read_config(folder / "unet" / "config.json"))}
    if any(name.startswith(VAE) for name in tensors):  # without one, a file of its own may be chosen
        networks["vae"] = vae_parts(part_of(tensors, VAE), read_config(folder / "vae" / "config.json"))
    for rule in family.encoders:
        networks[rule.kind] = encoder_parts(tensors, rule, folder, path.name)
    return Parts(networks=networks, scheduler={})


def part_of(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def unet_parts(tensors: Tensors, config: Config) -> NetworkParts:
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    own = {name: tensor for name, tensor in tensors.items() if name.startswith(UNET)}
    adapted = unet_config(part_of(own, UNET), config)
    converted = convert_ldm_unet_checkpoint(dict(own), config=dict(adapted))
    return NetworkParts(kind="unet", class_name="UNet2DConditionModel", config=adapted, tensors=converted)


def unet_config(tensors: Tensors, config: Config) -> Config:
    """The family's configuration at the widths and depths of these tensors."""
    levels = len(config["block_out_channels"])
    per_level = config["layers_per_block"] + 1
    firsts = [f"input_blocks.{level * per_level + 1}" for level in range(levels)]
    widths = [tensors[f"{first}.0.out_layers.3.weight"].shape[0] for first in firsts]
    known = [name for name in tensors if name.endswith("attn2.to_k.weight")]
    changed: dict[str, object] = {
        "in_channels": tensors["input_blocks.0.0.weight"].shape[1],
        "out_channels": tensors["out.2.weight"].shape[0],
        "block_out_channels": widths,
        "cross_attention_dim": tensors[known[0]].shape[1] if known else config["cross_attention_dim"],
    }
    if config.get("use_linear_projection"):  # from SD 2 on heads are 64 wide; in SD 1 there are 8
        changed["attention_head_dim"] = [heads_of(width) for width in widths]
    if "label_emb.0.0.weight" in tensors:
        changed["projection_class_embeddings_input_dim"] = tensors["label_emb.0.0.weight"].shape[1]
        changed["transformer_layers_per_block"] = [
            depth_of(tensors, place) for place in (*(f"{first}.1" for first in firsts[:-1]), "middle_block.1")
        ]
    return {**config, **changed}


def heads_of(width: int) -> int:
    return max(1, width // 64)


def depth_of(tensors: Tensors, place: str) -> int:
    """How many transformer layers an attention has, 1 where there is none. The last level's are those of the middle."""
    prefix = f"{place}.transformer_blocks."
    return count_layers(tensors, prefix) if any(name.startswith(prefix) for name in tensors) else 1


def vae_parts(tensors: Tensors, config: Config) -> NetworkParts:
    """Of a VAE alone, names without prefix."""
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    levels = len(config["block_out_channels"])
    widths = [tensors[f"encoder.down.{level}.block.0.conv2.weight"].shape[0] for level in range(levels)]
    adapted = {
        **config,
        "block_out_channels": widths,
        "latent_channels": tensors["decoder.conv_in.weight"].shape[1],
    }
    converted = convert_ldm_vae_checkpoint(dict(tensors), config=dict(adapted))
    return NetworkParts(kind="vae", class_name="AutoencoderKL", config=adapted, tensors=converted)


def encoder_parts(tensors: Tensors, rule: EncoderRule, folder: Path, owner: str) -> NetworkParts:
    config = read_config(folder / rule.kind / "config.json")
    own = part_of(tensors, rule.prefix)
    if not own:
        raise ModelMissing(f"{owner} holds no text encoder; take a checkpoint that holds one", file=owner)
    if rule.is_open_clip:
        converted, layers = open_clip(own, int(config["num_hidden_layers"]))
    else:
        converted = {f"text_model.{name}" if name.startswith(OLD_ENCODER) else name: each for name, each in own.items()}
        layers = count_layers(converted, "text_model.encoder.layers.")
    embedding = converted["text_model.embeddings.token_embedding.weight"]
    adapted = {
        **config,
        "vocab_size": embedding.shape[0],
        "hidden_size": embedding.shape[1],
        "num_hidden_layers": layers,
        "num_attention_heads": heads_of(embedding.shape[1]),
        "intermediate_size": converted["text_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
    }
    if "text_projection.weight" in converted:
        adapted["projection_dim"] = converted["text_projection.weight"].shape[0]
    name = "CLIPTextModelWithProjection" if rule.has_pooled else "CLIPTextModel"
    return NetworkParts(kind=rule.kind, class_name=name, config=adapted, tensors=converted)


def count_layers(tensors: Tensors, prefix: str) -> int:
    return 1 + max(int(name.removeprefix(prefix).split(".")[0]) for name in tensors if name.startswith(prefix))


RENAMED = {
    "ln_1.": "layer_norm1.",
    "ln_2.": "layer_norm2.",
    "mlp.c_fc.": "mlp.fc1.",
    "mlp.c_proj.": "mlp.fc2.",
    "attn.out_proj.": "self_attn.out_proj.",
}
TOP = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}


def open_clip(tensors: Tensors, most_layers: int) -> tuple[Tensors, int]:
    """OpenCLIP's names and joined projections as transformers has them; layers beyond `most_layers` are left out."""
    converted = {f"text_model.{new}": tensors[old] for old, new in TOP.items()}
    layers = min(most_layers, count_layers(tensors, "transformer.resblocks."))
    for name, tensor in tensors.items():
        if not name.startswith("transformer.resblocks."):
            continue
        number, _, rest = name.removeprefix("transformer.resblocks.").partition(".")
        if int(number) < layers:
            converted |= open_clip_layer(f"text_model.encoder.layers.{number}.", rest, tensor)
    if "text_projection" in tensors:
        converted["text_projection.weight"] = tensors["text_projection"].T.contiguous()
    return converted, layers


def open_clip_layer(prefix: str, name: str, tensor: torch.Tensor) -> Tensors:
    if name.startswith("attn.in_proj_"):
        end = name.removeprefix("attn.in_proj_")
        parts = zip("qkv", tensor.chunk(3), strict=True)
        return {f"{prefix}self_attn.{letter}_proj.{end}": part.contiguous() for letter, part in parts}
    for old, new in RENAMED.items():
        if name.startswith(old):
            return {f"{prefix}{new}{name.removeprefix(old)}": tensor}
    return {}
