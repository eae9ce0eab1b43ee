"""Whole pictures under T2I-Adapters, unions and IP-Adapters, against diffusers' own pipelines."""

from dataclasses import replace

import pytest
from safetensors.torch import save_file

from studio.catalog.controlnets import ControlNets
from studio.domain.errors import BadRequest
from studio.domain.request import UnionControl
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.ip_adapter import ip_adapter_hooks
from studio.engine.hooks.reference import reference_hooks
from studio.engine.pipeline_manager import stock_scheduler
from studio.engine.stock_engine import One, StockEngine, common
from studio.engine.stock_pipelines import parts_of
from studio.engine.stock_schedulers import scheduler_for
from tests.engine.hooks.scenes import UNIT, noise_picture
from tests.engine.test_stock_controls import controlled, difference, ours
from tests.engine.tiny_adapters import tencent_names, tiny_adapter
from tests.engine.tiny_controlnets import tiny_union
from tests.engine.tiny_ip_adapters import nested, tiny_ip_adapter, tiny_vision
from tests.engine.tiny_models import Watching, pass_plan, shared_manager, sigmas_of

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")
ADAPTER = replace(UNIT, model="adapter", weight=0.7)
EYES = replace(UNIT, model="eyes", weight=0.8, preprocessor="ip-adapter_clip_sd15")
UNION = replace(UNIT, model="union", weight=0.02, union_control=UnionControl.normal_map)


@pytest.fixture(scope="module")
def adapter():
    return tiny_adapter(4, channels=[16, 32], num_res_blocks=2)


@pytest.fixture(scope="module")
def union(models):
    """For the tiny SDXL model."""
    unet = shared_manager(models).load("xl").unet
    same = ("block_out_channels", "down_block_types", "norm_num_groups", "cross_attention_dim", "attention_head_dim")
    same += ("addition_embed_type", "addition_time_embed_dim", "projection_class_embeddings_input_dim")
    config = {name: unet.config[name] for name in same}
    own = {"num_trans_channel": 16, "num_trans_head": 2, "num_proj_channel": 16, "num_control_type": 8}
    more = {"layers_per_block": 1, "use_linear_projection": True, "conditioning_embedding_out_channels": [8, 8, 16, 16]}
    return tiny_union(5, **config, **own, **more)


@pytest.fixture(scope="module")
def eyes(models):
    return tiny_ip_adapter(shared_manager(models).load("tiny").unet)


@pytest.fixture(scope="module")
def vision(tmp_path_factory):
    """The CLIP network, and the folder that it lies in."""
    network, folder = tiny_vision(), tmp_path_factory.mktemp("vision")
    network.save_pretrained(folder)
    return network, folder


@pytest.fixture(scope="module")
def find(adapter, union, eyes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nets")
    save_file(eyes, folder / "eyes.safetensors")
    union.save_pretrained(folder / "union")
    save_file(tencent_names(adapter), folder / "adapter.safetensors")
    known = ControlNets()
    return lambda name: known.list([folder])[name]


def asked_of(*units, model="tiny"):
    return controlled(*units, first=pass_plan(model, steps=6, sigmas=sigmas_of(6)))


def theirs(models, given, pipeline, **more):
    """The latents of one of diffusers' pipelines, from the same noise and the same prompts."""
    manager = shared_manager(models)
    name, one = given.plan.first.model, One(given, 0, Watching())
    model = manager.load(name)
    parts = {**parts_of(model, name == "xl"), "scheduler": scheduler_for(given.plan.first, stock_scheduler(model))}
    pipe = pipeline(**{**parts, **more.pop("networks")})
    more.pop("prepare", lambda pipe: None)(pipe)
    pipe.set_progress_bar_config(disable=True)
    return pipe(**StockEngine(manager)._prompts(one, model), **common(one), **more, output_type="latent").images


def test_an_adapter_draws_as_diffusers_pipeline_does(models, adapter, find):
    from diffusers import StableDiffusionAdapterPipeline

    given = asked_of(ADAPTER)
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
    assert difference(found, ours(models, find, asked_of())) > 1e-3


def test_a_union_draws_as_diffusers_pipeline_does(models, union, find):
    from diffusers import StableDiffusionXLControlNetUnionPipeline

    given, bare = asked_of(UNION, model="xl"), asked_of(model="xl")
    (control,) = given.controls
    expected = theirs(
        models,
        given,
        StableDiffusionXLControlNetUnionPipeline,
        networks={"controlnet": union},
        control_image=[control.image],
        control_mode=[4],
        controlnet_conditioning_scale=UNION.weight,
    )
    found = ours(models, find, given)
    assert difference(found, expected) < 1e-5
    assert difference(found, ours(models, find, bare)) > 1e-3
    weightless = asked_of(replace(UNION, weight=0.0), model="xl")
    assert (ours(models, find, weightless) == ours(models, find, bare)).all()


def test_an_ip_adapter_draws_as_diffusers_pipeline_does(models, eyes, vision, find):
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPImageProcessor

    given, makers = asked_of(EYES), [ip_adapter_hooks(find, lambda name: vision[1])]
    (control,) = given.controls
    given = replace(given, controls=(replace(control, image=noise_picture(3, (224, 224))),))

    def prepare(pipe):
        pipe.load_ip_adapter(nested(eyes), subfolder="", weight_name="", image_encoder_folder=None)
        pipe.set_ip_adapter_scale(EYES.weight)

    unet = UNet2DConditionModel.from_pretrained(models / "tiny" / "unet")
    expected = theirs(
        models,
        given,
        StableDiffusionPipeline,
        networks={"unet": unet, "image_encoder": vision[0], "feature_extractor": CLIPImageProcessor()},
        prepare=prepare,
        ip_adapter_image=given.controls[0].image,
    )
    found, bare = ours(models, find, given, makers), ours(models, find, asked_of())
    assert difference(found, expected) < 1e-5
    assert difference(found, bare) > 1e-3
    off = replace(given, controls=(replace(given.controls[0], unit=replace(EYES, weight=0.0)),))
    assert (ours(models, find, off, makers) == bare).all()


def test_an_ip_adapter_goes_with_other_units_and_a_reference_sees_without_it(models, vision, find):
    """The same in either order of the units, as each has its own place among the hooks."""
    makers = [controlnet_hooks(find), reference_hooks, ip_adapter_hooks(find, lambda name: vision[1])]
    reference = replace(UNIT, model="None", preprocessor="reference_only")
    given = asked_of(EYES, replace(ADAPTER, weight=0.3), reference)
    found = ours(models, find, given, makers)
    turned = ours(models, find, replace(given, controls=given.controls[::-1]), makers)
    assert difference(turned, found) < 1e-5
    assert difference(found, ours(models, find, replace(given, controls=given.controls[:2]), makers)) > 1e-3


def test_without_weight_or_after_the_last_step_nothing_changes(models, find):
    bare = ours(models, find, asked_of())
    for changes in ({"weight": 0.0}, {"start": 0.99}):
        assert (ours(models, find, asked_of(replace(ADAPTER, **changes))) == bare).all()


def test_a_part_of_the_steps_is_something_else_than_all(models, find):
    whole = ours(models, find, asked_of(ADAPTER))
    early, late = (ours(models, find, asked_of(replace(ADAPTER, **part))) for part in ({"end": 0.4}, {"start": 0.5}))
    assert min(difference(early, whole), difference(late, whole), difference(early, late)) > 1e-3


@pytest.mark.parametrize(
    ("unit", "words"), [(ADAPTER, "T2I-Adapter units"), (UNION, "ControlNet-Union units"), (EYES, "IP-Adapter units")]
)
def test_the_stock_engine_refuses_them_by_name(models, find, unit, words):
    given = asked_of(unit)
    with pytest.raises(BadRequest, match=words):
        next(StockEngine(shared_manager(models), find).run(given, Watching()))
