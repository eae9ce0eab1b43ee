"""Whole pictures under control: ControlNets, references and what units hold, through our engine."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from studio.catalog.controlnets import ControlNets
from studio.domain.plan import ControlMap, HiresPlan
from studio.domain.request import ControlMode, HiresOption
from studio.engine.hooks.control_latents import control_latent_hooks
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.reference import reference_hooks
from tests.engine.hooks.scenes import UNIT, noise_picture
from tests.engine.tiny_models import Watching, engine, pass_plan, picture, plan_of, prepared


@pytest.fixture(scope="module")
def draw(models, nets):
    known = ControlNets()
    makers = [controlnet_hooks(lambda name: known.list([nets])[name]), reference_hooks, control_latent_hooks]

    def drawn(*units, image=None, mask=None, seeds=(1,), **plan):
        maps = tuple(
            ControlMap(
                unit=unit,
                image=noise_picture(seed),
                hires_image=noise_picture(seed, (128, 128)),
                region=None,
                mask=mask,
            )
            for seed, unit in enumerate(units)
        )
        given = replace(prepared(plan_of(seeds=seeds, **plan), image=image), controls=maps)
        return [np.asarray(each.image).astype(int) for each in engine(models, makers).run(given, Watching())]

    return drawn


ONE = replace(UNIT, model="one", preprocessor="canny")


def test_a_unit_changes_the_picture_and_without_weight_it_does_not(draw):
    (bare,), (weightless,), (controlled,) = draw(), draw(replace(ONE, weight=0.0)), draw(ONE)
    assert (weightless == bare).all()
    assert (controlled != bare).any()


def test_weight_acts_by_degrees(draw):
    bare, some, more = (draw(replace(ONE, weight=weight))[0] for weight in (0.0, 0.02, 0.1))
    assert 0 < abs(some - bare).mean() < abs(more - bare).mean()


def test_units_add_up_in_any_order(draw):
    first, second = replace(ONE, weight=0.1), replace(ONE, model="two", weight=0.1)
    assert (draw(first)[0] != draw(first, second)[0]).any()


@pytest.mark.parametrize("mode", [ControlMode.prompt, ControlMode.control])
def test_modes_draw_other_pictures(draw, mode):
    unit = replace(ONE, weight=0.1)
    assert (draw(replace(unit, mode=mode))[0] != draw(unit)[0]).any()


def test_a_unit_that_begins_after_the_last_step_does_nothing(draw):
    assert (draw(replace(ONE, start=0.99))[0] == draw()[0]).all()


def test_pictures_of_a_batch_are_the_single_ones(draw):
    units = (ONE, replace(UNIT, model="None", preprocessor="reference_only"))
    both = draw(*units, seeds=(1, 2))
    assert all((one == draw(*units, seeds=(seed,))[0]).all() for seed, one in zip((1, 2), both, strict=True))


@pytest.mark.parametrize("name", ["reference_only", "reference_adain", "reference_adain+attn"])
def test_references_change_the_picture(draw, name):
    assert (draw(replace(UNIT, model="None", preprocessor=name))[0] != draw()[0]).any()


def test_colorfix_and_inpaint_only_hold_on_to_the_picture(draw):
    fixed = draw(replace(ONE, preprocessor="tile_colorfix", weight=1.0))[0]
    assert (fixed != draw(ONE)[0]).any()
    kept = draw(replace(ONE, preprocessor="inpaint_only"), mask=Image.new("L", (64, 64)))[0]
    assert (kept != draw(replace(ONE, preprocessor="inpaint"), mask=Image.new("L", (64, 64)))[0]).any()


def test_lama_draws_from_the_filled_picture(draw):
    """The unit's network is silent here, so only the beginning tells the pictures apart."""
    silent, mask = replace(ONE, weight=0.0), Image.new("L", (64, 64), 255)
    plain = draw(silent, mask=mask)[0]
    filled = draw(replace(silent, preprocessor="inpaint_only+lama"), mask=mask)[0]
    assert (plain != filled).any()


def test_img2img_and_hires_fix_take_units_too(draw):
    first = pass_plan(strength=0.5)
    assert (draw(ONE, image=picture(), first=first)[0] != draw(image=picture(), first=first)[0]).any()
    second = pass_plan(size=128, strength=0.5)
    hires = HiresPlan(upscaler="Latent", target=second.size, second=second)
    low, high = (replace(ONE, hires_option=option) for option in (HiresOption.low, HiresOption.high))
    pictures = [draw(*units, hires=hires)[0] for units in ((), (low,), (high,))]
    assert all(each.shape == (128, 128, 3) for each in pictures)
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[0] != pictures[2]).any()
    assert (pictures[1] != pictures[2]).any()
