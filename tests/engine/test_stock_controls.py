"""Units in diffusers' own pipelines: as ours where both mean the same, and refused where they do not."""

from dataclasses import replace

import pytest
from PIL import Image

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BadRequest
from studio.domain.plan import ControlMap
from studio.domain.request import ControlMode
from studio.engine.denoising_engine import DenoisingEngine, Group
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.passes import run_pass
from studio.engine.start import first_latents
from studio.engine.stock_engine import One, StockEngine
from tests.engine.hooks.scenes import UNIT, noise_picture
from tests.engine.test_denoising_engine import left_half, mask_plan
from tests.engine.tiny_models import (
    Watching,
    pass_plan,
    picture,
    plan_of,
    prepared,
    samplers,
    shared_manager,
    sigmas_of,
    upscale,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")
ONE = replace(UNIT, model="one", weight=0.05)
TWO = replace(UNIT, model="two", weight=0.1)


@pytest.fixture(scope="module")
def find(nets):
    known = ControlNets()
    return lambda name: known.list([nets])[name]


def controlled(*units, image=None, latent_mask=None, **plan):
    maps = tuple(
        ControlMap(unit=unit, image=noise_picture(seed), hires_image=None, region=None, mask=None)
        for seed, unit in enumerate(units)
    )
    return replace(prepared(plan_of(**plan), image=image, latent_mask=latent_mask), controls=maps)


def ours(models, find, given, makers=()):
    one = DenoisingEngine(shared_manager(models), samplers(), upscale, makers or [controlnet_hooks(find)])
    loaded = shared_manager(models).load(given.plan.first.model)
    current = one._pass(Group(given, (0,), Watching(), []), given.plan.first, is_second=False)
    return run_pass(current, loaded, first_latents(loaded, given, current.noises, one._cache))[0]


def theirs(models, find, given):
    loaded = shared_manager(models).load("tiny")
    return StockEngine(shared_manager(models), find).latents(One(given, 0, Watching()), loaded)


def difference(one, other):
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("strength", [None, 0.6], ids=["txt2img", "img2img"])
def test_two_units_agree(models, find, strength):
    """Same noise, same steps, multi-ControlNet: to 1e-5 in float32."""
    image = picture() if strength else None
    plan = pass_plan(steps=6, strength=strength or 1.0, sigmas=sigmas_of(6, strength or 1.0))
    given, bare = controlled(ONE, TWO, image=image, first=plan), controlled(image=image, first=plan)
    found = ours(models, find, given)
    assert difference(found, theirs(models, find, given)) < 1e-5
    assert difference(found, ours(models, find, bare)) > 1e-3


def test_inpainting_with_a_unit_draws(models, find):
    given = controlled(ONE, image=picture(), latent_mask=left_half(), first=pass_plan(strength=0.7), mask=mask_plan())
    (drawn,) = StockEngine(shared_manager(models), find).run(given, Watching())
    assert drawn.image.size == (64, 64)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": ControlMode.prompt}, "Balanced"),
        ({"preprocessor": "reference_only"}, "reference"),
        ({"weights": (1.0, 1.0)}, "advanced weighting"),
        ({"preprocessor": "tile_colorfix"}, "tile_colorfix"),
    ],
)
def test_what_the_pipelines_cannot_do_is_refused_by_name(models, find, changes, words):
    given = controlled(replace(ONE, **changes))
    with pytest.raises(BadRequest, match=words):
        next(StockEngine(shared_manager(models), find).run(given, Watching()))


def test_a_region_is_refused_too(models, find):
    given = controlled(ONE)
    (control,) = given.controls
    given = replace(given, controls=(replace(control, region=Image.new("L", (64, 64))),))
    with pytest.raises(BadRequest, match="region"):
        next(StockEngine(shared_manager(models), find).run(given, Watching()))
