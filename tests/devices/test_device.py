"""Which device and precision the flags give, on a machine without a GPU (CUDA's branch by a stand-in card)."""

from types import SimpleNamespace

import pytest
import torch

from studio.devices.device import DeviceOptions, choose_device, is_bf16_fast
from studio.domain.errors import BadRequest


def test_the_processor_computes_in_half_precision_only_where_that_is_fast():
    device = choose_device(DeviceOptions(uses_cpu=True))
    assert device.kind == "cpu"
    assert device.dtype == (torch.bfloat16 if is_bf16_fast() else torch.float32)
    assert not device.runs_batches


def test_no_half_means_float32_everywhere_and_no_half_vae_only_there(monkeypatch):
    monkeypatch.setattr("studio.devices.device.is_bf16_fast", lambda: True)
    assert choose_device(DeviceOptions(uses_cpu=True)).dtype == torch.bfloat16
    none = choose_device(DeviceOptions(uses_cpu=True, is_half_allowed=False))
    assert (none.dtype, none.vae_dtype) == (torch.float32, torch.float32)
    vae = choose_device(DeviceOptions(uses_cpu=True, is_half_vae_allowed=False))
    assert (vae.dtype, vae.vae_dtype) == (torch.bfloat16, torch.float32)


@pytest.fixture
def two_cards(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: (8, 0) if index else (7, 5))
    sizes = {0: 6 * 2**30, 1: 24 * 2**30}
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=sizes[device.index])
    )


@pytest.mark.usefixtures("two_cards")
def test_cards_compute_in_bf16_where_they_can():
    assert choose_device(DeviceOptions()).dtype == torch.float16
    second = choose_device(DeviceOptions(device_id=1))
    assert (second.dtype, second.torch_device, second.runs_batches) == (torch.bfloat16, torch.device("cuda", 1), True)
    assert choose_device(DeviceOptions(uses_cpu=True)).kind == "cpu"


@pytest.mark.usefixtures("two_cards")
def test_a_card_that_is_not_there_is_named():
    with pytest.raises(BadRequest, match="no GPU 5"):
        choose_device(DeviceOptions(device_id=5))


@pytest.mark.parametrize("mode", ["balanced", "low", "full"])
def test_the_memory_mode_is_the_flags(mode):
    assert choose_device(DeviceOptions(uses_cpu=True, memory_mode=mode)).memory_mode == mode


@pytest.mark.usefixtures("two_cards")
def test_a_small_card_keeps_weights_in_main_memory_unless_told_otherwise():
    small, large = choose_device(DeviceOptions()), choose_device(DeviceOptions(device_id=1))
    assert (small.memory_mode, small.home.type) == ("balanced", "cpu")
    assert (large.memory_mode, large.home) == ("full", large.torch_device)
    assert choose_device(DeviceOptions(memory_mode="full")).home.type == "cuda"
    assert choose_device(DeviceOptions(memory_mode="low")).memory_mode == "low"
