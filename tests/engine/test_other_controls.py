"""Whole pictures under T2I-Adapters, against diffusers' own pipeline, and what they do to a picture."""

from dataclasses import replace

import pytest
from safetensors.torch import save_file

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BadRequest
from studio.engine.pipeline_manager import stock_scheduler
from studio.engine.stock_engine import One, StockEngine, common
from studio.engine.stock_pipelines import parts_of
from studio.engine.stock_schedulers import scheduler_for
from tests.engine.hooks.scenes import UNIT
from tests.engine.test_stock_controls import controlled, difference, ours
from tests.engine.tiny_adapters import tencent_names, tiny_adapter
from tests.engine.tiny_models import Watching, pass_plan, shared_manager, sigmas_of

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")
ADAPTER = replace(UNIT, model="adapter", weight=0.7)


@pytest.fixture(scope="module")
def adapter():
    return tiny_adapter(4, channels=[16, 32], num_res_blocks=2)


@pytest.fixture(scope="module")
def find(adapter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nets")
    save_file(tencent_names(adapter), folder / "adapter.safetensors")
    known = ControlNets()
    return lambda name: known.list([folder])[name]


def asked_of(models, *units):
    return controlled(*units, first=pass_plan(steps=6, sigmas=sigmas_of(6)))


def theirs(models, given, pipeline, **more):
    """The latents of one of diffusers' pipelines, from the same noise and the same prompts."""
    manager = shared_manager(models)
    model, one = manager.load("tiny"), One(given, 0, Watching())
    parts = {**parts_of(model, False), "scheduler": scheduler_for(given.plan.first, stock_scheduler(model))}
    pipe = pipeline(**parts, **more.pop("networks"))
    pipe.set_progress_bar_config(disable=True)
    return pipe(**StockEngine(manager)._prompts(one, model), **common(one), **more, output_type="latent").images


def test_an_adapter_draws_as_diffusers_pipeline_does(models, adapter, find):
    from diffusers import StableDiffusionAdapterPipeline

    given = asked_of(models, ADAPTER)
    (control,) = given.controls
    expected = theirs(
        models,
        given,
        StableDiffusionAdapterPipeline,
        networks={"adapter": adapter},
        image=control.image,
        adapter_conditioning_scale=0.7,
    )
    found = ours(models, find, given)
    assert difference(found, expected) < 1e-5
    assert difference(found, ours(models, find, asked_of(models))) > 1e-3


def test_without_weight_or_after_the_last_step_nothing_changes(models, find):
    bare = ours(models, find, asked_of(models))
    for changes in ({"weight": 0.0}, {"start": 0.99}):
        assert (ours(models, find, asked_of(models, replace(ADAPTER, **changes))) == bare).all()


def test_a_part_of_the_steps_is_something_else_than_all(models, find):
    whole = ours(models, find, asked_of(models, ADAPTER))
    early, late = (
        ours(models, find, asked_of(models, replace(ADAPTER, **part))) for part in ({"end": 0.4}, {"start": 0.5})
    )
    assert min(difference(early, whole), difference(late, whole), difference(early, late)) > 1e-3


def test_the_stock_engine_refuses_it_by_name(models, find):
    given = asked_of(models, ADAPTER)
    with pytest.raises(BadRequest, match="T2I-Adapter units"):
        next(StockEngine(shared_manager(models), find).run(given, Watching()))
