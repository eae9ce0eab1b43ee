"""Token merging: what goes together, what comes back, and that the UNet is as before."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.engine.hooks.token_merging import TokenMerging, drawn_split, finest_attentions, matched
from tests.engine.hooks.scenes import evaluation
from tests.engine.tiny_models import make_unet


@pytest.fixture(scope="module")
def unet():
    torch.manual_seed(0)
    return make_unet().eval().requires_grad_(False)


def split_of(height, width, *seeds):
    return drawn_split(height, width, [np.random.default_rng(seed) for seed in seeds], torch.device("cpu"))


def tokens(count=64, rows=2, width=8):
    return torch.randn(rows, count, width, generator=torch.Generator().manual_seed(1))


def answer(unet, given, *hooks):
    with torch.no_grad(), contextlib.ExitStack() as entered:
        for hook in hooks:
            entered.enter_context(hook.during(given))
        return unet(given.latent, given.time, given.text, return_dict=False)[0]


def hook_on(unet, ratio, seed=1):
    return TokenMerging(unet, ratio, [seed])


def test_one_token_of_each_field_is_a_destination():
    split = split_of(8, 6, 1, 2)
    for row in split.destinations:
        fields = {(int(place) // 6 // 2, int(place) % 6 // 2) for place in row}
        assert len(fields) == len(row) == 12
    assert not torch.equal(*split.destinations)
    both = torch.cat([split.destinations, split.sources], dim=1)
    assert torch.equal(both.sort(dim=1).values, torch.arange(48).expand(2, -1))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 9), (3, 2)])
def test_ratio_0_gives_every_token_back(height, width):
    given = tokens(height * width)
    merged = matched(given, split_of(height, width, 1, 2), 0.0)
    assert torch.equal(merged.unmerge(merged.merge(given)), given)


@pytest.mark.parametrize(("ratio", "left"), [(0.25, 48), (0.5, 32), (0.75, 16), (0.9, 16)])
def test_the_ratio_says_how_many_tokens_go(ratio, left):
    given = tokens()
    merged = matched(given, split_of(8, 8, 1, 2), ratio)
    small = merged.merge(given)
    assert small.shape == (2, left, 8)
    assert merged.unmerge(small).shape == given.shape


def test_like_tokens_go_together_and_unlike_ones_stay():
    """Two colours in halves, and one token like nothing else: the mean of equal tokens is that token."""
    given = torch.zeros(1, 64, 3)
    given[:, :32, 0], given[:, 32:, 1] = 1, 1
    split = split_of(8, 8, 3)
    alone = int(split.sources[0, 5])
    given[:, alone] = torch.tensor([0.0, 0.0, 1.0])
    merged = matched(given, split, 0.5)
    assert alone in merged.kept[0]
    assert torch.equal(merged.unmerge(merged.merge(given)), given)


def test_destinations_hold_the_mean_of_all_that_they_took_up():
    given = tokens(16, rows=1)
    merged = matched(given, split_of(4, 4, 1), 0.75)
    small = merged.merge(given)[0]
    for number, place in enumerate(merged.destinations[0]):
        taken = merged.merged[0][merged.targets[0] == number]
        assert torch.allclose(small[number], given[0, [int(place), *taken.tolist()]].mean(0), atol=1e-6)


def test_only_the_finest_blocks_are_meant(unet):
    level, found = finest_attentions(unet)
    assert level == 0
    assert {each.to_q.in_features for each in found} == {16}
    deeper = make_unet(
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D")
    )
    level, found = finest_attentions(deeper)
    assert level == 1
    assert {each.to_q.in_features for each in found} == {32}


@pytest.mark.parametrize("side", [8, 7])
def test_attention_sees_fewer_tokens_and_the_unet_is_left_as_it_was(unet, side):
    given = evaluation(side=side)
    before = answer(unet, given)
    seen = []
    watches = [
        each.to_q.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[1]))
        for each in finest_attentions(unet)[1]
    ]
    changed = answer(unet, given, hook_on(unet, 0.5))
    for watch in watches:
        watch.remove()
    assert set(seen) == {side * side - side * side // 2}
    assert changed.shape == before.shape
    assert (changed - before).norm() > 1e-4 * before.norm()
    assert all(not each._forward_hooks and not each._forward_pre_hooks for each in unet.modules())
    assert torch.equal(answer(unet, given), before)


def test_it_is_undone_after_an_error(unet):
    class Trouble(Exception):
        pass

    with pytest.raises(Trouble), hook_on(unet, 0.5).during(evaluation()):
        raise Trouble
    assert all(not each._forward_hooks and not each._forward_pre_hooks for each in unet.modules())


def test_what_is_drawn_depends_on_seed_and_step_alone(unet):
    given = evaluation()
    one = answer(unet, given, hook_on(unet, 0.5))
    hook = hook_on(unet, 0.5)
    answer(unet, replace(given, time=torch.tensor(3.0)), hook)
    assert torch.equal(answer(unet, given, hook), one)
    assert not torch.equal(answer(unet, given, hook_on(unet, 0.5, seed=2)), one)


def test_each_step_draws_anew(unet):
    chosen = []
    given = evaluation()
    for time in (501.0, 480.0):
        with hook_on(unet, 0.5).during(replace(given, time=torch.tensor(time))):
            hooks = finest_attentions(unet)[1][0]._forward_pre_hooks
            chosen.append(next(iter(hooks.values())).__self__.split.destinations)
    assert not torch.equal(*chosen)


def test_pictures_of_a_batch_draw_as_if_they_were_alone(unet):
    both = evaluation(rows=2)
    both = replace(both, is_conditional=(True, True), pictures=(0, 1))
    together = answer(unet, both, TokenMerging(unet, 0.5, [4, 5]))
    for row, seed in enumerate((4, 5)):
        alone = replace(
            both,
            latent=both.latent[row : row + 1],
            text=both.text[row : row + 1],
            is_conditional=(True,),
            pictures=(0,),
        )
        assert torch.allclose(answer(unet, alone, TokenMerging(unet, 0.5, [seed]))[0], together[row], atol=1e-5)
