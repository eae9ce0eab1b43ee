"""Which device does the work, in which precision. A new kind of device is a branch in `choose_device`."""

from dataclasses import dataclass
from typing import Any

import torch

from studio.domain.errors import BadRequest

FULL, BALANCED, LOW = "full", "balanced", "low"
ROOM = {FULL: 9 * 2**30, BALANCED: 4 * 2**30}
"""Bytes that a card must have for a mode, chosen so that SDXL at its own size fits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceOptions:
    """What the command line asks for. `memory_mode`: full, balanced (--medvram), low (--lowvram), empty to choose."""

    uses_cpu: bool = False
    device_id: int | None = None
    is_half_allowed: bool = True
    is_half_vae_allowed: bool = True
    upcasts_sampling: bool = False
    memory_mode: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """`dtype` is of UNet, ControlNets and text encoders; `vae_dtype` of the VAE.

    `memory_mode`: full; balanced: text encoders, UNet and VAE are on the device only while they are used; low: the UNet
    too goes there layer by layer. `runs_batches`: the pictures of a batch run together; on the CPU they run one by one,
    so that each is the same alone and in a batch. `is_packed`: weights are packed for oneDNN, in a second copy.
    """

    torch_device: torch.device
    dtype: torch.dtype
    vae_dtype: torch.dtype
    is_channels_last: bool
    runs_batches: bool
    is_packed: bool
    memory_mode: str

    @property
    def kind(self) -> str:
        return self.torch_device.type

    @property
    def home(self) -> torch.device:
        """Where weights rest while they are not used: in main memory, unless everything fits on the device."""
        return self.torch_device if self.memory_mode == FULL else torch.device("cpu")


def choose_device(options: DeviceOptions) -> Device:
    """CUDA and ROCm: bf16 where the card computes it, else fp16; MPS: fp16; CPU: bf16 where it is fast, else fp32."""
    if not options.uses_cpu and torch.cuda.is_available():
        return cuda_device(options)
    if not options.uses_cpu and torch.backends.mps.is_available():
        return made(torch.device("mps"), torch.float16, options, is_channels_last=False)
    return made(torch.device("cpu"), torch.bfloat16 if is_bf16_fast() else torch.float32, options)


def cuda_device(options: DeviceOptions) -> Device:
    count = torch.cuda.device_count()
    index = options.device_id or 0
    if not 0 <= index < count:
        raise BadRequest(
            f"There is no GPU {index}: --device-id is from 0 to {count - 1}", field="device-id", allowed=count
        )
    has_bf16 = torch.cuda.get_device_capability(index)[0] >= 8 or torch.version.hip is not None
    return made(torch.device("cuda", index), torch.bfloat16 if has_bf16 else torch.float16, options)


def made(device: torch.device, half: torch.dtype, options: DeviceOptions, is_channels_last: bool = True) -> Device:
    dtype = half if options.is_half_allowed else torch.float32
    return Device(
        torch_device=device,
        dtype=dtype,
        vae_dtype=dtype if options.is_half_vae_allowed else torch.float32,
        is_channels_last=is_channels_last,
        runs_batches=device.type != "cpu",
        is_packed=device.type == "cpu" and does_packing_pay(dtype) and options.memory_mode in ("", FULL),
        memory_mode=options.memory_mode or fitting_mode(device),
    )


def fitting_mode(device: torch.device) -> str:
    """By the memory of the card; everything else has main memory's."""
    if device.type != "cuda":
        return FULL
    total = torch.cuda.get_device_properties(device).total_memory
    return next((mode for mode, needed in ROOM.items() if total >= needed), LOW)


def has_avx512() -> bool:
    """Without it oneDNN packs no bfloat16, and its packed convolutions took five times as long as plain ones (demo
    model, 256 px).
    """
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def is_bf16_fast() -> bool:
    """Whether this processor multiplies bfloat16 in hardware (AMX or AVX512-bf16); elsewhere it is slower than fp32."""
    return has("_is_amx_tile_supported") or has("_is_avx512_bf16_supported")


def does_packing_pay(dtype: torch.dtype) -> bool:
    """Whether weights in oneDNN's own layout save time on this processor.

    With AMX a third in bfloat16, with AVX512 6 % in float32; with AVX512-bf16 alone they cost 17 % (SD 1.5, 256 px).
    """
    return has("_is_amx_tile_supported") if dtype is torch.bfloat16 else has_avx512()


def has(check: str) -> bool:
    """What torch tells of this processor, where it tells."""
    cpu: Any = torch.cpu
    return bool(getattr(cpu, check, lambda: False)())
