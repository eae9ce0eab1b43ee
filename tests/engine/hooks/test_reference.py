"""Reference units: what they change, what they leave alone, and that the UNet is as before."""

from dataclasses import replace

import pytest
import torch

from studio.domain.request import ControlMode
from studio.engine.hooks.reference import fidelity_of, norm_layers, reference_hooks, renormed
from tests.engine.hooks.scenes import UNIT, control_map, evaluation, noise_picture, scene, tiny_model
from tests.engine.tiny_controlnets import tiny_unet

UNIT = replace(UNIT, model="None", preprocessor="reference_only")


@pytest.fixture(scope="module")
def model():
    return tiny_model(tiny_unet(5))


def encode(image):
    """Stands for the VAE: another latent for each picture."""
    level = image.getpixel((0, 0))[0] / 255
    return torch.linspace(-1, 1, 256).reshape(1, 4, 8, 8) * (0.5 + level)


def hook_for(model, *units, **more):
    maps = [control_map(unit, noise_picture(number)) for number, unit in enumerate(units)]
    hooks = list(reference_hooks(scene(model, *maps, encode=encode, **more)))
    return hooks[0] if hooks else None


def run(model, given, hook=None):
    from contextlib import nullcontext

    with torch.no_grad(), hook.during(given) if hook else nullcontext():
        return model.unet(given.latent, given.time, given.text, return_dict=False)[0]


@pytest.mark.parametrize("name", ["reference_only", "reference_adain", "reference_adain+attn"])
def test_the_prompts_rows_change_and_the_unet_is_left_as_it_was(model, name):
    given = evaluation()
    before = run(model, given)
    processors = [id(each) for each in model.unet.attn_processors.values()]
    changed = run(model, given, hook_for(model, replace(UNIT, preprocessor=name)))
    assert (changed[0] - before[0]).norm() > 1e-3 * before[0].norm()
    assert [id(each) for each in model.unet.attn_processors.values()] == processors
    assert torch.equal(run(model, given), before)


def test_full_fidelity_leaves_the_negative_prompt_alone(model):
    """In control mode fidelity is 1 (features.md 3.10)."""
    given = evaluation()
    before = run(model, given)
    whole = run(model, given, hook_for(model, replace(UNIT, mode=ControlMode.control)))
    none = run(model, given, hook_for(model, replace(UNIT, mode=ControlMode.prompt)))
    assert torch.allclose(whole[1], before[1], atol=1e-5 * float(before.abs().max()))
    assert (none[1] - before[1]).norm() > 1e-3 * before[1].norm()
    assert torch.allclose(whole[0], none[0], atol=1e-4 * float(before.abs().max()))


@pytest.mark.parametrize("name", ["reference_only", "reference_adain"])
def test_weight_zero_changes_nothing(model, name):
    given = evaluation()
    assert torch.equal(
        run(model, given, hook_for(model, replace(UNIT, preprocessor=name, weight=0.0))), run(model, given)
    )


def test_outside_of_its_steps_it_does_nothing(model):
    given = evaluation(share=0.5)
    hook = hook_for(model, replace(UNIT, end=0.25))
    assert torch.equal(run(model, given, hook), run(model, given))


def test_two_references_are_read_together(model):
    given = evaluation()
    one, other = (run(model, given, hook_for(model, UNIT)), run(model, given, hook_for(model, UNIT, UNIT)))
    assert (one - other).norm() > 1e-4 * one.norm()


def test_the_same_seed_gives_the_same(model):
    given = evaluation()
    assert torch.equal(run(model, given, hook_for(model, UNIT)), run(model, given, hook_for(model, UNIT)))


def test_other_units_make_no_reference_hook(model):
    assert hook_for(model, replace(UNIT, preprocessor="canny")) is None


def test_fidelity():
    assert fidelity_of(UNIT, False, is_sdxl=False) == 0.5
    assert fidelity_of(replace(UNIT, threshold_a=0.8), False, is_sdxl=False) == 0.8
    assert fidelity_of(replace(UNIT, threshold_a=0.8), False, is_sdxl=True) == pytest.approx(0.512)
    assert fidelity_of(replace(UNIT, threshold_a=0.8), True, is_sdxl=False) == 0
    assert fidelity_of(replace(UNIT, mode=ControlMode.control), False, is_sdxl=False) == 1
    assert fidelity_of(replace(UNIT, mode=ControlMode.prompt), False, is_sdxl=False) == 0


def test_adain_takes_mean_and_deviation():
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(1, 3, 16, 16, generator=generator) * 2 + 1
    other = torch.randn(1, 3, 16, 16, generator=generator) * 5 - 3
    found = renormed(maps, [other])
    assert torch.allclose(found.mean(dim=(2, 3)), other.mean(dim=(2, 3)), atol=1e-4)
    assert torch.allclose(found.std(dim=(2, 3)), other.std(dim=(2, 3)), rtol=1e-3)


def test_norm_layers_of_the_sd1_shape(model):
    """The middle, six on the way down, nine on the way up, as in the extension."""
    found = list(norm_layers(model.unet))
    assert [round(threshold, 3) for _, threshold in found] == [
        0,
        *(round(1 - index / 6, 3) for index in range(6)),
        *(round(index / 9, 3) for index in range(9)),
    ]
