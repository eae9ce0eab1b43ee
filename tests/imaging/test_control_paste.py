"""inpaint_only: outside of the unit's mask its picture comes back."""

from dataclasses import replace

import numpy as np
from PIL import Image

from studio.domain.plan import ControlMap, Drawn, Prepared
from studio.domain.settings import Settings
from studio.imaging.control_paste import keep_around_masks, soft_edge
from tests.imaging.test_control_maps import UNIT, plan_of

SIZE = (64, 64)


def noise(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8))


def masked():
    mask = Image.new("L", SIZE)
    mask.paste(255, (20, 20, 40, 40))
    return mask


def joined(preprocessor="inpaint_only", plan_mask=None, **settings):
    unit = replace(UNIT, preprocessor=preprocessor)
    control = ControlMap(unit=unit, image=noise(1), hires_image=None, region=None, mask=masked())
    plan = plan_of(unit, settings=Settings(**settings), mask=plan_mask)
    prepared = Prepared(plan=plan, image=None, latent_mask=None, original=None, overlay_mask=None, controls=(control,))
    return np.asarray(keep_around_masks(Drawn(image=noise(2), index=0), prepared).image)


def test_outside_the_soft_edge_every_byte_is_the_pictures_and_inside_the_drawn_ones():
    found = joined()
    assert (found[:14] == np.asarray(noise(1))[:14]).all()
    assert (found[20:40, 20:40] == np.asarray(noise(2))[20:40, 20:40]).all()


def test_lama_keeps_what_inpaint_only_keeps():
    assert (joined("inpaint_only+lama") == joined()).all()


def test_without_blur_the_edge_is_hard():
    found = joined(control_blur=0)
    assert (found[:20] == np.asarray(noise(1))[:20]).all()
    assert (found[20:40, 20:40] == np.asarray(noise(2))[20:40, 20:40]).all()


def test_other_units_and_masked_pictures_are_left_alone():
    for found in (joined("inpaint"), joined(plan_mask=object())):
        assert (found == np.asarray(noise(2))).all()


def test_the_edge_covers_the_mask_whole():
    edge = np.asarray(soft_edge(masked(), 7))
    assert (edge[20:40, 20:40] == 255).all()
    assert 0 < edge[18, 30] < 255
    assert edge[10, 30] == 0
