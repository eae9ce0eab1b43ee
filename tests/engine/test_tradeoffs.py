"""Speed against exactness, in whole pictures: each way acts, goes with everything else, and leaves nothing behind."""

from dataclasses import replace

import numpy as np
import pytest

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BadRequest
from studio.domain.geometry import Size
from studio.domain.plan import HiresPlan, RefinerPlan
from studio.domain.settings import Settings
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.reference import reference_hooks
from studio.engine.hooks.token_merging import token_merging_hooks
from studio.engine.stock_engine import StockEngine
from tests.engine.hooks.scenes import UNIT, control_map, noise_picture
from tests.engine.test_regions import region
from tests.engine.tiny_models import Watching, engine, pass_plan, picture, plan_of, prepared, shared_manager

WAYS = {
    "token merging": Settings(token_merging=0.5, token_merging_second=0.5),
    "reuse of deep features": Settings(caching_interval=2),
    "weights in FP8": Settings(fp8="Enable"),
}
CONTROL = replace(UNIT, model="one", preprocessor="canny")
REFERENCE = replace(UNIT, model="None", preprocessor="reference_adain+attn")


@pytest.fixture(scope="module")
def draw(models, nets):
    known = ControlNets()
    makers = [controlnet_hooks(lambda name: known.list([nets])[name]), reference_hooks, token_merging_hooks]

    def drawn(settings=None, *units, image=None, regions=(), seeds=(1,), **plan):
        maps = tuple(control_map(unit, noise_picture(seed)) for seed, unit in enumerate(units))
        plan = plan_of(seeds=seeds, settings=settings or Settings(), **plan)
        given = replace(prepared(plan, image=image), controls=maps, regions=regions)
        return [np.asarray(each.image).astype(int) for each in engine(models, makers).run(given, Watching())]

    return drawn


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def is_bare(unet):
    hooks = [each._forward_hooks or each._forward_pre_hooks or "forward" in vars(each) for each in unet.modules()]
    return not any(hooks)


def test_it_acts_alike_each_time_and_leaves_the_model_as_it_was(draw, way, models):
    (before,) = draw()
    (one,), (again,) = draw(way), draw(way)
    assert (one != before).any()
    assert (one == again).all()
    assert is_bare(shared_manager(models).load("tiny").unet)
    assert (draw()[0] == before).all()


def test_pictures_of_a_batch_are_the_single_ones(draw, way):
    both = draw(way, seeds=(1, 2))
    assert all((one == draw(way, seeds=(seed,))[0]).all() for seed, one in zip((1, 2), both, strict=True))


@pytest.mark.parametrize("unit", [CONTROL, REFERENCE], ids=["ControlNet", "reference"])
def test_control_units_act_beside_it(draw, way, unit):
    (bare,), (controlled,), (exact,) = draw(way), draw(way, unit), draw(None, unit)
    rests = unit is REFERENCE and way.token_merging > 0  # and says so
    assert (controlled != bare).any()
    assert (controlled != exact).any() != rests


def test_regions_have_it_too(draw, way):
    regions = (region("a blue sea", (0, 0, 24, 64)),)
    (bare,), (parted,), (exact,) = draw(way), draw(way, regions=regions), draw(None, regions=regions)
    assert (parted != bare).any()
    assert (parted != exact).any()


@pytest.mark.parametrize(
    "prompt", ["a red house AND a tree :0.5", "a red house BREAK a tree", "a [red:blue:0.5] house"]
)
def test_every_kind_of_prompt_counts(draw, way, prompt):
    first = pass_plan(prompt=prompt)
    assert (draw(way, first=first)[0] != draw(way)[0]).any()
    assert (draw(way, first=first)[0] == draw(way, first=first)[0]).all()


def test_img2img_and_the_refiner_have_it_too(draw, way):
    first = pass_plan(steps=8, strength=0.75)
    assert (draw(way, image=picture(), first=first)[0] != draw(image=picture(), first=first)[0]).any()
    refiner = RefinerPlan(model="inpaint", switch_sigma=2.0)
    assert (draw(way, refiner=refiner)[0] != draw(way)[0]).any()
    assert (draw(way, refiner=refiner)[0] != draw(refiner=refiner)[0]).any()


def test_token_merging_of_the_second_pass_leaves_the_first_alone(draw):
    settings = Settings(token_merging_second=0.5)
    assert (draw(settings)[0] == draw()[0]).all()
    hires = HiresPlan(upscaler="Latent", target=Size(96, 96), second=pass_plan(size=96, steps=3, strength=0.9))
    assert (draw(settings, hires=hires)[0] != draw(hires=hires)[0]).any()


def test_the_stock_engine_refuses_it_by_name(models):
    for name, settings in WAYS.items():
        with pytest.raises(BadRequest, match=name):
            list(StockEngine(shared_manager(models)).run(prepared(plan_of(settings=settings)), Watching()))
