"""Our engine against diffusers' own pipelines, where both mean the same, and what the stock engine refuses."""

from dataclasses import replace

import pytest
import torch

from studio.domain.errors import BadRequest, Cancelled
from studio.domain.geometry import Size
from studio.domain.plan import HiresPlan, RefinerPlan
from studio.domain.request import MaskedContent
from studio.engine.denoising_engine import Group
from studio.engine.passes import run_pass
from studio.engine.start import first_latents
from studio.engine.stock_engine import One, StockEngine
from tests.engine.test_denoising_engine import left_half, mask_plan
from tests.engine.tiny_models import (
    Watching,
    engine,
    noise_plan,
    pass_plan,
    picture,
    plan_of,
    prepared,
    shared_manager,
    sigmas_of,
)

# diffusers' schedulers hand torch tensors to numpy in a way that numpy 2 frowns at
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")


def ours(folder, given, model="tiny"):
    one = engine(folder)
    loaded = shared_manager(folder).load(model)
    current = one._pass(Group(given, (0,), Watching(), []), given.plan.first, is_second=False)
    return run_pass(current, loaded, first_latents(loaded, given, current.noises, one._cache))[0]


def theirs(folder, given, model="tiny"):
    return StockEngine(shared_manager(folder)).latents(One(given, 0, Watching()), shared_manager(folder).load(model))


def difference(one, other):
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("model", ["tiny", "xl"])
@pytest.mark.parametrize(
    ("sampler", "schedule"),
    [("Euler", "Uniform"), ("Euler", "Karras"), ("Euler a", "Uniform"), ("Heun", "Karras"), ("LMS", "Uniform")],
)
def test_txt2img_latents_agree(models, model, sampler, schedule):
    """Same levels, same noise from the seed, same arithmetic: to 1e-5 in float32."""
    plan = pass_plan(model, steps=6, sampler=sampler, schedule=schedule, sigmas=sigmas_of(6, schedule=schedule))
    given = prepared(plan_of(plan))
    assert difference(ours(models, given, model), theirs(models, given, model)) < 1e-5


@pytest.mark.parametrize("strength", [0.3, 0.75, 0.99])
@pytest.mark.parametrize("sampler", ["Euler", "Euler a"])
def test_img2img_latents_agree(models, sampler, strength):
    """With A1111's count of steps asked of the pipeline, and the picture given as the posterior's mean."""
    plan = pass_plan(steps=10, strength=strength, sampler=sampler)
    given = prepared(plan_of(plan), picture())
    assert difference(ours(models, given), theirs(models, given)) < 1e-5


def test_long_and_weighted_prompts_agree(models):
    prompt = ", ".join(f"(word{n}:1.{n % 9})" for n in range(60))
    given = prepared(plan_of(pass_plan(prompt=prompt, negative_prompt=prompt.replace("word", "bad"))))
    assert difference(ours(models, given), theirs(models, given)) < 1e-5


def test_velocity_prediction_agrees(models, tmp_path):
    import json
    import shutil

    shutil.copytree(models / "tiny", tmp_path / "velocity")
    (tmp_path / "velocity" / "scheduler").mkdir()
    (tmp_path / "velocity" / "scheduler" / "scheduler_config.json").write_text(
        json.dumps({"prediction_type": "v_prediction"})
    )
    given = prepared(plan_of(pass_plan("velocity")))
    assert difference(ours(tmp_path, given, "velocity"), theirs(tmp_path, given, "velocity")) < 1e-5
    assert difference(ours(tmp_path, given, "velocity"), ours(models, prepared())) > 0.1


def test_inpainting_models_with_nothing_kept_agree(models):
    """At full strength with all masked nothing is blended, so their rule and A1111's are the same.

    They draw the masked picture's latent from what the encoder deems likely, we take the mean: the spread is taken out.
    """
    from PIL import Image

    last = shared_manager(models).load("inpaint").vae.quant_conv
    with torch.no_grad():
        last.weight[4:] = 0
        last.bias[4:] = -30
    mask = Image.new("L", (64, 64), 255)
    plan = plan_of(pass_plan("inpaint", strength=1.0, steps=6, sigmas=sigmas_of(6)), mask=mask_plan())
    given = prepared(plan, picture(), mask)
    reference = replace(given, plan=replace(plan, mask=None), image=None, latent_mask=None)
    assert difference(ours(models, reference, "inpaint"), theirs(models, given, "inpaint")) < 1e-5


def test_pictures_come_with_progress_and_can_be_interrupted(models):
    stock = StockEngine(shared_manager(models))
    progress = Watching(previews=True)
    images = [each.image for each in stock.run(prepared(plan_of(seeds=(1, 2))), progress)]
    assert [image.size for image in images] == [(64, 64)] * 2
    assert len(progress.steps) == 8
    assert len(progress.previews) == 8
    with pytest.raises(Cancelled):
        list(stock.run(prepared(), Watching(stop_at=2)))


def test_a_skipped_picture_is_left_and_the_next_one_drawn(models):
    progress = Watching(skip_at=2)
    made = list(StockEngine(shared_manager(models)).run(prepared(plan_of(seeds=(1, 2))), progress))
    assert [each.is_partial for each in made] == [True, False]
    assert len(progress.steps) == 2 + 4


def test_strength_0_returns_the_picture(models):
    given = prepared(plan_of(pass_plan(strength=0.0)), picture())
    assert next(iter(StockEngine(shared_manager(models)).run(given, Watching()))).image.tobytes() == picture().tobytes()


def test_inpainting_redraws_the_masked_part(models):
    plan = plan_of(pass_plan(strength=0.8), mask=mask_plan())
    image = next(
        iter(StockEngine(shared_manager(models)).run(prepared(plan, picture(), left_half()), Watching()))
    ).image
    assert image.size == (64, 64)
    assert image.tobytes() != picture().tobytes()


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (plan_of(hires=HiresPlan(upscaler="Latent", target=Size(96, 96), second=pass_plan(size=96))), "hires fix"),
        (plan_of(refiner=RefinerPlan(model="xl", switch_sigma=1.0)), "refiner"),
        (plan_of(noise=noise_plan(variation_strength=0.5)), "variations"),
        (plan_of(noise=noise_plan(source="NV")), "CPU"),
        (plan_of(pass_plan(prompt="a AND b")), "AND"),
        (plan_of(pass_plan(prompt="[a:b:0.5]")), "change while drawing"),
        (plan_of(pass_plan(prompt="<lora:x:1>")), "networks"),
        (plan_of(pass_plan(sampler="Restart")), "sampler Restart"),
        (plan_of(pass_plan(schedule="KL Optimal")), "schedule KL Optimal"),
        (plan_of(mask=mask_plan(content=MaskedContent.latent_noise)), "masked content"),
    ],
)
def test_what_pipelines_cannot_do_is_refused_by_name(models, plan, named):
    with pytest.raises(BadRequest, match=named):
        list(StockEngine(shared_manager(models)).run(prepared(plan), Watching()))


def test_the_stock_engine_leaves_the_networks_as_they_were(models):
    before = ours(models, prepared())
    list(StockEngine(shared_manager(models)).run(prepared(), Watching()))
    assert torch.equal(ours(models, prepared()), before)
