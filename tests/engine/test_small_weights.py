"""Weights in eight bits: what they take, how near they come, and that changes of them stay exact."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from studio.catalog.networks import NetworkFolders, Networks
from studio.devices.memory import bytes_of
from studio.domain.errors import BadRequest
from studio.domain.settings import Settings
from studio.engine import small_weights
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.loading import NetworkParts, empty_network
from studio.engine.lora import Merge, merge, read_lora
from studio.engine.pipeline_manager import model_bytes
from studio.engine.small_weights import FP8, shrink
from tests.engine.hooks.scenes import evaluation
from tests.engine.test_regions import region
from tests.engine.tiny_models import (
    CONFIGS,
    Watching,
    make_unet,
    manager,
    pass_plan,
    plan_of,
    prepared,
    samplers,
    upscale,
)
from tests.engine.tiny_networks import LAYERS, lora_tensors, write_network

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def lora(tmp_path_factory):
    return write_network(tmp_path_factory.mktemp("networks") / "style.safetensors", lora_tensors(alpha=0.04))


@pytest.fixture(scope="module")
def loaded(models, lora):
    return manager(models, networks=Networks(NetworkFolders(loras=(lora.parent,))))


def weights(model, names):
    modules = dict(model.unet.named_modules())
    return [modules[name].weight.data for name in names]


@pytest.mark.parametrize("architecture", ["sd1", "sdxl"])
def test_the_unet_of_real_size_takes_half(architecture):
    config = json.loads((CONFIGS / architecture / "unet/config.json").read_text())
    with torch.device("meta"):
        unet = empty_network(NetworkParts(kind="unet", class_name="UNet2DConditionModel", config=config, tensors={}))
    nn.Module.to(unet, dtype=torch.bfloat16)
    whole = bytes_of(unet)
    assert whole > 1.7e9
    assert 0.5 < bytes_of(shrink(unet, CPU)) / whole < 0.505


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_answers_nearly_as_before(dtype):
    torch.manual_seed(0)
    unet, given = make_unet().eval().requires_grad_(False), evaluation()
    nn.Module.to(unet, dtype=dtype)
    inputs = given.latent.to(dtype), given.time, given.text.to(dtype)
    with torch.no_grad():
        exact = unet(*inputs, return_dict=False)[0]
        found = shrink(unet, CPU)(*inputs, return_dict=False)[0]
    assert found.dtype == dtype
    assert 1e-3 < (found - exact).norm() / exact.norm() < 0.15


@pytest.mark.parametrize(("layer", "x"), [(nn.Conv2d(4, 8, 3, 2, 1), (1, 4, 9, 9)), (nn.Linear(4, 8), (2, 3, 4))])
def test_a_layer_computes_with_the_rounded_weight_exactly(layer, x):
    x = torch.randn(x)
    rounded = layer.weight.data.to(FP8).float()
    with torch.no_grad():
        found = shrink(nn.Sequential(layer), CPU)(x)
        layer.weight.data = rounded
        assert torch.equal(layer(x), found)


def test_models_are_kept_apart_and_the_setting_says_which(loaded):
    plain = loaded.load("tiny")
    small = loaded.load("tiny", fp8="Enable")
    assert small is loaded.load("tiny", fp8="Enable")
    assert plain is loaded.load("tiny", fp8="Enable for SDXL") is loaded.load("tiny")
    assert model_bytes(small) < model_bytes(plain) - 0.7 * bytes_of(plain.unet)  # of float32 a quarter is left
    assert loaded.load("xl", fp8="Enable for SDXL").unet.conv_in.weight.dtype == FP8
    assert loaded.load("xl").unet.conv_in.weight.dtype == torch.float32


def test_a_small_change_by_a_lora_is_kept_whole_and_undone_to_the_bit(loaded, lora):
    """The change is far below the steps of eight bits."""
    model = loaded.load("tiny", fp8="Enable")
    plain = loaded.load("tiny")
    with model.lock, plain.lock:
        own, exact = ([each.clone() for each in weights(one, LAYERS)] for one in (model, plain))
        with model.lock.keeping(), plain.lock.keeping():
            style = [Merge(key="style", file=read_lora(lora), text_weight=1, unet_weight=1, dimension=None)]
            merge(model, style)
            merge(plain, style)
            after, expected = weights(model, LAYERS), weights(plain, LAYERS)
            for before, now, plain_before, plain_now in zip(own, after, exact, expected, strict=True):
                wanted = plain_now - plain_before
                assert wanted.abs().max() < 0.03 * plain_before.abs().max()
                assert torch.allclose(now - before.float(), wanted, atol=1e-6)
            model.lock.merging.restore()
            plain.lock.merging.restore()
        for before, now in zip(own, weights(model, LAYERS), strict=True):
            assert now.dtype == FP8
            assert torch.equal(now.view(torch.uint8), before.view(torch.uint8))


def drawn(loaded, prompt, fp8, *regions, **settings):
    plan = plan_of(pass_plan(prompt=prompt), settings=Settings(fp8=fp8, **settings))
    engine = DenoisingEngine(loaded, samplers(), upscale)
    return next(iter(engine.run(replace(prepared(plan), regions=regions), Watching())))


def test_loras_regions_and_tiling_go_with_it(loaded):
    bare = drawn(loaded, "a red house", "Enable")
    others = [
        drawn(loaded, "a red house<lora:style:50>", "Enable"),
        drawn(loaded, "a red house", "Enable", region("a red house<lora:style:50>", (0, 0, 24, 64))),
        drawn(loaded, "a red house", "Enable", tiling=True),
    ]
    assert [each.notes for each in others] == [()] * 3
    assert len({each.image.tobytes() for each in [bare, *others]}) == 4
    assert drawn(loaded, "a red house", "Enable").image.tobytes() == bare.image.tobytes()
    assert drawn(loaded, "a red house", "Disable").image.tobytes() != bare.image.tobytes()


def test_a_device_without_such_numbers_is_named(models, monkeypatch):
    monkeypatch.setattr(small_weights, "has_fp8", lambda device: False)
    with pytest.raises(BadRequest, match=r"FP8.*cpu.*fp8_storage to Disable"):
        manager(models).load("tiny", fp8="Enable")
