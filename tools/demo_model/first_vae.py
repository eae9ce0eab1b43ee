"""First weights of the autoencoder; they carry the mean colour of each 8x8 patch through from the start.

Training then only has to add detail. From random weights the same takes many times the samples.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

ANCHOR = 4.0  # constant channels that hold a normalised group's scale still, so that colours pass it almost linearly
TILT = 2.0  # SiLU is almost straight here
GAIN = 3.0  # of the latents, so that the posterior's noise is small beside them
PLACES = (
    0,
    4,
    8,
)  # where red, green and blue travel in the decoder: each group of its last layer has one, and two anchors


@torch.no_grad()
def lead_colours(net: AutoencoderKL) -> AutoencoderKL:
    """Sets the path; every other weight stays as it was drawn."""
    for module in net.modules():
        if isinstance(module, ResnetBlock2D):
            nn.init.zeros_(module.conv2.weight)
    parts: Any = net
    for half in (parts.encoder, parts.decoder):
        for projection in (half.mid_block.attentions[0].to_out[0],):
            nn.init.zeros_(projection.weight)
            nn.init.zeros_(projection.bias)
    _encoder(parts.encoder)
    _identity(parts.quant_conv)
    _identity(parts.post_quant_conv)
    _decoder(parts.decoder)
    return net


def _identity(conv: nn.Conv2d) -> None:
    nn.init.zeros_(conv.weight)
    conv.weight[:, :, 0, 0] = torch.eye(conv.out_channels)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]


def _row(conv: nn.Conv2d, outer: int, inner: int | None, taps: Tensor, bias: float = 0.0) -> None:
    """Output channel `outer` is `taps` of channel `inner` alone (of none: a constant)."""
    conv.weight[outer] = 0
    if inner is not None:
        conv.weight[outer, inner] = taps
    conv.bias[outer] = bias  # type: ignore[index]


def _middle(size: int) -> Tensor:
    taps = torch.zeros(size, size)
    taps[size // 2, size // 2] = 1
    return taps


def _encoder(encoder: Any) -> None:
    mean = torch.zeros(3, 3)
    mean[:2, :2] = 0.25
    for block in encoder.down_blocks:
        shortcut = block.resnets[0].conv_shortcut
        for channel in range(3):
            if shortcut is not None:
                _row(shortcut, channel, channel, _middle(1))
            if block.downsamplers:
                _row(block.downsamplers[0].conv, channel, channel, mean)
    for channel in range(3):
        _row(encoder.conv_in, channel, channel, _middle(3))
        _row(encoder.conv_out, channel, channel, _middle(3) * GAIN, -GAIN * TILT * 0.88)
        encoder.conv_norm_out.bias[channel] = TILT
        _row(encoder.conv_out, 4 + channel, None, _middle(3), -5.0)
    _row(encoder.conv_out, 7, None, _middle(3), -3.0)
    last = encoder.down_blocks[2]
    last.downsamplers[0].conv.weight[7:16] *= 0.2  # the rest of the colours' group
    for channel, sign in ((3, 1.0), (4, -1.0), (5, 1.0), (6, -1.0)):
        _row(last.resnets[0].conv_shortcut, channel, None, _middle(1), sign * ANCHOR)
        _row(last.downsamplers[0].conv, channel, channel, mean)


def _decoder(decoder: Any) -> None:
    line = torch.tensor([0.25, 0.5, 0.25])
    soft = torch.outer(line, line)
    for latent, place in enumerate(PLACES):
        _row(decoder.conv_in, place, latent, _middle(3) * 2 / GAIN)
        for block in decoder.up_blocks:
            shortcut = block.resnets[0].conv_shortcut
            if shortcut is not None:
                _row(shortcut, place, place, _middle(1))
            if block.upsamplers:
                _row(block.upsamplers[0].conv, place, place, soft)
        anchors = decoder.up_blocks[-1].resnets[0].conv_shortcut
        anchors.weight[place + 3] *= 0.1
        anchors.bias[place + 3] = 0
        _row(anchors, place + 1, None, _middle(1), ANCHOR)
        _row(anchors, place + 2, None, _middle(1), -ANCHOR)
        decoder.conv_norm_out.bias[place] = TILT
        _row(decoder.conv_out, latent, place, _middle(3) * ANCHOR * 0.5**0.5, -ANCHOR * 0.5**0.5 * TILT * 0.88)
