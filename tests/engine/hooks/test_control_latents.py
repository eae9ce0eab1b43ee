"""inpaint_only and tile_colorfix: what they hold of the picture; inpaint_only+lama: what it begins with."""

from dataclasses import replace
from types import SimpleNamespace

import torch
from PIL import Image

from studio.engine.hooks.control_latents import blurred, control_latent_hooks
from studio.engine.hooks.hook import Guess
from tests.engine.hooks.scenes import UNIT, control_map, noise_picture, scene

MODEL = SimpleNamespace(torch_device=torch.device("cpu"))
ORIGINAL = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
GUESSED = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(2))


def guess(share=0.0):
    return Guess(noisy=GUESSED, sigma=1.0, share=share)


def hooks_for(unit, cfg_scale=7.0, mask=None, plan_mask=None, is_second=False, strength=1.0):
    control = control_map(unit, noise_picture(0), mask=mask)
    made = scene(MODEL, control, encode=lambda image: ORIGINAL, mask=plan_mask, is_second=is_second)
    made.planned.cfg_scale, made.planned.strength = cfg_scale, strength
    return list(control_latent_hooks(made)), made.notes


def masked():
    mask = Image.new("L", (64, 64))
    mask.paste(255, (17, 17, 30, 30))
    return mask


def test_inpaint_only_keeps_what_is_not_masked():
    (hook,), _ = hooks_for(replace(UNIT, preprocessor="inpaint_only"), mask=masked())
    found = hook.corrected(GUESSED, guess())
    assert torch.equal(found[:, :, 2:4, 2:4], GUESSED[:, :, 2:4, 2:4])
    assert torch.equal(found[:, :, :2], ORIGINAL.expand(2, -1, -1, -1)[:, :, :2])


def test_inpaint_only_by_its_weight_and_steps():
    (hook,), _ = hooks_for(replace(UNIT, preprocessor="inpaint_only", weight=0.5, end=0.4), mask=masked())
    found = hook.corrected(GUESSED, guess())
    assert torch.allclose(found[:, :, 0], (GUESSED + ORIGINAL)[:, :, 0] / 2, atol=1e-6)
    assert torch.equal(hook.corrected(GUESSED, guess(0.5)), GUESSED)


def test_inpaint_only_leaves_a_masked_img2img_alone_and_says_so():
    hooks, notes = hooks_for(replace(UNIT, preprocessor="inpaint_only"), mask=masked(), plan_mask=object())
    assert hooks == []
    assert "inpaint_global_harmonious" in notes[0]


LAMA = replace(UNIT, preprocessor="inpaint_only+lama")


def test_lama_keeps_as_inpaint_only_does_and_begins_with_the_filled_picture():
    (keep, begin), _ = hooks_for(LAMA, mask=masked())
    assert torch.equal(keep.corrected(GUESSED, guess())[:, :, :2], ORIGINAL.expand(2, -1, -1, -1)[:, :, :2])
    noise = torch.randn(2, 4, 8, 8)
    assert torch.equal(begin.begun(GUESSED, noise, 14.5), ORIGINAL + noise * 14.5)


def test_lama_begins_under_a_mask_of_the_tab_too_and_not_in_a_second_pass():
    (begin,), notes = hooks_for(LAMA, mask=masked(), plan_mask=object())
    assert torch.equal(begin.begun(GUESSED, GUESSED, 0.0), ORIGINAL.expand(2, -1, -1, -1))
    assert notes == []
    assert len(hooks_for(LAMA, mask=masked(), is_second=True)[0]) == 1


def test_lama_leaves_what_remains_of_another_picture():
    """At part strength a unit with a picture of its own does not replace the one that is redrawn."""
    own = replace(LAMA, image=noise_picture(3))
    assert [len(hooks_for(unit, plan_mask=object(), strength=0.5)[0]) for unit in (LAMA, own)] == [1, 0]
    assert len(hooks_for(own, plan_mask=object(), strength=1.0)[0]) == 1


def test_colorfix_holds_the_broad_colours_and_leaves_the_detail():
    (hook,), _ = hooks_for(replace(UNIT, preprocessor="tile_colorfix", threshold_a=3))
    found = hook.corrected(GUESSED, guess())
    assert torch.allclose(found, GUESSED - blurred(GUESSED, 3) + blurred(ORIGINAL, 3), atol=1e-6)


def test_sharp_adds_detail_by_the_guidance():
    """Detail taken off the negative guess is amplified by guidance: (7 - 1) * 0.01 at sharpness 1."""
    plain, sharp = (
        hooks_for(replace(UNIT, preprocessor=name, threshold_a=3, threshold_b=1.0))[0][0]
        for name in ("tile_colorfix", "tile_colorfix+sharp")
    )
    fine = GUESSED - blurred(GUESSED, 3)
    difference = sharp.corrected(GUESSED, guess()) - plain.corrected(GUESSED, guess())
    assert torch.allclose(difference, 0.06 * fine, atol=1e-5)


def test_variation_doubles_in_the_second_pass_and_out_of_range_means_default():
    (first,), _ = hooks_for(replace(UNIT, preprocessor="tile_colorfix"))
    (second,), _ = hooks_for(replace(UNIT, preprocessor="tile_colorfix"), is_second=True)
    assert (first.radius, second.radius) == (8, 16)


def test_blur_of_a_flat_latent_is_flat():
    flat = torch.full((1, 4, 8, 8), 3.0)
    assert torch.allclose(blurred(flat, 5), flat)


def test_other_units_do_nothing_here():
    assert hooks_for(UNIT)[0] == []
