"""Units at work: parity with diffusers' multi-ControlNet, modes, regions, files in every layout, plain refusals."""

import json
from dataclasses import replace

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BrokenFile, IncompatibleModel
from studio.domain.request import ControlMode, HiresOption
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.hook import summed
from studio.engine.hooks.unit import hint_of
from tests.engine.hooks.scenes import UNIT, Keeper, control_map, evaluation, hooks_for, noise_picture, scene, tiny_model
from tests.engine.tiny_controlnets import authors_names, tiny_controlnet, tiny_unet


@pytest.fixture(scope="module")
def networks():
    return [tiny_controlnet(seed) for seed in (1, 2)]


@pytest.fixture(scope="module")
def folder(networks, tmp_path_factory):
    """The two networks as files: diffusers' folder and its single file, the authors' layout, with a prefix, as .pth."""
    path = tmp_path_factory.mktemp("nets")
    first, second = networks
    first.save_pretrained(path / "net", safe_serialization=True)
    save_file(first.state_dict(), path / "single.safetensors")
    save_file(authors_names(first), path / "authors.safetensors")
    torch.save({f"control_model.{name}": tensor for name, tensor in authors_names(first).items()}, path / "old.pth")
    save_file(authors_names(second), path / "net2.safetensors")
    save_file(authors_names(second), path / "control_v11e_sd15_shuffle.safetensors")
    return path


@pytest.fixture(scope="module")
def model():
    return tiny_model(tiny_unet(9))


def residuals(hooks, given):
    total = summed(hook.residuals(given) for hook in hooks)
    return [*total.down, total.middle] if total else None


def close(found, expected, tolerance=1e-5):
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).norm() <= tolerance * theirs.norm() + 1e-12


def test_two_units_equal_diffusers_multi_controlnet(networks, folder, model):
    from diffusers import MultiControlNetModel

    pictures, given = [noise_picture(1), noise_picture(2)], evaluation()
    units = [replace(UNIT, weight=0.7), replace(UNIT, model="net2", weight=1.3)]
    hooks = hooks_for(folder, model, *map(control_map, units, pictures))
    down, middle = MultiControlNetModel(networks)(
        given.latent,
        given.time,
        given.text,
        [hint_of(picture, None).repeat(2, 1, 1, 1) for picture in pictures],
        [0.7, 1.3],
        return_dict=False,
    )
    found = residuals(hooks, given)
    close(found, [*down, middle])
    with torch.no_grad():
        ours, theirs = (
            model.unet(
                given.latent,
                given.time,
                given.text,
                down_block_additional_residuals=tuple(parts[:-1]),
                mid_block_additional_residual=parts[-1],
            ).sample
            for parts in (found, [*down, middle])
        )
    close([ours], [theirs])


@pytest.mark.parametrize("name", ["net", "single", "authors", "old.pth"])
def test_every_layout_gives_the_same(networks, folder, model, name):
    picture, given = noise_picture(1), evaluation()
    (hook,) = hooks_for(folder, model, control_map(replace(UNIT, model=name), picture))
    down, middle = networks[0](given.latent, given.time, given.text, hint_of(picture, None), return_dict=False)
    close(residuals([hook], given), [*down, middle], 1e-6)


def test_a_difference_file_is_added_to_the_base(folder, model, tmp_path):
    whole = tiny_controlnet(3)
    base = model.unet.state_dict()
    state = whole.state_dict()
    difference = {n: t - base[n] if n in base and base[n].shape == t.shape else t for n, t in state.items()}
    assert any(not torch.equal(difference[name], state[name]) for name in state)
    copy = tiny_controlnet(3)
    copy.load_state_dict(difference)
    save_file({**authors_names(copy), "difference": torch.zeros(1)}, tmp_path / "diff.safetensors")
    save_file(authors_names(whole), tmp_path / "whole.safetensors")
    given, picture = evaluation(), noise_picture(4)
    merging = model.lock.merging
    merging.put(merging.unet, model.unet.conv_in.weight, torch.zeros(1))  # a LoRA of the last picture does not count
    found, expected = (
        residuals(hooks_for(tmp_path, model, control_map(replace(UNIT, model=name), picture)), given)
        for name in ("diff", "whole")
    )
    close(found, expected, 1e-4)


def test_a_hint_is_embedded_once_for_all_pictures_and_a_changed_one_anew(folder, model):
    found, keeper, calls = ControlNets().list([folder]), Keeper(), []
    make = controlnet_hooks(lambda name: found[name])

    def run(picture):
        (hook,) = make(scene(model, control_map(UNIT, picture), keeper=keeper))
        handle = hook.network.controlnet_cond_embedding.embedding.register_forward_hook(lambda *_: calls.append(1))
        results = [residuals([hook], evaluation(share=share)) for share in (0.0, 0.5)]
        handle.remove()
        return results

    first, again = run(noise_picture(1))
    close(again, first, 0)
    close(run(noise_picture(1))[0], first, 0)
    assert len(calls) == 1
    run(noise_picture(2))
    assert len(calls) == 2


def test_a_network_is_loaded_once_for_all_passes(folder, model):
    keeper = Keeper()
    for _ in range(2):
        hooks_for(folder, model, control_map(UNIT, noise_picture(1)), keeper=keeper)
    assert len(keeper.kept) == 1


def test_weight_zero_adds_nothing_and_weight_scales(folder, model):
    given = evaluation()
    zero, half, one = (
        residuals(hooks_for(folder, model, control_map(replace(UNIT, weight=weight), noise_picture(1))), given)
        for weight in (0.0, 0.5, 1.0)
    )
    assert all(not each.any() for each in zero)
    close([2 * each for each in half], one, 1e-6)


def test_soft_mode_fades_towards_the_picture(folder, model):
    given = evaluation()
    balanced, soft = (
        residuals(hooks_for(folder, model, control_map(replace(UNIT, mode=mode), noise_picture(1))), given)
        for mode in (ControlMode.balanced, ControlMode.prompt)
    )
    for index, (whole, less) in enumerate(zip(balanced, soft, strict=True)):
        close([less], [whole * 0.825 ** (len(balanced) - 1 - index)], 1e-5)


def test_control_mode_leaves_rows_of_the_negative_prompt_at_zero(folder, model):
    given = evaluation(rows=4)
    unit = replace(UNIT, mode=ControlMode.control)
    soft = residuals(
        hooks_for(folder, model, control_map(replace(unit, mode=ControlMode.prompt), noise_picture(1))), given
    )
    found = residuals(hooks_for(folder, model, control_map(unit, noise_picture(1))), given)
    for ours, expected in zip(found, soft, strict=True):
        assert not ours[2:].any()
        close([ours[:2]], [expected[:2]])


def test_a_unit_stays_out_before_its_start_and_after_its_end(folder, model):
    hooks = hooks_for(folder, model, control_map(replace(UNIT, start=0.25, end=0.5), noise_picture(1)))
    assert [residuals(hooks, evaluation(share=share)) is not None for share in (0.0, 0.25, 0.5, 0.75)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_region_confines_the_unit(folder, model):
    region = Image.new("L", (64, 64))
    region.paste(255, (32, 0, 64, 64))
    given, picture = evaluation(), noise_picture(1)
    whole = residuals(hooks_for(folder, model, control_map(UNIT, picture)), given)
    found = residuals(hooks_for(folder, model, control_map(UNIT, picture, region=region)), given)
    assert not found[0][:, :, :, :3].any()
    close([found[0][:, :, :, 5:]], [whole[0][:, :, :, 5:]])


def test_shuffle_acts_by_its_mean_and_on_the_prompt_only(folder, model):
    given, picture = evaluation(), noise_picture(1)
    unit = replace(UNIT, model="control_v11e_sd15_shuffle")
    plain = residuals(hooks_for(folder, model, control_map(replace(UNIT, model="net2"), picture)), given)
    found = residuals(hooks_for(folder, model, control_map(unit, picture)), given)
    for ours, whole in zip(found, plain, strict=True):
        assert ours.shape == whole.shape
        assert not ours[1:].any()
        close([ours[:1]], [whole[:1].mean(dim=(2, 3), keepdim=True).expand_as(whole[:1])])


def test_hires_takes_its_own_map_and_obeys_the_option(folder, model):
    small, large = noise_picture(1), noise_picture(2, (128, 128))
    control = control_map(UNIT, small, hires_image=large)
    (hook,) = hooks_for(folder, model, control, is_second=True, hires=object())
    assert hook.hint.shape[2:] == (128, 128)
    low = control_map(replace(UNIT, hires_option=HiresOption.low), small, hires_image=large)
    assert hooks_for(folder, model, low, is_second=True, hires=object()) == []


def test_masked_places_of_an_inpainting_hint_are_minus_one():
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 8, 8))
    hint = hint_of(Image.new("RGB", (64, 64), (255, 0, 0)), mask)
    assert hint[0, :, 0, 0].tolist() == [-1, -1, -1]
    assert hint[0, :, 20, 20].tolist() == [1, 0, 0]


def test_low_vram_parks_the_network_and_takes_it_back(folder, model):
    (hook,) = hooks_for(folder, model, control_map(replace(UNIT, low_vram=True), noise_picture(1)))
    with hook.around():
        assert residuals([hook], evaluation()) is not None
    assert next(hook.network.parameters()).device.type == "cpu"


def test_a_refiner_of_another_width_gets_nothing_and_the_user_is_told(folder, model):
    made = scene(model, control_map(UNIT, noise_picture(1)))
    found = ControlNets().list([folder])
    (hook,) = controlnet_hooks(lambda name: found[name])(made)
    assert hook.residuals(evaluation(width=48)) is None
    assert "refiner" in made.notes[0]


def test_reference_units_have_no_network(folder, model):
    assert hooks_for(folder, model, control_map(replace(UNIT, model="None"), noise_picture(1))) == []


def test_another_base_architecture_is_refused_and_both_are_named(model, tmp_path):
    save_file(authors_names(tiny_controlnet(cross_attention_dim=48)), tmp_path / "xl.safetensors")
    with pytest.raises(IncompatibleModel) as caught:
        hooks_for(tmp_path, model, control_map(replace(UNIT, model="xl"), noise_picture(1)))
    assert "xl [" in caught.value.message
    assert model.checkpoint.title in caught.value.message


def test_a_file_with_missing_layers_is_broken(model, tmp_path, networks):
    state = authors_names(networks[0])
    del state["middle_block_out.0.weight"]
    save_file(state, tmp_path / "part.safetensors")
    with pytest.raises(BrokenFile, match="part"):
        hooks_for(tmp_path, model, control_map(replace(UNIT, model="part"), noise_picture(1)))


def test_a_folders_configuration_decides_on_pooling(networks, model, tmp_path):
    networks[0].save_pretrained(tmp_path / "net")
    config = json.loads((tmp_path / "net" / "config.json").read_text())
    (tmp_path / "net" / "config.json").write_text(json.dumps({**config, "global_pool_conditions": True}))
    (hook,) = hooks_for(tmp_path, model, control_map(UNIT, noise_picture(1)))
    found = residuals([hook], evaluation())
    assert found[0].shape[2:] == (8, 8)
    assert torch.equal(found[0][:, :, 0, 0], found[0][:, :, 7, 7])
