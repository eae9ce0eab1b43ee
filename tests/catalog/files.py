"""Weight files for tests: true tensor names at small widths, without torch."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

UNET = "model.diffusion_model."


def write_safetensors(path: Path, shapes: Mapping[str, tuple[int, ...]], metadata: Mapping[str, str] | None = None):
    """Zeros in float16 of the given shapes."""
    entries, offset = {}, 0
    for name, shape in shapes.items():
        count = 2
        for side in shape:
            count *= side
        entries[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + count]}
        offset += count
    if metadata:
        entries["__metadata__"] = dict(metadata)
    header = json.dumps(entries).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(offset))
    return path


def sd1(channels=4):
    return {
        f"{UNET}input_blocks.0.0.weight": (8, channels, 3, 3),
        f"{UNET}input_blocks.1.1.proj_in.weight": (8, 8, 1, 1),
        f"{UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (8, 16),
        "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (10, 16),
        "first_stage_model.quant_conv.weight": (8, 8, 1, 1),
    }


def sd2(channels=4):
    return sd1(channels) | {
        f"{UNET}input_blocks.1.1.proj_in.weight": (8, 8),
        "cond_stage_model.model.token_embedding.weight": (10, 16),
    }


def sdxl(channels=4):
    return {
        f"{UNET}input_blocks.0.0.weight": (8, channels, 3, 3),
        f"{UNET}label_emb.0.0.weight": (32, 2816),
        f"{UNET}input_blocks.4.1.proj_in.weight": (8, 8),
        "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight": (16,),
        "conditioner.embedders.1.model.ln_final.weight": (16,),
    }


def refiner():
    return {
        f"{UNET}input_blocks.0.0.weight": (8, 4, 3, 3),
        f"{UNET}label_emb.0.0.weight": (32, 2560),
        f"{UNET}input_blocks.4.1.proj_in.weight": (8, 8),
        "conditioner.embedders.0.model.ln_final.weight": (16,),
    }
