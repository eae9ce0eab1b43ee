"""IP-Adapters and CLIP vision models of small widths under the true key names; what CLIP gives has its true widths."""

import torch

from studio.engine.ip_adapter_loading import cross_attentions


def tiny_vision(kind="plain", seed=3):
    """As ViT-H, of which plain adapters take the projection and others the last layer but one."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    hidden = 32 if kind == "plain" else 1280
    config = CLIPVisionConfig(
        hidden_size=hidden,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=16,
        image_size=224,
        patch_size=28,
        projection_dim=1024,
        hidden_act="gelu",
    )
    torch.manual_seed(seed)
    return CLIPVisionModelWithProjection(config).eval().requires_grad_(False)


def tiny_ip_adapter(unet, kind="plain", seed=0):
    """The tensors of a file, as .safetensors names them, for an UNet."""
    generator = torch.Generator().manual_seed(seed)
    text = int(unet.config.cross_attention_dim)
    shapes = SHAPES[kind](text)
    state = {f"image_proj.{name}": torch.randn(shape, generator=generator) * 0.2 for name, shape in shapes.items()}
    for index, (_, layer) in enumerate(cross_attentions(unet)):
        for name in ("to_k_ip", "to_v_ip"):
            weight = torch.randn(layer.inner_dim, text, generator=generator) * 0.3
            state[f"ip_adapter.{2 * index + 1}.{name}.weight"] = weight
    return state


def nested(state):
    """As .bin files hold them."""
    parts = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in state.items():
        part, _, rest = name.partition(".")
        parts[part][rest] = tensor
    return parts


def plain(text):
    return {"proj.weight": (4 * text, 1024), "proj.bias": (4 * text,), "norm.weight": (text,), "norm.bias": (text,)}


def plus(text):
    """Layers of one head, 64 wide; six tokens."""
    shapes = {"latents": (1, 6, 64), "proj_in.weight": (64, 1280), "proj_in.bias": (64,)}
    shapes |= {"proj_out.weight": (text, 64), "proj_out.bias": (text,), "norm_out.weight": (text,)}
    shapes |= {"norm_out.bias": (text,)}
    for layer in range(4):
        for norm in ("norm1", "norm2"):
            shapes |= {f"layers.{layer}.0.{norm}.weight": (64,), f"layers.{layer}.0.{norm}.bias": (64,)}
        shapes |= {f"layers.{layer}.0.to_q.weight": (64, 64), f"layers.{layer}.0.to_kv.weight": (128, 64)}
        shapes |= {f"layers.{layer}.0.to_out.weight": (64, 64)}
        shapes |= {f"layers.{layer}.1.0.weight": (64,), f"layers.{layer}.1.0.bias": (64,)}
        shapes |= {f"layers.{layer}.1.1.weight": (256, 64), f"layers.{layer}.1.3.weight": (64, 256)}
    return shapes


def full(text):
    shapes = {"proj.0.weight": (1280, 1280), "proj.0.bias": (1280,), "proj.2.weight": (text, 1280)}
    return {**shapes, "proj.2.bias": (text,), "proj.3.weight": (text,), "proj.3.bias": (text,)}


SHAPES = {"plain": plain, "plus": plus, "full": full}
