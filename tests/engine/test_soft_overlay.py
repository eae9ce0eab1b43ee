"""Soft inpainting's overlay opens where the picture has changed, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.domain.geometry import Size
from studio.domain.request import SoftInpainting
from studio.engine.soft_overlay import mask_scale, percentile_mean, smootherstep, soft_overlay

SOFT = SoftInpainting(
    schedule_bias=1.0,
    preservation_strength=0.5,
    transition_contrast_boost=4.0,
    mask_influence=0.0,
    difference_threshold=0.5,
    difference_contrast=2.0,
)


def overlay(new, soft=SOFT, redrawn=None):
    size = Size(new.shape[2] * 8, new.shape[1] * 8)
    mask = torch.ones(new.shape[1:]) if redrawn is None else redrawn
    return np.asarray(soft_overlay(new, torch.zeros_like(new), mask, soft, size)).astype(int)


def changed(strength=10.0):
    new = torch.zeros(4, 16, 20)
    new[:, :, :8] = strength
    return new


def test_it_is_open_where_the_latents_are_apart_and_shut_where_they_are_equal():
    found = overlay(changed())
    assert found.shape == (128, 160)
    assert found[:, :32].min() > 240
    assert found[:, 112:].max() < 3


def test_unchanged_is_shut_everywhere():
    assert overlay(torch.zeros(4, 8, 8)).max() == 0


def test_a_changed_cell_opens_around_itself_and_not_afar():
    one = torch.zeros(4, 16, 16)
    one[:, 8, 8] = 50
    found = overlay(one)
    assert found[60:76, 60:76].min() > 200
    assert found[:32].max() < 15


def test_a_higher_threshold_opens_less_and_the_contrast_steepens():
    near = changed(0.3)
    assert overlay(near, replace(SOFT, difference_threshold=4.0))[:, :32].mean() < overlay(near)[:, :32].mean()
    soft, hard = (overlay(changed(1.0), replace(SOFT, difference_contrast=c))[:, :32].mean() for c in (0.5, 8.0))
    assert hard > soft


def test_a_threshold_of_0_opens_all_that_has_changed():
    assert overlay(changed(0.01), replace(SOFT, difference_threshold=0.0))[:, :32].min() > 240


def test_the_masks_influence_keeps_what_it_hardly_marks():
    marked = torch.full((16, 20), 0.05)
    with_influence = overlay(changed(1.0), replace(SOFT, mask_influence=1.0), marked)[:, :32].mean()
    assert with_influence < overlay(changed(1.0), SOFT, marked)[:, :32].mean()
    assert mask_scale(np.ones(1), 0.0) == pytest.approx(1, abs=1e-3)


def test_percentiles_are_of_the_neighbourhood():
    cells = np.arange(49.0).reshape(7, 7)
    assert percentile_mean(np.full((5, 5), 3.0), 0.25, 0.75) == pytest.approx(3.0)
    assert percentile_mean(cells, 0.25, 0.75)[3, 3] == pytest.approx(24)
    assert percentile_mean(cells, 0.9, 1.0)[3, 3] > 32


def test_the_smooth_step_is_flat_at_both_ends():
    assert smootherstep(np.array([0, 0.5, 1])).tolist() == [0, 0.5, 1]
    assert smootherstep(np.array([0.01]))[0] < 1e-4
