"""Networks with the averaged weights that training has reached; another is another function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import nn

from tools.demo_model.networks import make_text_encoder, make_unet, make_vae
from tools.demo_model.vocabulary import Vocabulary

VAE_STAGES = ("polish", "decoder", "vae")  # the newest first


def load_vae(work: Path) -> AutoencoderKL:
    """The autoencoder by its newest stage."""
    source = next(path for name in VAE_STAGES if (path := work / f"{name}.pt").exists())
    net = make_vae()
    net.load_state_dict(torch.load(source)["average"])
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-arg]


def load_average(work: Path) -> tuple[Any, Any]:
    """UNet and text encoder with averaged weights."""
    nets: list[nn.Module] = [make_unet(), make_text_encoder()]
    unet, text = torch.load(work / "base.pt")["average"][:2]
    nets[0].load_state_dict(unet)
    nets[1].load_state_dict(Vocabulary().widened(text))
    return nets[0].eval().to(memory_format=torch.channels_last), nets[1].eval()  # type: ignore[call-arg]
