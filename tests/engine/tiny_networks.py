"""LoRA, embedding and VAE files for the tiny models, under the names that real programs write."""

import torch
from safetensors.torch import save_file

ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
LAYERS = {
    ATTENTION: (16, 32),
    "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0": (16, 16),
    "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj": (256, 32),
    "up_blocks.1.attentions.1.transformer_blocks.0.attn1.to_q": (16, 16),
}
TEXT_LAYERS = {
    "text_model.encoder.layers.0.self_attn.q_proj": (32, 32),
    "text_model.encoder.layers.2.mlp.fc1": (64, 32),
}
CONVOLUTIONS = {"down_blocks.0.resnets.0.conv1": (16, 16, 3, 3), "up_blocks.0.upsamplers.0.conv": (32, 32, 3, 3)}


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape))) * 0.2


def pair(shape, rank=4, seed=0):
    """(up, down) of one layer."""
    kernel = shape[2:]
    up = numbers(shape[0], rank, *[1] * len(kernel), seed=seed)
    return up, numbers(rank, *shape[1:], seed=seed + 1)


def kohya(name, prefix="lora_unet_"):
    return prefix + name.replace(".", "_")


def lora_tensors(layers=None, text_layers=None, alpha=2.0, rank=4, seed=0):
    """As kohya's trainer writes them."""
    tensors = {}
    named = [("lora_unet_", LAYERS if layers is None else layers), ("lora_te_", text_layers or {})]
    for prefix, given in named:
        for place, (name, shape) in enumerate(given.items()):
            up, down = pair(shape, rank, seed + 10 * place)
            tensors[f"{kohya(name, prefix)}.lora_up.weight"] = up
            tensors[f"{kohya(name, prefix)}.lora_down.weight"] = down
            if alpha is not None:
                tensors[f"{kohya(name, prefix)}.alpha"] = torch.tensor(alpha)
    return tensors


def write_network(path, tensors, metadata=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata)
    return path
