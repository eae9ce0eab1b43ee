"""The demo model's networks: Stable Diffusion 1.x in small; a new size is a changed number, and a new training."""

from __future__ import annotations

import open_clip
import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

END_TOKEN = 49407
SCALING_FACTOR = 0.18215  # Stable Diffusion 1.x; the latents are whitened to it


def make_vae() -> AutoencoderKL:
    """Few groups: with one channel a group, normalisation would wipe out every colour's mean."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 64, 64),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=256,
        scaling_factor=SCALING_FACTOR,
    )


def make_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(32, 64, 128, 176),
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=64,
        attention_head_dim=4,
    )


def make_text_encoder() -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=64,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=77,
            bos_token_id=49406,
            eos_token_id=END_TOKEN,
            pad_token_id=END_TOKEN,
        )
    )


def make_schedule() -> DDPMScheduler:
    """Stable Diffusion's noise schedule."""
    return DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)


class Tokens:
    """CLIP's byte-pair tokens, padded with the end token as Stable Diffusion 1.x does."""

    def __init__(self) -> None:
        self._encode = open_clip.SimpleTokenizer()

    def __call__(self, texts: list[str]) -> Tensor:
        """Token numbers (n, 77)."""
        ids = self._encode(texts, context_length=77)
        for row in ids:
            row[int((row == END_TOKEN).nonzero()[0, 0]) :] = END_TOKEN
        return ids


def to_float(pictures: Tensor) -> Tensor:
    """(n, h, w, 3) bytes as (n, 3, h, w) in -1..1, contiguous."""
    return (pictures.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous()


def to_bytes(pictures: Tensor) -> Tensor:
    """(n, 3, h, w) in -1..1 as (n, h, w, 3) bytes."""
    return ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).contiguous()


def decibels(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise ratio of pictures in -1..1."""
    return float(10 * torch.log10(4 / (a.float() - b.float()).square().mean()))
