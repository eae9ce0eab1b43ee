"""The parts of training that a mistake would spoil in silence: noise, whitening, first weights, masks, teams."""

import random

import numpy as np
import pytest
import torch

from tools.demo_model.first_vae import lead_colours
from tools.demo_model.networks import decibels, make_schedule, make_vae, to_float
from tools.demo_model.progress import rate
from tools.demo_model.score import Share
from tools.demo_model.stage_base import LIMBS, add_noise, learning_rate, limb_maps, with_wrong_words
from tools.demo_model.stage_cache import whitening
from tools.demo_model.stage_control import random_mask
from tools.demo_model.stage_polish import crops, polish_loss
from tools.demo_model.stage_vae import picture_loss
from tools.demo_model.trials import detailed_scenes
from tools.demo_model.world import render, sample_scene


def test_the_first_autoencoder_already_carries_colours():
    rng = random.Random(5)
    pictures = to_float(torch.from_numpy(np.stack([render(sample_scene(rng), 64, 64).image for _ in range(4)])))
    torch.manual_seed(1)
    net = lead_colours(make_vae()).eval()
    with torch.inference_mode():
        latent = net.encode(pictures).latent_dist.mean
        back = net.decode(latent).sample
    means = torch.nn.functional.avg_pool2d(pictures, 8)
    for channel in range(3):
        pair = torch.stack([latent[:, channel].flatten(), means[:, channel].flatten()])
        assert torch.corrcoef(pair)[0, 1] > 0.97
    assert decibels(back, pictures) > 12


def test_whitened_latents_have_no_mean_and_the_deviation_of_stable_diffusions():
    generator = torch.Generator().manual_seed(2)
    mixed = torch.randn((64, 4, 8, 8), generator=generator) * 3
    mixed[:, 1] += 0.8 * mixed[:, 0] + 2
    change, mean = whitening(mixed)
    white = torch.einsum("ij,njhw->nihw", change, mixed - mean.view(1, 4, 1, 1)) * 0.18215
    assert white.mean((0, 2, 3)).abs().max() < 1e-3
    covariance = torch.cov(white.movedim(1, 0).reshape(4, -1))
    assert torch.allclose(covariance[:3, :3], torch.eye(3), atol=1e-2)
    assert covariance.diagonal().sub(1).abs().max() < 1e-2


def test_what_is_shown_is_latent_and_wanted_noise_at_the_times_share():
    alphas, generator = make_schedule().alphas_cumprod, torch.Generator().manual_seed(3)
    latents = torch.randn((2000, 4, 4, 4), generator=generator)
    noised = add_noise(latents, alphas, 100.0, generator)
    alpha = alphas[noised.times].view(-1, 1, 1, 1)
    assert torch.allclose(noised.shown, alpha.sqrt() * latents + (1 - alpha).sqrt() * noised.wanted, atol=1e-4)
    assert noised.weight[noised.times > 900].min() > 1 > noised.weight[noised.times < 50].max()


def test_times_lie_about_the_middle_and_reach_both_ends():
    alphas, generator = make_schedule().alphas_cumprod, torch.Generator().manual_seed(3)
    times = add_noise(torch.zeros((4000, 4, 4, 4)), alphas, 20.0, generator).times
    shares = torch.histc(times.float(), 5, 0, 1000) / 4000
    assert shares.min() > 0.04
    assert (times - 500).abs().float().mean() < 250  # an even spread has 250


def test_the_noisiest_samples_count_as_often_as_said():
    alphas, latents = make_schedule().alphas_cumprod, torch.zeros((256, 4, 8, 8))
    for noisiest in (100.0, 12.0):
        noised = add_noise(latents, alphas, noisiest, torch.Generator().manual_seed(3))
        assert noised.weight.max() == noisiest


def test_captions_say_another_scene_only_where_little_noise_is_left():
    texts, generator = [str(n) for n in range(1000)], torch.Generator().manual_seed(3)
    for time, share in ((900, 0.0), (500, 0.0), (400, 0.425), (100, 0.85)):
        given = with_wrong_words(texts, torch.full((1000,), time), generator)
        wrong = np.mean([a != b for a, b in zip(given, texts, strict=True)])
        assert abs(wrong - share) < 0.05


def test_a_crisp_edge_a_little_beside_its_place_is_better_than_a_soft_one_in_it():
    columns = torch.arange(64.0).expand(1, 3, 64, 64)
    true, beside = (torch.where(columns < place, -1.0, 1.0) for place in (32, 33))
    soft = ((columns - 31.5) / 4).clamp(-1, 1)
    assert polish_loss(true, true) == 0
    assert polish_loss(beside, true) < polish_loss(soft, true)
    assert picture_loss(beside, true) > picture_loss(soft, true)  # which suits what is surely there


def test_crops_of_latents_and_pictures_show_the_same_place():
    pictures = torch.arange(32 * 32.0).view(1, 1, 32, 32).repeat_interleave(8, 2).repeat_interleave(8, 3)
    latents, shown = crops(pictures[..., ::8, ::8], pictures, random.Random(3))
    assert shown.shape == (2, 1, 96, 96)
    assert torch.equal(shown[..., ::8, ::8], latents)


def test_limbs_are_read_where_the_picture_shows_them():
    scene = detailed_scenes("figure", 3, 5)[2]  # its arms are up
    maps = limb_maps([scene], 32)[0]
    hands, feet = maps[[1, 3]].sum(0), maps[[5, 7]].sum(0)
    assert hands.sum(1).argmax() < 16 < feet.sum(1).argmax()
    far = render(scene, 256, 256, truth=True).joints[0] / 8
    for layer, number in zip(maps, LIMBS, strict=True):
        x, y = far[number]
        assert layer[int(y), int(x)] == 1
        assert 0 < layer.sum() < 40


@pytest.mark.parametrize("schedule", [lambda s: rate(s, 1000, 1.0), lambda s: learning_rate(s, 1000, 1.0, 400)])
def test_learning_rates_rise_and_fall(schedule):
    assert schedule(0) < 0.05
    assert schedule(150) > 0.9
    assert schedule(999) < 0.03


def test_an_interval_holds_the_share_and_narrows():
    few, many = Share(hits=8, count=10), Share(hits=800, count=1000)
    for share in (few, many):
        low, high = share.interval()
        assert low < share.percent < high
    assert many.interval()[1] - many.interval()[0] < few.interval()[1] - few.interval()[0]


def test_masks_hide_a_part_of_the_picture():
    rng = random.Random(4)
    shares = [random_mask(40, 64, rng).mean() for _ in range(50)]
    assert all(0.02 < share < 0.7 for share in shares)
