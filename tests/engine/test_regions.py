"""Regions with prompts and networks of their own, in one pass."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from studio.catalog.networks import NetworkFolders, Networks
from studio.domain.geometry import Size
from studio.domain.plan import HiresPlan, PreparedRegion, RegionPlan
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.hooks.hook import Hook
from tests.engine.tiny_models import Watching, manager, pass_plan, plan_of, prepared, samplers, upscale
from tests.engine.tiny_networks import CONVOLUTIONS, TEXT_LAYERS, kohya, lora_tensors, numbers, write_network

BASE, OTHER = "a red house", "a blue sea"


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    write_network(folder / "style.safetensors", lora_tensors(None, TEXT_LAYERS, alpha=40.0))
    write_network(folder / "shapes.safetensors", lora_tensors(CONVOLUTIONS, alpha=20.0))
    whole = {f"{kohya('conv_in')}.diff": numbers(16, 4, 3, 3) * 3, f"{kohya('conv_in')}.diff_b": numbers(16) * 3}
    write_network(folder / "whole.safetensors", whole)
    write_network(folder / "norm.safetensors", {f"{kohya('conv_norm_out')}.w_norm": numbers(16)})
    return Networks(NetworkFolders(loras=(folder,)))


@pytest.fixture(scope="module")
def loaded(models, networks):
    return manager(models, networks=networks)


class First(Hook):
    """The first guess at the clean latent."""

    def __init__(self):
        self.clean = None

    def corrected(self, clean, guess):
        self.clean = clean.clone() if self.clean is None else self.clean
        return clean


def region(prompt, box=(0, 0, 64, 64), weight=1.0):
    mask = Image.new("L", (64, 64))
    mask.paste(255, box)
    return PreparedRegion(planned=RegionPlan(prompts=(prompt, "blurry"), weight=weight), mask=mask)


def guess(loaded, prompt, *regions, sampler="Euler"):
    """4 x 8 x 8, and what was drawn."""
    first = First()
    engine = DenoisingEngine(loaded, samplers(), upscale, [lambda scene: [first]])
    given = replace(prepared(plan_of(pass_plan(prompt=prompt, sampler=sampler))), regions=regions)
    drawn = next(iter(engine.run(given, Watching())))
    return first.clean[0], drawn


@pytest.mark.parametrize("sampler", ["Euler", "DDIM CFG++"])
def test_each_region_follows_its_own_prompt_and_the_rest_the_pictures(loaded, sampler):
    base, other = (guess(loaded, prompt, sampler=sampler)[0] for prompt in (BASE, OTHER))
    both, _ = guess(loaded, BASE, region(OTHER, (0, 0, 24, 64)), sampler=sampler)
    assert torch.allclose(both[..., :3], other[..., :3], atol=1e-5)
    assert torch.allclose(both[..., 3:], base[..., 3:], atol=1e-5)
    assert not torch.allclose(base, other, atol=1e-2)


def test_later_regions_lie_on_earlier_ones_as_strongly_as_their_weight_says(loaded):
    base, one, two = (guess(loaded, prompt)[0] for prompt in (BASE, OTHER, "a cat"))
    mixed, _ = guess(loaded, BASE, region(OTHER), region("a cat", (0, 0, 32, 64), weight=0.25))
    assert torch.allclose(mixed[..., 4:], one[..., 4:], atol=1e-5)
    assert torch.allclose(mixed[..., :4], (0.75 * one + 0.25 * two)[..., :4], atol=1e-4)
    assert not torch.allclose(mixed, base, atol=1e-2)


@pytest.mark.parametrize("name", ["style", "shapes", "whole"])
def test_a_network_acts_in_its_region_as_if_it_were_merged_and_nowhere_else(loaded, name):
    prompt = f"{OTHER}<lora:{name}:0.8>"
    base, merged, plain = (guess(loaded, each)[0] for each in (BASE, prompt, OTHER))
    both, drawn = guess(loaded, BASE, region(prompt, (0, 0, 24, 64)))
    assert torch.allclose(both[..., :3], merged[..., :3], atol=2e-4)
    assert torch.allclose(both[..., 3:], base[..., 3:], atol=1e-5)
    assert not torch.allclose(merged, plain, atol=1e-2)
    assert drawn.notes == ()
    assert torch.equal(guess(loaded, BASE)[0], base)


def test_two_characters_each_with_its_own_network(loaded):
    left, right = f"{OTHER}<lora:style:1>", "a cat<lora:shapes:1>"
    apart = [guess(loaded, prompt)[0] for prompt in (left, right)]
    both, _ = guess(loaded, BASE, region(left, (0, 0, 32, 64)), region(right, (32, 0, 64, 64)))
    assert torch.allclose(both[..., :4], apart[0][..., :4], atol=2e-4)
    assert torch.allclose(both[..., 4:], apart[1][..., 4:], atol=2e-4)


def test_networks_of_the_whole_picture_act_in_the_regions_too(loaded):
    together, _ = guess(loaded, f"{OTHER}<lora:style:0.5><lora:shapes:1>")
    in_region, _ = guess(loaded, f"{BASE}<lora:style:0.5>", region(f"{OTHER}<lora:shapes:1>"))
    assert torch.allclose(together, in_region, atol=5e-4)


def test_what_cannot_act_in_a_region_is_said(loaded):
    plain, _ = guess(loaded, BASE, region(OTHER))
    for name, words in {"norm": "had no effect", "nowhere": "There is no LoRA 'nowhere'"}.items():
        found, drawn = guess(loaded, BASE, region(f"{OTHER}<lora:{name}:1>"))
        assert words in drawn.notes[0]
        assert torch.equal(found, plain)


def test_the_second_pass_of_hires_fix_has_the_regions_too(loaded):
    second = pass_plan(size=96, steps=3, strength=0.9)
    plan = plan_of(pass_plan(size=64), hires=HiresPlan(upscaler="Latent", target=Size(96, 96), second=second))
    engine = DenoisingEngine(loaded, samplers(), upscale)
    images = [
        next(iter(engine.run(replace(prepared(plan), regions=regions), Watching()))).image
        for regions in ((), (region(OTHER, (0, 0, 16, 64)),))
    ]
    changed = np.abs(np.asarray(images[0], dtype=int) - np.asarray(images[1])).mean(axis=(0, 2))
    assert images[1].size == (96, 96)
    assert changed[:20].mean() > changed[60:].mean()
