"""Writes trained networks into models/demo in diffusers' layout, half precision; a new part is a row of PARTS."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from diffusers import DDIMScheduler
from safetensors.torch import save_file

from tools.demo_model.networks import make_schedule
from tools.demo_model.trained import load_average, load_vae

MERGES = 49152 - 256 - 2 + 1  # lines of the vocabulary file that CLIP uses, its first line left out


def write_network(net: Any, folder: Path) -> None:
    half = net.to(torch.float16).to(memory_format=torch.contiguous_format)
    half.save_pretrained(folder, safe_serialization=True)
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)  # written for the owner alone


def byte_characters() -> list[str]:
    """The character that stands for each byte in CLIP's vocabulary: printable bytes first, then the rest shifted."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(others))]


def write_tokenizer(folder: Path) -> None:
    """vocab.json and merges.txt from the file that open_clip_torch ships (MIT; its notice lies beside them)."""
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(open_clip.__file__).with_name("bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(source.read_bytes()).decode().split("\n")[1:MERGES]
    letters = byte_characters()
    words = letters + [letter + "</w>" for letter in letters] + ["".join(line.split()) for line in lines]
    words += ["<|startoftext|>", "<|endoftext|>"]
    table = {word: number for number, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(table, ensure_ascii=False))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]) + "\n")
    special = {
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
    }
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True} | special
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")


def write_scheduler(folder: Path) -> None:
    scheduler = DDIMScheduler.from_config(
        make_schedule().config, set_alpha_to_one=False, steps_offset=1, clip_sample=False
    )
    scheduler.save_pretrained(folder)


def write_index(folder: Path) -> None:
    parts = {
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "safety_checker": [None, None],
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
    }
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.42.1",
        "requires_safety_checker": False,
    } | parts
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_base(work: Path, folder: Path) -> None:
    unet, text = load_average(work)
    write_network(unet, folder / "unet")
    write_network(text, folder / "text_encoder")
    write_network(load_vae(work), folder / "vae")
    write_tokenizer(folder / "tokenizer")
    write_scheduler(folder / "scheduler")
    write_index(folder)


def write_reader(work: Path, folder: Path) -> None:
    weights = torch.load(work / "reader.pt")["net"]
    (folder / "reader").mkdir(parents=True, exist_ok=True)
    half = {name: (w.half() if w.is_floating_point() else w).contiguous() for name, w in weights.items()}
    save_file(half, folder / "reader" / "demo_reader.safetensors")


def write_controls(work: Path, folder: Path) -> None:
    """Every family that has been trained."""
    from tools.demo_model.stage_control import FAMILIES, STRENGTH, make_control_net, strengthen

    unet, _ = load_average(work)
    for family in FAMILIES:
        path = work / f"control_{family}.pt"
        if path.exists():
            net = make_control_net(unet)
            net.load_state_dict(torch.load(path)["average"])
            strengthen(net, STRENGTH)
            write_network(net, folder / "controlnet" / family)


PARTS = {"base": write_base, "reader": write_reader, "controls": write_controls}
