"""T2I-Adapters as units: diffusers' own features from every layout, once for a hint; weights, modes, regions, steps."""

from dataclasses import replace

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BadRequest, BrokenFile, IncompatibleModel
from studio.domain.request import ControlMode
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.hook import summed
from studio.engine.hooks.unit import hint_of
from tests.engine.hooks.scenes import UNIT, Keeper, control_map, evaluation, hooks_for, noise_picture, scene, tiny_model
from tests.engine.tiny_adapters import tencent_names, tiny_adapter
from tests.engine.tiny_controlnets import authors_names, tiny_controlnet, tiny_unet

XL = {"down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D")}
XL |= {"up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), "block_out_channels": [32, 64, 96]}
KINDS = {
    "full": {},
    "grey": {"in_channels": 1},
    "light": {"adapter_type": "light_adapter", "channels": [32, 64, 64], "num_res_blocks": 3},
    "xl": {"adapter_type": "full_adapter_xl", "downscale_factor": 16, "channels": [32, 64, 96, 96]},
}
ONE = replace(UNIT, model="full")


@pytest.fixture(scope="module")
def networks():
    return {name: tiny_adapter(seed, **changes) for seed, (name, changes) in enumerate(KINDS.items())}


@pytest.fixture(scope="module")
def folder(networks, tmp_path_factory):
    path = tmp_path_factory.mktemp("adapters")
    for name, network in networks.items():
        save_file(tencent_names(network), path / f"{name}.safetensors")
        save_file(network.state_dict(), path / f"{name}_diffusers.safetensors")
        torch.save(tencent_names(network), path / f"{name}_old.pth")
        network.save_pretrained(path / f"{name}_folder")
    return path


@pytest.fixture(scope="module")
def model():
    return tiny_model(tiny_unet(9))


def blocks(folder, model, unit, given, picture=None, **more):
    (hook,) = hooks_for(folder, model, control_map(unit, picture or noise_picture(1), **more))
    found = hook.residuals(given)
    return found and found.blocks


def close(found, expected, tolerance=1e-6):
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert (ours - theirs).norm() <= tolerance * theirs.norm() + 1e-12


@pytest.mark.parametrize("layout", ["", "_diffusers", "_old", "_folder"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_layout_gives_diffusers_features(networks, folder, kind, layout):
    """On an UNet of the kind that it was made for, whose output they change as diffusers' pipeline would."""
    model, given, network = (
        tiny_model(tiny_unet(9, **(XL if kind == "xl" else {}))),
        evaluation(side=16),
        networks[kind],
    )
    picture = noise_picture(1, (128, 128))
    hint = hint_of(picture, None)[:, : network.config.in_channels]
    expected = [each.repeat(2, 1, 1, 1) for each in network(hint)]
    found = blocks(folder, model, replace(ONE, model=f"{kind}{layout}"), given, picture)
    close(found, expected)
    with torch.no_grad():
        plain, ours = (
            model.unet(given.latent, given.time, given.text, down_intrablock_additional_residuals=added).sample
            for added in (None, list(found))
        )
    assert not torch.equal(plain, ours)


def test_features_are_made_once_for_a_hint_and_anew_for_another(folder, model):
    found, keeper, calls = ControlNets().list([folder]), Keeper(), []
    make = controlnet_hooks(lambda name: found[name])

    def run(picture, weight):
        (hook,) = make(scene(model, control_map(replace(ONE, weight=weight), picture), keeper=keeper))
        handle = hook.network.register_forward_hook(lambda *_: calls.append(1))
        results = [hook.residuals(evaluation(share=share)).blocks for share in (0.0, 0.5)]
        handle.remove()
        return results

    first, again = run(noise_picture(1), 1.0)
    close(first, again, 0)
    close([2 * each for each in run(noise_picture(1), 0.5)[0]], first)
    assert len(calls) == 1
    run(noise_picture(2), 1.0)
    assert len(calls) == 2


def test_weight_zero_adds_nothing(folder, model):
    assert all(not each.any() for each in blocks(folder, model, replace(ONE, weight=0.0), evaluation()))


def test_soft_weights_are_the_adapters_own(folder, model):
    """features.md 3.7."""
    given = evaluation()
    whole = blocks(folder, model, replace(ONE, weight=0.5), given)
    soft = blocks(folder, model, replace(ONE, weight=0.5, mode=ControlMode.prompt), given)
    close(soft, [each * share for each, share in zip(whole, (0.25, 0.62, 0.825, 1.0), strict=True)])
    own = blocks(folder, model, replace(ONE, weights=(0.5, 0.5, 0.5, 0.5)), given)
    close(own, whole)
    with pytest.raises(BadRequest, match="4 residuals"):
        blocks(folder, model, replace(ONE, weights=(1.0,) * 13), given)


def test_control_mode_leaves_the_negative_prompt_alone(folder, model):
    given = evaluation(rows=4)
    soft = blocks(folder, model, replace(ONE, mode=ControlMode.prompt), given)
    found = blocks(folder, model, replace(ONE, mode=ControlMode.control), given)
    assert all(not each[2:].any() for each in found)
    close([each[:2] for each in found], [each[:2] for each in soft])


def test_a_unit_stays_out_before_its_start_and_after_its_end(folder, model):
    unit = replace(ONE, start=0.25, end=0.5)
    acts = [blocks(folder, model, unit, evaluation(share=share)) is not None for share in (0.0, 0.25, 0.5, 0.75)]
    assert acts == [False, True, True, False]


def test_a_region_confines_the_unit(folder, model):
    region = Image.new("L", (64, 64))
    region.paste(255, (32, 0, 64, 64))
    whole = blocks(folder, model, ONE, evaluation())[0]
    found = blocks(folder, model, ONE, evaluation(), region=region)[0]
    assert not found[:, :, :, :3].any()
    close([found[:, :, :, 5:]], [whole[:, :, :, 5:]])


def test_a_mask_means_nothing_to_it(folder, model):
    masked = blocks(folder, model, ONE, evaluation(), mask=Image.new("L", (64, 64), 255))
    close(masked, blocks(folder, model, ONE, evaluation()), 0)


def test_a_hint_of_half_cells_is_filled_up(folder):
    """SDXL's adapters lay 16 pixels a side into one cell; pictures may end after 8."""
    model = tiny_model(tiny_unet(9, **XL))
    found = blocks(folder, model, replace(ONE, model="xl"), evaluation(side=15), noise_picture(1, (120, 120)))
    assert [each.shape[2] for each in found] == [8, 8, 4, 4]


def test_it_adds_to_a_controlnet_and_to_another_adapter(folder, model):
    save_file(authors_names(tiny_controlnet(3)), folder / "net.safetensors")
    given, picture = evaluation(), noise_picture(1)
    controls = [control_map(replace(UNIT, model=name), picture) for name in ("full", "net", "light")]
    alone = [hooks_for(folder, model, control)[0].residuals(given) for control in controls]
    total = summed(hook.residuals(given) for hook in hooks_for(folder, model, *controls))
    close(total.blocks, [a + b for a, b in zip(alone[0].blocks, alone[2].blocks, strict=True)])
    close([*total.down, total.middle], [*alone[1].down, alone[1].middle], 0)


@pytest.mark.parametrize("name", ["full", "xl"])
def test_another_base_architecture_is_refused_and_both_are_named(folder, name):
    model = tiny_model(tiny_unet(9, **({} if name == "xl" else XL)))
    with pytest.raises(IncompatibleModel) as caught:
        blocks(folder, model, replace(ONE, model=name), evaluation())
    assert f"{name} [" in caught.value.message
    assert model.checkpoint.title in caught.value.message


def test_a_file_with_missing_layers_is_broken(networks, model, tmp_path):
    state = tencent_names(networks["full"])
    del state["body.3.block2.weight"]
    save_file(state, tmp_path / "part.safetensors")
    with pytest.raises(BrokenFile, match="part"):
        blocks(tmp_path, model, replace(ONE, model="part"), evaluation())
