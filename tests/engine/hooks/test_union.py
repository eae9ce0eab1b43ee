"""A ControlNet-Union as a unit: diffusers' own residuals for each kind of map, from its file and its folder."""

from dataclasses import replace

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from studio.catalog.controlnets import ControlNets
from studio.domain.request import ControlMode, UnionControl
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.unit import hint_of
from tests.engine.hooks.scenes import UNIT, Keeper, control_map, evaluation, noise_picture, scene, tiny_model
from tests.engine.tiny_controlnets import tiny_unet, tiny_union

ONE = replace(UNIT, model="promax", union_control=UnionControl.depth)


@pytest.fixture(scope="module")
def network():
    return tiny_union(1)


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("unions")
    save_file(network.state_dict(), path / "promax.safetensors")
    network.save_pretrained(path / "promax_folder")
    return path


@pytest.fixture(scope="module")
def model():
    return tiny_model(tiny_unet(9))


def residuals(folder, model, unit, given, keeper=None, **more):
    found = ControlNets().list([folder])
    make = controlnet_hooks(lambda name: found[name])
    (hook,) = make(scene(model, control_map(unit, noise_picture(1), **more), keeper=keeper))
    result = hook.residuals(given)
    return [*result.down, result.middle]


def expected(network, place, hint, given):
    shown = torch.nn.functional.one_hot(torch.tensor([place] * len(given.latent)), 8).float()
    hints = [hint.repeat(len(given.latent), 1, 1, 1)]
    down, middle = network(given.latent, given.time, given.text, hints, shown, [place], [1.0], return_dict=False)
    return [*down, middle]


def close(found, wanted, tolerance=1e-5):
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours - theirs).norm() <= tolerance * theirs.norm() + 1e-12


@pytest.mark.parametrize("name", ["promax", "promax_folder"])
def test_every_kind_of_map_is_told_as_diffusers_does(network, folder, model, name):
    given, hint, keeper = evaluation(), hint_of(noise_picture(1), None), Keeper()
    for place, shown in enumerate(list(UnionControl)[:8]):
        found = residuals(folder, model, replace(ONE, model=name, union_control=shown), given, keeper)
        close(found, expected(network, place, hint, given))


def test_kinds_of_maps_differ(folder, model):
    given, keeper = evaluation(), Keeper()
    found = [
        residuals(folder, model, replace(ONE, union_control=shown), given, keeper)[-1]
        for shown in (UnionControl.depth, UnionControl.tile)
    ]
    assert (found[0] - found[1]).norm() > 1e-3 * found[0].norm()


def test_what_shall_be_painted_is_black_to_it(network, folder, model):
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 32, 64))
    hint, given = hint_of(noise_picture(1), None), evaluation()
    hint[:, :, :, :32] = 0
    found = residuals(folder, model, replace(ONE, union_control=UnionControl.inpaint), given, mask=mask)
    close(found, expected(network, 7, hint, given))


def test_weights_and_modes_are_those_of_every_controlnet(folder, model):
    given, keeper = evaluation(rows=4), Keeper()
    none, half, one = (residuals(folder, model, replace(ONE, weight=weight), given, keeper) for weight in (0, 0.5, 1))
    assert all(not each.any() for each in none)
    close([2 * each for each in half], one)
    strict = residuals(folder, model, replace(ONE, mode=ControlMode.control), given, keeper)
    assert all(not each[2:].any() for each in strict)
    assert all(each[:2].any() for each in strict)
