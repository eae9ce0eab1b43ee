"""Noise by seed: the sources, variations, other sizes, and what A1111's rules say of each."""

from dataclasses import replace

import pytest
import torch

from studio.domain.geometry import Size
from studio.engine.noise import SOURCES, BrownianNoise, PhiloxGenerator, PictureNoise, centred, interpolated
from tests.engine.tiny_models import noise_plan

SIZE = Size(64, 48)


def first(plan, size=SIZE):
    return PictureNoise(plan, 0, size).first()


def test_philox_draws_what_an_nvidia_card_draws():
    """The first numbers of torch.randn(12, device="cuda") after torch.manual_seed(0), by PyTorch's documentation."""
    known = [-0.9247, -0.4253, -2.6438, 0.1452, -0.1209, -0.5797, -0.6229, -0.3284, -1.0745, -0.3631, -1.6711, 2.2655]
    assert PhiloxGenerator(0).normal((1, 3, 4)).flatten().tolist() == pytest.approx(known, abs=5e-5)


def test_philox_goes_on_and_is_normal():
    generator = PhiloxGenerator(2**40 + 7)
    one, two = generator.normal((4, 64, 64)), generator.normal((4, 64, 64))
    assert not torch.equal(one, two)
    assert abs(float(one.mean())) < 0.03
    assert abs(float(one.std()) - 1) < 0.03


def test_the_processors_noise_is_torchs_own():
    expected = torch.randn(4, 6, 8, generator=torch.Generator().manual_seed(5))
    assert torch.equal(first(noise_plan((5,))), expected)


@pytest.mark.parametrize("source", list(SOURCES))
def test_first_and_next_repeat_by_seed(source):
    one, two = (PictureNoise(noise_plan((9,), source=source), 0, SIZE) for _ in range(2))
    drawn = [one.first(), one.next(), one.next()]
    assert all(torch.equal(a, b) for a, b in zip(drawn, [two.first(), two.next(), two.next()], strict=True))
    assert len({float(each.sum()) for each in drawn}) == 3


def test_a_seed_delta_changes_all_noise_but_the_first():
    plain, moved = (PictureNoise(noise_plan((3,), seed_delta=delta), 0, SIZE) for delta in (0, 31337))
    assert torch.equal(plain.first(), moved.first())
    assert torch.equal(moved.next(), first(noise_plan((3 + 31337,))))
    assert not torch.equal(plain.next(), moved.next())


def test_variation_goes_from_one_seed_to_the_other():
    base, other = first(noise_plan((1,))), first(noise_plan((2,)))
    plan = noise_plan((1,), variation_seeds=(2,))
    full = first(replace(plan, variation_strength=1.0))
    half = first(replace(plan, variation_strength=0.5))
    assert torch.allclose(full, other, atol=1e-5)
    assert torch.equal(first(plan), base)
    assert abs(float(half.std()) - 1) < 0.1
    assert float((half - base).norm()) < float((other - base).norm())


def test_interpolation_of_like_noise_is_a_line():
    noise = torch.randn(4, 8, 8)
    assert torch.allclose(interpolated(noise, noise * 1.0001, 0.5), noise, atol=1e-3)


def test_noise_of_another_size_stands_in_the_middle():
    small = first(noise_plan((4,)), Size(64, 64))
    large = first(noise_plan((4,), resize_from=Size(64, 64)), Size(128, 96))
    assert torch.equal(large[:, 2:10, 4:12], small)
    cut = first(noise_plan((4,), resize_from=Size(128, 96)), Size(64, 64))
    assert torch.equal(cut, first(noise_plan((4,)), Size(128, 96))[:, 2:10, 4:12])


def test_odd_gaps_floor_as_a1111s_do():
    inner, outer = torch.ones(1, 3, 3), torch.zeros(1, 6, 6)
    assert torch.equal(centred(inner, outer)[0, 1:4, 1:4], inner[0])
    assert torch.equal(centred(outer, inner)[0, :2, :2], outer[0, :2, :2])  # one row and column stays fresh
    assert centred(outer, inner).sum() == 5


def test_a_brownian_path_does_not_depend_on_how_it_is_walked():
    sigmas = [10.0, 5.0, 1.0, 0.0]
    path = BrownianNoise([1, 2], (4, 2, 2), sigmas)
    whole = path(10.0, 1.0) * (9**0.5)
    parts = path(10.0, 5.0) * (5**0.5) + path(5.0, 1.0) * (4**0.5)
    assert torch.allclose(whole, parts, atol=1e-4)
    assert torch.equal(BrownianNoise([2], (4, 2, 2), sigmas)(5.0, 1.0)[0], path(5.0, 1.0)[1])
    assert torch.equal(path(1.0, 5.0), -path(5.0, 1.0))


@pytest.mark.parametrize("low", [0.0291675, 0.02916751, 0.0291674])
def test_a_path_may_be_walked_to_its_very_ends(low):
    """torchsde rounds the ends, and warns of what lies beyond; warnings are errors here."""
    path = BrownianNoise([1], (4, 2, 2), [14.61464119, low, 0.0])
    assert path(14.61464119, low).isfinite().all()
