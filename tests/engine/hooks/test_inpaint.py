"""What becomes of a mask in the latent, and which cells stay as they were."""

import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.request import SoftInpainting
from studio.engine.hooks.hook import Guess
from studio.engine.hooks.inpaint import Blend, RisingBlend, SoftBlend, latent_mask, mask_hook, mixed
from tests.engine.test_denoising_engine import mask_plan

SOFT = SoftInpainting(
    schedule_bias=1.0,
    preservation_strength=0.5,
    transition_contrast_boost=4.0,
    mask_influence=0.0,
    difference_threshold=0.5,
    difference_contrast=2.0,
)


def guess(sigma=1.0, share=0.0):
    return Guess(noisy=torch.zeros(1, 4, 1, 4), sigma=sigma, share=share)


def grey(level):
    return Image.new("L", (16, 16), level)


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (127, 0), (128, 1), (255, 1)])
def test_rounded_masks_are_all_or_nothing(level, expected):
    assert latent_mask(grey(level), mask_plan()).unique().tolist() == [expected]


def test_unrounded_and_soft_masks_keep_their_greys():
    for plan in (mask_plan(rounded=False), mask_plan(soft=SOFT)):
        assert latent_mask(grey(100), plan).unique().tolist() == pytest.approx([100 / 255])


def test_covering_leaves_no_touched_cell_behind():
    mask = Image.new("L", (32, 16), 0)
    mask.putpixel((9, 9), 255)
    assert latent_mask(mask, mask_plan()).sum() == 0
    covered = latent_mask(mask, mask_plan(covers=True))
    assert covered[0, 0].tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]


def test_mixing_is_exact_at_both_ends():
    old, new = torch.randn(4, 5), torch.randn(4, 5)
    share = torch.tensor([0.0, 1.0, 0.5, 0.0, 1.0])
    result = mixed(old, new, share)
    assert torch.equal(result[:, [0, 3]], old[:, [0, 3]])
    assert torch.equal(result[:, [1, 4]], new[:, [1, 4]])
    assert torch.allclose(result[:, 2], (old[:, 2] + new[:, 2]) / 2)


def test_each_kind_of_mask_has_its_rule():
    redrawn, clean = torch.ones(1, 1, 1, 4), torch.zeros(1, 4, 1, 4)
    assert type(mask_hook(redrawn, clean, mask_plan(), 4)) is Blend
    assert type(mask_hook(redrawn, clean, mask_plan(rounded=False), 4)) is RisingBlend
    assert type(mask_hook(redrawn, clean, mask_plan(soft=SOFT, rounded=False), 4)) is SoftBlend


def test_a_grey_cell_is_redrawn_from_its_step_on():
    redrawn = torch.tensor([0.0, 0.25, 0.6, 1.0]).view(1, 1, 1, 4)
    old, new = torch.zeros(1, 4, 1, 4), torch.ones(1, 4, 1, 4)
    blend = RisingBlend(redrawn, old, steps=4)
    open_cells = [blend.corrected(new, guess(share=step / 4))[0, 0, 0].tolist() for step in range(4)]
    assert open_cells == [[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]]
    assert blend.finished(new)[0, 0, 0].tolist() == [0, 1, 1, 1]


def test_soft_blending_takes_more_of_the_old_the_lower_the_noise():
    redrawn = torch.full((1, 1, 1, 1), 0.5)
    old, new = torch.zeros(1, 4, 1, 1), torch.ones(1, 4, 1, 1)
    blend = SoftBlend(redrawn, old, SOFT)
    shares = [float(blend.corrected(new, guess(sigma=sigma)).mean()) for sigma in (8.0, 1.0, 0.05)]
    assert shares == sorted(shares)


def test_soft_blending_keeps_the_strength_of_what_it_mixes():
    generator = torch.Generator().manual_seed(0)
    old, new = (torch.randn(1, 4, 8, 8, generator=generator) for _ in range(2))
    blend = SoftBlend(torch.full((1, 1, 1, 1), 0.5), old, SOFT)
    result = blend.corrected(new, guess(sigma=2.0))
    plain = (old + new) / 2
    norms = [float(each.norm(dim=1).mean()) for each in (old, new, result, plain)]
    assert norms[3] < min(norms[:2]) < norms[2]


def test_bicubic_edges_of_rounded_masks_lie_where_the_mask_does():
    mask = Image.fromarray(np.repeat(np.repeat(np.array([[0, 255, 0]], np.uint8), 32, 0), 32, 1))
    assert latent_mask(mask, mask_plan())[0, 0, 0].tolist() == [0] * 4 + [1] * 4 + [0] * 4
