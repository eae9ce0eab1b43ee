"""A loaded model: its networks, its noise levels, and where it runs. A new part is a field of `Model`."""

from collections.abc import Generator, Hashable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.catalog.checkpoints import Checkpoint
from studio.devices.device import LOW, Device
from studio.domain.settings import Settings
from studio.engine.model_lock import ModelLock
from studio.prompt.tokens import Vocabulary
from studio.sampling.trained import zero_terminal_snr

ZERO_TERMINAL_SNR = "Zero Terminal SNR"
Network = Any
"""A torch module of diffusers or transformers, whose attributes those libraries do not type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextEncoder:
    """`pad` fills a text up after its end mark. `takes_penultimate`: the last layer but one, without the final norm.

    `name` is that of a textual inversion's vectors for this encoder: clip_l or clip_g. `has_pooled`: it also gives one
    vector for the whole text. `obeys_clip_skip`: the user may choose an earlier layer.
    """

    network: Network
    name: str
    pad: int
    takes_penultimate: bool
    has_pooled: bool
    obeys_clip_skip: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """`levels` are the noise levels it was trained at, rising. `lock` is held by whoever runs or changes it.

    `key` tells it from every other model, and from itself after its file has changed. `scheduler` is diffusers'
    configuration of its noise, for the stock pipelines. `vae_path` is the file that the VAE is from, None where it
    is the checkpoint's own; `vae` is None only until one is chosen for a checkpoint without.
    """

    checkpoint: Checkpoint
    device: Device
    unet: Network
    vae: Network
    encoders: tuple[TextEncoder, ...]
    vocabulary: Vocabulary
    levels: tuple[float, ...]
    scheduler: Mapping[str, Any]
    vae_path: Path | None
    key: Hashable
    lock: ModelLock = field(default_factory=ModelLock)

    @property
    def architecture(self) -> str:
        return self.checkpoint.architecture

    @property
    def predicts_velocity(self) -> bool:
        return self.checkpoint.prediction == "v"

    @property
    def in_channels(self) -> int:
        return int(self.unet.config.in_channels)

    @property
    def torch_device(self) -> torch.device:
        return self.device.torch_device

    def time_of(self, sigma: float) -> float:
        """The training time of a noise level, between two of them by the logarithm (Karras et al. 2022)."""
        return float(np.interp(np.log(max(sigma, 1e-10)), np.log(self.levels), np.arange(len(self.levels))))


def scheduled(model: Model, settings: Settings) -> Model:
    """With the noise levels that the user says it was trained at."""
    return replace(model, levels=zero_terminal_snr()) if settings.noise_schedule == ZERO_TERMINAL_SNR else model


def cast_network(network: Network, dtype: torch.dtype) -> Network:
    """The same network in another precision (diffusers' own `to` warns of every cast)."""
    return torch.nn.Module.to(network, dtype=dtype)


def dtype_of(network: Network) -> torch.dtype:
    """Of its first weight; diffusers' own property walks through all modules."""
    return next(network.parameters()).dtype


def vae_dtype(vae: Network, device: Device) -> torch.dtype:
    """fp16 overflows in VAEs that say so (SDXL's)."""
    forced = bool(vae.config.get("force_upcast", False)) and device.vae_dtype == torch.float16
    return torch.float32 if forced else device.vae_dtype


@contextmanager
def resident(network: Network, device: Device) -> Generator[None]:
    """A network on the device while it is used; at its home it was before, and is after."""
    if device.home == device.torch_device:
        yield
        return
    torch.nn.Module.to(network, device=device.torch_device)
    try:
        yield
    finally:
        torch.nn.Module.to(network, device=device.home)


def unet_in_use(network: Network, device: Device) -> AbstractContextManager[None]:
    """The same for a UNet, which in the low mode brings its layers there one by one."""
    return nullcontext() if device.memory_mode == LOW else resident(network, device)
