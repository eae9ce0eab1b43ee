"""Tiny models in one file, with the tensor names of the original programs, from diffusers' networks.

The names are those of CompVis' latent diffusion, Stability's generative-models and OpenCLIP, written down here apart
from the converters that are tested.
"""

import re

import torch
from safetensors.torch import save_file

from tests.engine.tiny_models import TEXT

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET_WHOLE = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.attentions.0": "middle_block.1",
}


def unet_name(name, network):
    per = network.config.layers_per_block + 1
    for new, old in UNET_WHOLE.items():
        if name.startswith(f"{new}."):
            return name.replace(new, old, 1)
    if found := re.match(r"mid_block\.resnets\.(\d)\.(\w+)\.(.*)", name):
        return f"middle_block.{2 * int(found[1])}.{RESNET[found[2]]}.{found[3]}"
    half, block, kind, number, rest = re.match(r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", name).groups()
    block, number = int(block), int(number)
    if kind == "downsamplers":
        return f"input_blocks.{(block + 1) * per}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        slot = 2 if hasattr(network.up_blocks[block], "attentions") else 1
        return f"output_blocks.{(block + 1) * per - 1}.{slot}.{rest}"
    place = f"input_blocks.{block * per + number + 1}" if half == "down" else f"output_blocks.{block * per + number}"
    if kind == "attentions":
        return f"{place}.1.{rest}"
    part, _, end = rest.partition(".")
    return f"{place}.0.{RESNET[part]}.{end}"


VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def vae_entry(name, tensor, levels):
    name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{levels - 1 - int(m[1])}.block", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)
    if "mid_block.attentions.0." in name:
        for new, old in VAE_ATTENTION.items():
            name = name.replace(f"mid_block.attentions.0.{new}.", f"mid.attn_1.{old}.")
        if tensor.dim() == 2:
            tensor = tensor[:, :, None, None]
    return name, tensor


def clip_names(network):
    state = network.state_dict()
    return {name if name.startswith("text_model.") else f"text_model.{name}": each for name, each in state.items()}


OPEN_CLIP = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
OPEN_CLIP_WHOLE = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}


def open_clip_names(network):
    state = {name.removeprefix("text_model."): tensor for name, tensor in network.state_dict().items()}
    result = {old: state.pop(new) for new, old in OPEN_CLIP_WHOLE.items()}
    if "text_projection.weight" in state:
        result["text_projection"] = state.pop("text_projection.weight").T.contiguous()
    for name, tensor in state.items():
        found = re.match(r"encoder\.layers\.(\d+)\.(.*)\.(weight|bias)", name)
        if not found:
            continue
        layer, part, end = found.groups()
        prefix = f"transformer.resblocks.{layer}."
        if part in OPEN_CLIP:
            result[f"{prefix}{OPEN_CLIP[part]}.{end}"] = tensor
        elif part == "self_attn.q_proj":
            three = [state[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            result[f"{prefix}attn.in_proj_{end}"] = torch.cat(three)
    return result


UNETS = {
    "sd1": {
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (32, 64, 64, 64),
        "attention_head_dim": 8,
        "cross_attention_dim": 64,
    },
    "sd2": {
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (32, 64, 128, 128),
        "attention_head_dim": (1, 1, 2, 2),
        "cross_attention_dim": 64,
        "use_linear_projection": True,
    },
    "sdxl": {
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (32, 64, 128),
        "attention_head_dim": (1, 1, 2),
        "transformer_layers_per_block": (1, 2, 3),
        "cross_attention_dim": 128,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 64 + 6 * 256,
    },
    "refiner": {
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (32, 64, 64, 64),
        "attention_head_dim": (1, 1, 1, 1),
        "transformer_layers_per_block": 2,
        "cross_attention_dim": 64,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 64 + 5 * 256,
    },
}


def text_encoder(has_projection=False, act="quick_gelu"):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    kind = CLIPTextModelWithProjection if has_projection else CLIPTextModel
    settings = TEXT | {"num_attention_heads": 1, "vocab_size": 500}
    return kind(CLIPTextConfig(**settings, hidden_size=64, projection_dim=64, hidden_act=act)).eval()


def make_networks(family, in_channels=4):
    """By diffusers' names of the parts; small, random."""
    from diffusers import AutoencoderKL, UNet2DConditionModel

    unet = UNet2DConditionModel(in_channels=in_channels, layers_per_block=2, sample_size=8, **UNETS[family])
    vae = AutoencoderKL(
        block_out_channels=(32, 32, 64, 64),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
    )
    encoders = {
        "sd1": {"text_encoder": text_encoder()},
        "sd2": {"text_encoder": text_encoder(act="gelu")},
        "sdxl": {"text_encoder": text_encoder(), "text_encoder_2": text_encoder(True, "gelu")},
        "refiner": {"text_encoder_2": text_encoder(True, "gelu")},
    }[family]
    return {"unet": unet.eval(), "vae": vae.eval(), **encoders}


def single_file(family, networks):
    """The tensors of a checkpoint by their original names."""
    tensors = {
        f"model.diffusion_model.{unet_name(n, networks['unet'])}": t for n, t in networks["unet"].state_dict().items()
    }
    for name, tensor in networks["vae"].state_dict().items():
        old, shaped = vae_entry(name, tensor, 4)
        tensors[f"first_stage_model.{old}"] = shaped
    first = {
        "sd1": ("cond_stage_model.transformer.", clip_names),
        "sd2": ("cond_stage_model.model.", open_clip_names),
        "sdxl": ("conditioner.embedders.0.transformer.", clip_names),
    }
    if family in first:
        prefix, names = first[family]
        tensors |= {prefix + name: tensor for name, tensor in names(networks["text_encoder"]).items()}
    second = {"sdxl": "conditioner.embedders.1.model.", "refiner": "conditioner.embedders.0.model."}
    if family in second:
        tensors |= {second[family] + n: t for n, t in open_clip_names(networks["text_encoder_2"]).items()}
    return {name: tensor.contiguous().clone() for name, tensor in tensors.items()}


def write(path, tensors, metadata=None):
    if path.suffix == ".safetensors":
        save_file(tensors, path, metadata)
    else:
        torch.save({"state_dict": tensors, "global_step": 1}, path)
    return path
