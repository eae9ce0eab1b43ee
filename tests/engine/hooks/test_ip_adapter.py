"""IP-Adapters as units: diffusers' own attention from every layout; tokens once, weights, rows, regions."""

import copy
from contextlib import ExitStack
from dataclasses import replace

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BrokenFile, IncompatibleModel, ModelMissing
from studio.domain.request import ControlMode
from studio.engine.clip_vision import clip_pixels
from studio.engine.hooks.ip_adapter import ip_adapter_hooks
from studio.engine.ip_adapter_loading import cross_attentions
from tests.engine.hooks.scenes import UNIT, Keeper, control_map, evaluation, noise_picture, scene, tiny_model
from tests.engine.tiny_controlnets import tiny_unet
from tests.engine.tiny_ip_adapters import SHAPES, nested, tiny_ip_adapter, tiny_vision

ONE = replace(UNIT, model="plain", preprocessor="ip-adapter_clip_sd15")
SHARED = Keeper()
"""What is loaded serves all tests."""
PICTURE = noise_picture(5, (224, 224))


@pytest.fixture(scope="module")
def model():
    return tiny_model(tiny_unet(9, layers_per_block=1))


@pytest.fixture(scope="module")
def states(model):
    return {kind: tiny_ip_adapter(model.unet, kind, seed) for seed, kind in enumerate(SHAPES)}


@pytest.fixture(scope="module")
def visions():
    return {kind: tiny_vision(kind) for kind in SHAPES}


@pytest.fixture(scope="module")
def folder(states, visions, tmp_path_factory):
    path = tmp_path_factory.mktemp("adapters")
    for kind, state in states.items():
        save_file(state, path / f"{kind}.safetensors")
        torch.save(nested(state), path / f"{kind}_old.bin")
        torch.save(visions[kind].state_dict(), path / f"{kind}_vision.pt")
        visions[kind].save_pretrained(path / f"{kind}_vision")
    return path


def hook_for(folder, model, unit, picture=PICTURE, keeper=None, vision="", **more):
    found = ControlNets().list([folder])
    kind = unit.model.partition("_")[0]
    make = ip_adapter_hooks(lambda name: found[name], lambda name: folder / (vision or f"{kind}_vision.pt"))
    (hook,) = make(scene(model, control_map(unit, picture, **more), keeper=keeper or SHARED))
    return hook


def drawn(model, given, *hooks):
    with ExitStack() as entered, torch.no_grad():
        for hook in hooks:
            entered.enter_context(hook.during(given))
        return model.unet(given.latent, given.time, given.text).sample


def expected(model, state, vision, given, kind, scale=1.0):
    """Diffusers' own: the negative prompt sees a black picture, or nothing."""
    unet, pixels = copy.deepcopy(model.unet), clip_pixels(PICTURE)
    unet._load_ip_adapter_weights([nested(state)], low_cpu_mem_usage=False)
    for processor in unet.attn_processors.values():
        if hasattr(processor, "scale"):
            processor.scale = [scale]
    if kind == "plain":
        positive = vision(pixels).image_embeds
        negative = torch.zeros_like(positive)
    else:
        positive, negative = (
            vision(each, output_hidden_states=True).hidden_states[-2] for each in (pixels, torch.zeros_like(pixels))
        )
    embeds = torch.cat([positive if each else negative for each in given.is_conditional])[:, None]
    with torch.no_grad():
        return unet(given.latent, given.time, given.text, added_cond_kwargs={"image_embeds": [embeds]}).sample


def far(one, other):
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("layout", ["", "_old"])
@pytest.mark.parametrize("kind", SHAPES)
def test_every_kind_attends_as_diffusers_does(folder, model, states, visions, kind, layout):
    given = evaluation(rows=4)
    found = drawn(model, given, hook_for(folder, model, replace(ONE, model=f"{kind}{layout}", weight=0.6)))
    assert far(found, expected(model, states[kind], visions[kind], given, kind, 0.6)) < 1e-5
    assert far(found, drawn(model, given)) > 1e-3


@pytest.mark.parametrize("kind", SHAPES)
def test_clip_comes_as_a_file_or_a_folder(folder, model, kind):
    given, unit = evaluation(), replace(ONE, model=kind)
    file, whole = (
        drawn(model, given, hook_for(folder, model, unit, vision=f"{kind}_vision{end}")) for end in (".pt", "")
    )
    assert torch.equal(file, whole)


def test_tokens_are_made_once_for_a_picture_and_clip_is_not_asked_again(folder, model):
    found, keeper, asked = ControlNets().list([folder]), Keeper(), []
    make = ip_adapter_hooks(lambda name: found[name], lambda name: folder / "plain_vision.pt")

    def run(picture):
        (hook,) = make(scene(model, control_map(ONE, picture), keeper=keeper))
        see = hook.vision
        hook.vision = lambda: asked.append(1) or see()
        return [drawn(model, evaluation(share=share), hook) for share in (0.0, 0.5)]

    first, again = run(PICTURE), run(PICTURE)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert len(asked) == 1
    run(noise_picture(6))
    assert len(asked) == 2
    assert len(keeper.kept) == 2  # the adapter and the CLIP network


def test_the_network_is_left_as_it_was(folder, model):
    given = evaluation()
    before = drawn(model, given)
    drawn(model, given, hook_for(folder, model, ONE))
    assert torch.equal(drawn(model, given), before)
    hooked = [layer for _, layer in cross_attentions(model.unet)]
    assert not any(layer.to_q._forward_hooks or layer.to_out[0]._forward_pre_hooks for layer in hooked)


def test_weight_zero_changes_nothing_and_more_weight_changes_more(folder, model):
    given = evaluation()
    plain, none, some, more = (
        drawn(model, given, *hooks)
        for hooks in ([], *([hook_for(folder, model, replace(ONE, weight=weight))] for weight in (0.0, 0.2, 0.8)))
    )
    assert torch.equal(none, plain)
    assert 0 < far(some, plain) < far(more, plain)


def test_a_unit_stays_out_before_its_start_and_after_its_end(folder, model):
    hook = hook_for(folder, model, replace(ONE, start=0.25, end=0.5))
    plain = drawn(model, evaluation())
    acts = [not torch.equal(drawn(model, evaluation(share=share), hook), plain) for share in (0.0, 0.25, 0.5, 0.75)]
    assert acts == [False, True, True, False]


def test_control_mode_leaves_the_negative_prompt_alone(folder, model):
    given = evaluation(rows=4)
    plain = drawn(model, given)
    found = drawn(model, given, hook_for(folder, model, replace(ONE, mode=ControlMode.control)))
    assert torch.equal(found[2:], plain[2:])
    assert far(found[:2], plain[:2]) > 1e-3


def test_soft_modes_count_layers_near_the_picture_less(folder, model):
    """Down 0.825^3 .. 0.825, up 0.825 .. 0.825^6, the middle whole: blocks of three levels with 1 and 2 layers."""
    hook = hook_for(folder, model, replace(ONE, mode=ControlMode.prompt, weight=0.5))
    powers = (3, 2, 1, 1, 2, 3, 4, 5, 6, 0)
    assert hook._weights() == pytest.approx([0.5 * 0.825**power for power in powers])
    own = tuple(index / 10 for index in range(10))
    assert hook_for(folder, model, replace(ONE, weights=own))._weights() == list(own)


def test_a_region_confines_the_unit(folder, model):
    """Without other ways for places to tell each other, what lies outside stays as it was."""
    region = Image.new("L", (64, 64))
    region.paste(255, (32, 0, 64, 64))
    outputs = {}

    def run(name, *hooks):
        layer = cross_attentions(model.unet)[0][1]
        handle = layer.register_forward_hook(lambda _m, _i, output: outputs.update({name: output.unflatten(1, (8, 8))}))
        drawn(model, evaluation(), *hooks)
        handle.remove()

    run("plain")
    run("whole", hook_for(folder, model, ONE))
    run("part", hook_for(folder, model, ONE, region=region))
    assert torch.equal(outputs["part"][:, :, :3], outputs["plain"][:, :, :3])
    assert torch.allclose(outputs["part"][:, :, 5:], outputs["whole"][:, :, 5:], atol=1e-6)
    assert not torch.allclose(outputs["whole"][:, :, :3], outputs["plain"][:, :, :3], atol=1e-3)
    everywhere = hook_for(folder, model, ONE, region=Image.new("L", (64, 64), 255))
    assert far(drawn(model, evaluation(), everywhere), drawn(model, evaluation(), hook_for(folder, model, ONE))) < 1e-6


def test_two_adapters_add_up_in_any_order(folder, model):
    given = evaluation()
    units = [replace(ONE, weight=0.4), replace(ONE, model="plus", weight=0.4)]
    hooks = [hook_for(folder, model, unit) for unit in units]
    both, reverse = drawn(model, given, *hooks), drawn(model, given, *reversed(hooks))
    assert far(both, reverse) < 1e-5
    assert far(both, drawn(model, given, hooks[0])) > 1e-3


def test_another_base_architecture_is_refused_and_both_are_named(folder, model, tmp_path):
    other = tiny_unet(9, layers_per_block=2)
    for name, unet in (("deeper", other), ("wider", tiny_unet(9, layers_per_block=1, cross_attention_dim=48))):
        save_file(tiny_ip_adapter(unet), tmp_path / f"{name}.safetensors")
        with pytest.raises(IncompatibleModel) as caught:
            hook_for(tmp_path, model, replace(ONE, model=name))
        assert f"{name} [" in caught.value.message
        assert model.checkpoint.title in caught.value.message


@pytest.mark.parametrize("lost", ["image_proj.norm.weight", "ip_adapter.3.to_v_ip.weight"])
def test_a_file_with_missing_layers_is_broken(model, states, tmp_path, lost):
    save_file({name: tensor for name, tensor in states["plain"].items() if name != lost}, tmp_path / "part.safetensors")
    with pytest.raises(BrokenFile, match="part"):
        hook_for(tmp_path, model, replace(ONE, model="part"))


def test_missing_eyes_are_told_before_anything_is_loaded(folder, model):
    def gone(name):
        raise ModelMissing(f"{name} is missing", file=name)

    found, keeper = ControlNets().list([folder]), Keeper()
    make = ip_adapter_hooks(lambda name: found[name], gone)
    with pytest.raises(ModelMissing, match=r"clip_h\.pth"):
        list(make(scene(model, control_map(ONE, PICTURE), keeper=keeper)))
    assert keeper.kept == {}


def test_a_file_that_is_no_clip_says_so(folder, model):
    with pytest.raises(BrokenFile, match="no CLIP vision model"):
        drawn(model, evaluation(), hook_for(folder, model, ONE, vision="plain.safetensors"))


@pytest.mark.parametrize("size", [(224, 224), (300, 224), (97, 400), (640, 480)])
def test_clip_sees_what_transformers_gives_it(size):
    from transformers import CLIPImageProcessor

    picture = noise_picture(2, size)
    theirs = CLIPImageProcessor()(picture, return_tensors="pt").pixel_values
    ours = clip_pixels(picture)
    assert ours.shape == theirs.shape
    assert float((ours - theirs).norm() / theirs.norm()) < (1e-6 if size == (224, 224) else 0.02)
