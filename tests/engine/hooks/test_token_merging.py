"""Token merging: the paper's matching, places kept, the blocks that see the most, and nothing left behind."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch

from studio.engine.hooks.token_merging import TokenMerging, matched, token_merging_hooks
from tests.engine.hooks.scenes import UNIT, control_map, evaluation, noise_picture, scene, tiny_model
from tests.engine.test_denoising_engine import drawn
from tests.engine.tiny_controlnets import tiny_unet
from tests.engine.tiny_models import plan_of, prepared


@pytest.fixture(scope="module")
def model():
    return tiny_model(tiny_unet(9))


def random_tokens(rows: int, count: int, width: int = 6) -> torch.Tensor:
    return torch.randn(rows, count, width, generator=torch.Generator().manual_seed(count))


def by_hand(row: torch.Tensor, height: int, width: int, ratio: float) -> torch.Tensor:
    """Merged and spread again, one token after another (arXiv 2303.17604, section 3)."""
    targets = [y * width + x for y in range(0, height // 2 * 2, 2) for x in range(0, width // 2 * 2, 2)]
    sources = [place for place in range(height * width) if place not in targets]
    likeness = {s: [float(torch.cosine_similarity(row[s], row[t], dim=0)) for t in targets] for s in sources}
    nearest = sorted(sources, key=lambda s: -max(likeness[s]))[: int(height * width * ratio)]
    into = {s: targets[likeness[s].index(max(likeness[s]))] for s in nearest}
    out = row.clone()
    for target in targets:
        group = [target, *(s for s, t in into.items() if t == target)]
        out[group] = row[group].mean(0)
    return out


@pytest.mark.parametrize(("height", "width"), [(4, 6), (5, 7), (2, 2), (3, 8)])
@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_tokens_are_merged_as_the_paper_says_and_come_back_to_their_places(height: int, width: int, ratio: float):
    tokens = random_tokens(3, height * width)
    merging = matched(tokens, height, width, ratio)
    merged = merging.merge(tokens)
    sources = height * width - (height // 2) * (width // 2)
    assert merged.shape[1] == height * width - min(sources, int(height * width * ratio))
    for row, wanted in zip(merging.spread(merged), tokens, strict=True):
        assert torch.allclose(row, by_hand(wanted, height, width, ratio), atol=1e-6)


def given(unet, hook=None, side=8):
    now = evaluation(side=side)
    with hook.during(now) if hook else nullcontext():
        return unet(now.latent, now.time, now.text).sample


@pytest.mark.parametrize("side", [8, 9, 10])
def test_the_unet_draws_otherwise_while_the_hook_acts_and_as_before_then(model, side: int):
    plain = given(model.unet, side=side)
    (hook,) = token_merging_hooks(a_scene(model, token_merging=0.5))
    with torch.no_grad():
        assert not torch.equal(given(model.unet, hook, side), plain)
        assert torch.equal(given(model.unet, side=side), plain)
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in model.unet.modules())


def test_only_blocks_that_see_the_most_tokens_merge(model):
    (hook,) = token_merging_hooks(a_scene(model, token_merging=0.5))
    seen = set()

    def note(layer, args):
        seen.add(args[0].shape[1])

    handles = [block.attn1.to_q.register_forward_pre_hook(note) for block in hook.blocks]
    with torch.no_grad():
        given(model.unet, hook)
    for handle in handles:
        handle.remove()
    assert seen == {64 - 32, 16, 4, 1}


def test_what_is_one_token_high_is_left_alone(model):
    hook = TokenMerging(0.5, tuple(module for module in model.unet.modules() if hasattr(module, "attn1")), 8)
    with torch.no_grad():
        assert torch.equal(given(model.unet, hook), given(model.unet))


def test_a_picture_is_drawn_otherwise_and_alike_every_time(models):
    def pixels_of(ratio: float) -> bytes:
        plan = plan_of()
        plan = replace(plan, settings=replace(plan.settings, token_merging=ratio))
        return drawn(models, prepared(plan), makers=[token_merging_hooks])[0].tobytes()

    plain = pixels_of(0.0)
    assert pixels_of(0.5) == pixels_of(0.5) != plain
    assert pixels_of(0.0) == plain == drawn(models, prepared(plan_of()))[0].tobytes()


def a_scene(model, *controls, is_second=False, **settings):
    return scene(model, *controls, is_second=is_second, settings=replace(plan_of().settings, **settings))


@pytest.mark.parametrize(("is_second", "expected"), [(False, [0.4]), (True, [0.3])])
def test_each_pass_has_the_ratio_that_was_decided_for_it(model, is_second, expected):
    made = a_scene(model, is_second=is_second, token_merging=0.4, token_merging_second=0.3)
    assert [hook.ratio for hook in token_merging_hooks(made)] == expected
    assert not list(token_merging_hooks(a_scene(model, is_second=is_second)))


def test_beside_a_reference_unit_it_rests_and_says_so(model):
    unit = control_map(replace(UNIT, preprocessor="reference_only"), noise_picture(1))
    made = a_scene(model, unit, token_merging=0.5)
    assert list(token_merging_hooks(made)) == []
    assert "Reference" in made.notes[0]
