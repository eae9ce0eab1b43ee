"""Step caching: which evaluations are whole, what the others compute, and that the UNet is as before."""

import contextlib
import itertools
from dataclasses import replace

import pytest
import torch

from studio.domain.settings import Settings
from studio.engine.hooks.reference import reference_hooks
from studio.engine.hooks.step_caching import CachingRule, StepCaching, deep_layers
from studio.engine.hooks.token_merging import token_merging_hooks
from tests.engine.hooks.scenes import UNIT, control_map, evaluation, noise_picture, scene, tiny_model
from tests.engine.tiny_models import make_unet


@pytest.fixture(scope="module")
def unet():
    torch.manual_seed(0)
    return make_unet(layers_per_block=2).eval().requires_grad_(False)


def answer(unet, given, *hooks, residuals=None, blocks=None):
    """`residuals` are those of a ControlNet, `blocks` of a T2I-Adapter."""
    down, middle = residuals or (None, None)
    with torch.no_grad(), contextlib.ExitStack() as entered:
        for hook in hooks:
            entered.enter_context(hook.during(given))
        return unet(
            given.latent,
            given.time,
            given.text,
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
            down_intrablock_additional_residuals=blocks and [each.clone() for each in blocks],
            return_dict=False,
        )[0]


@contextlib.contextmanager
def counting(layer):
    """The inputs of all calls that really computed."""
    calls = []
    watch = layer.register_forward_pre_hook(lambda _, inputs: calls.append(inputs[0]))
    try:
        yield calls
    finally:
        watch.remove()


def caching(unet, every=3, depth=1, **more):
    return StepCaching(unet, CachingRule(every=every, depth=depth, **more))


def whole_ones(unet, hook, evaluations):
    """For each evaluation whether the middle was computed."""
    with counting(unet.mid_block.resnets[0].conv1) as calls:
        counts = [0]
        for given in evaluations:
            answer(unet, given, hook)
            counts.append(len(calls))
    return [after > before for before, after in itertools.pairwise(counts)]


def series(count):
    """Other noise each time, under one text."""
    text = evaluation().text
    return [replace(evaluation(number / count, seed=number, number=number), text=text) for number in range(count)]


def test_every_nth_evaluation_is_whole(unet):
    assert whole_ones(unet, caching(unet), series(7)) == [True, False, False] * 2 + [True]
    assert whole_ones(unet, caching(unet, every=1), series(3)) == [True] * 3


def test_outside_of_its_steps_all_are(unet):
    found = whole_ones(unet, caching(unet, every=4, start=0.25, end=0.625), series(8))
    assert found == [True, True, False, False, False, True, True, True]


def test_rows_that_are_new_or_have_another_text_are(unet):
    first, second, third, fourth, fifth = series(5)
    one_row = {
        "latent": second.latent[:1],
        "text": first.text[:1],
        "is_conditional": (True,),
        "pictures": (0,),
        "places": (0,),
    }
    evaluations = [
        replace(first, **one_row),  # without the negative prompt
        second,  # whose row is new
        replace(third, **one_row),
        replace(fourth, places=(0, 2)),
        replace(fifth, text=first.text + 1),
    ]
    assert whole_ones(unet, caching(unet, every=5), evaluations) == [True, True, False, True, True]


@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_the_same_input_gives_the_same_bits_from_the_cache(unet, depth):
    given = evaluation()
    hook, before = caching(unet, depth=depth), answer(unet, given)
    assert torch.equal(answer(unet, given, hook), before)
    with counting(unet.mid_block.resnets[0].conv1) as calls:
        assert torch.equal(answer(unet, replace(given, number=1), hook), before)
    assert not calls
    assert torch.equal(answer(unet, given), before)


def test_other_noise_passes_through_the_outer_layers_alone(unet):
    first, second = series(2)
    hook = caching(unet)
    one = answer(unet, first, hook)
    other = answer(unet, second, hook)
    exact = answer(unet, second)
    assert (other - one).norm() > 1e-3 * one.norm()
    assert (other - exact).norm() > 1e-4 * exact.norm()


def test_a_greater_depth_computes_more_anew(unet):
    assert [len(deep_layers(unet, depth)) for depth in (1, 2, 3)] == [12, 8, 4]


def test_rows_together_or_apart_are_the_same(unet):
    first, second = series(2)
    hook = caching(unet)
    answer(unet, first, hook)
    together = answer(unet, second, hook)
    for row in (0, 1):
        alone = replace(
            second,
            latent=second.latent[row : row + 1],
            text=second.text[row : row + 1],
            is_conditional=second.is_conditional[row : row + 1],
            pictures=(0,),
            places=(row,),
        )
        assert torch.allclose(answer(unet, alone, hook)[0], together[row], atol=1e-5)


def residuals_of(unet, given, strength):
    shapes = []
    first, second = unet.down_blocks
    blocks = [unet.conv_in, *first.attentions, *first.downsamplers, *second.resnets]
    watches = [
        each.register_forward_hook(
            lambda _, __, output: shapes.append((output if torch.is_tensor(output) else output[0]).shape)
        )
        for each in blocks
    ]
    answer(unet, given)
    for watch in watches:
        watch.remove()
    down = tuple(torch.full(shape, strength * (1 + number)) for number, shape in enumerate(shapes))
    return down, torch.full(shapes[-1], strength)


def test_controls_act_on_whole_evaluations_and_on_the_outer_layers(unet):
    given, hook = evaluation(), caching(unet)
    held = residuals_of(unet, given, 0.1)
    exact = answer(unet, given, residuals=held)
    assert torch.equal(answer(unet, given, hook, residuals=held), exact)
    again = replace(given, number=1)
    assert torch.equal(answer(unet, again, hook, residuals=held), exact)
    other = answer(unet, again, hook, residuals=residuals_of(unet, given, 0.2))
    assert (other - exact).norm() > 1e-3 * exact.norm()


@pytest.mark.parametrize("depth", [1, 3])
def test_adapters_go_with_it(unet, depth):
    given, hook = evaluation(), caching(unet, depth=depth)
    blocks = [torch.full((2, 16, 8, 8), 0.1), torch.full((2, 32, 4, 4), 0.2), torch.full((2, 32, 4, 4), 0.3)]
    exact = answer(unet, given, blocks=blocks)
    assert torch.equal(answer(unet, given, hook, blocks=blocks), exact)
    assert torch.equal(answer(unet, replace(given, number=1), hook, blocks=blocks), exact)
    assert not torch.equal(exact, answer(unet, given))


@pytest.mark.parametrize("name", ["reference_only", "reference_adain+attn", "token merging"])
def test_references_and_token_merging_go_with_it(unet, name):
    """All that they do in a whole evaluation is in what is kept, or is done again."""
    model = tiny_model(unet)
    control = control_map(replace(UNIT, model="None", preprocessor=name), noise_picture(1))

    def others():
        if name == "token merging":
            return token_merging_hooks(scene(model, settings=Settings(token_merging=0.5)))
        return reference_hooks(scene(model, control, encode=lambda _: torch.linspace(-1, 1, 256).reshape(1, 4, 8, 8)))

    given, hook = evaluation(), caching(unet)
    exact = answer(unet, given, *others())
    assert torch.equal(answer(unet, given, *others(), hook), exact)
    assert torch.equal(answer(unet, replace(given, number=1), *others(), hook), exact)
    assert not torch.equal(exact, answer(unet, given))


@pytest.mark.parametrize("number", [1, 3], ids=["from the cache", "whole"])
def test_it_is_undone_after_an_error(unet, number):
    class Trouble(Exception):
        pass

    hook = caching(unet)
    answer(unet, evaluation(), hook)
    kept = unet.mid_block.forward = unet.mid_block.forward  # as offloading leaves one
    with pytest.raises(Trouble), hook.during(evaluation(number=number)):
        raise Trouble
    assert vars(unet.mid_block).pop("forward") is kept
    assert not any("forward" in vars(each) or each._forward_hooks for each in unet.modules())
