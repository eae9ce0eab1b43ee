"""What a loaded model tells and does: times of noise levels, and where its weights are while it is used."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from studio.devices.device import DeviceOptions, choose_device
from studio.engine.models import cast_network, dtype_of, resident, unet_in_use
from tests.engine.tiny_models import Watching, manager, plan_of, prepared, shared_manager


def test_times_are_the_trained_levels_own_and_between_them_by_the_logarithm(models):
    model = shared_manager(models).load("tiny")
    assert model.time_of(model.levels[123]) == pytest.approx(123)
    between = (model.levels[500] * model.levels[501]) ** 0.5
    assert model.time_of(between) == pytest.approx(500.5, abs=0.01)
    assert model.time_of(0) == 0
    assert model.time_of(1e6) == 999


def card(mode):
    """Another device than main memory, for which torch's `meta` stands in."""
    device = choose_device(DeviceOptions(uses_cpu=True, is_half_allowed=False, memory_mode=mode))
    return replace(device, torch_device=torch.device("meta"))


def test_a_network_is_on_the_device_only_while_it_is_used():
    """Of `meta` nothing comes back, so the way home cannot be walked here; that it is tried is the proof."""
    network = nn.Linear(2, 2)
    with pytest.raises(NotImplementedError, match="meta"), resident(network, card("balanced")):
        assert network.weight.is_meta


def test_in_the_full_mode_it_stays_there():
    network = nn.Linear(2, 2)
    with resident(network, card("full")):
        assert not network.weight.is_meta


def test_in_the_low_mode_the_unet_is_left_to_come_layer_by_layer():
    network = nn.Linear(2, 2)
    with unet_in_use(network, card("low")):
        assert not network.weight.is_meta


@pytest.mark.parametrize("mode", ["balanced", "low"])
def test_the_modes_draw_the_same_picture_on_the_processor(models, mode):
    from studio.engine.denoising_engine import DenoisingEngine
    from tests.engine.tiny_models import samplers, upscale

    options = DeviceOptions(uses_cpu=True, is_half_allowed=False, memory_mode=mode)
    spared = DenoisingEngine(manager(models, options), samplers(), upscale)
    plain = DenoisingEngine(shared_manager(models), samplers(), upscale)
    one, other = (next(iter(each.run(prepared(plan_of()), Watching()))).image for each in (spared, plain))
    differences = [abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True)]
    assert max(differences) <= 1


def test_half_precision_draws_nearly_the_same(models):
    from studio.engine.denoising_engine import DenoisingEngine
    from studio.engine.pipeline_manager import PipelineManager
    from tests.engine.tiny_models import samplers, upscale

    whole = manager(models)
    halved = PipelineManager(
        replace(whole.device, dtype=torch.bfloat16, vae_dtype=torch.bfloat16),
        whole._memory,
        whole._checkpoints,
        whole._places,
    )
    images = []
    for each in (halved, shared_manager(models)):
        made = DenoisingEngine(each, samplers(), upscale)
        images.append(next(iter(made.run(prepared(plan_of()), Watching()))).image.tobytes())
    differences = [abs(a - b) for a, b in zip(*images, strict=True)]
    assert 0 < sum(differences) / len(differences) < 12
    assert dtype_of(halved.load("tiny").unet) == torch.bfloat16


def test_a_cast_is_of_all_weights():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    assert dtype_of(cast_network(network, torch.float64)) == network[1].weight.dtype == torch.float64
