"""Families that only diffusers runs: a tiny Stable Diffusion 3 with random weights, in its own folder layout."""

from dataclasses import replace

import pytest
import torch

from studio.domain.errors import BadRequest, BrokenFile, IncompatibleModel
from studio.engine.stock_engine import StockEngine
from tests.engine.test_denoising_engine import left_half, mask_plan
from tests.engine.tiny_models import (
    CONFIGS,
    TEXT,
    VAE,
    Watching,
    engine,
    pass_plan,
    picture,
    plan_of,
    prepared,
    shared_manager,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers"),
    pytest.mark.filterwarnings("ignore::FutureWarning:diffusers"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        SD3Transformer2DModel,
        StableDiffusion3Pipeline,
    )
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

    torch.manual_seed(0)
    place = tmp_path_factory.mktemp("families")
    text = CLIPTextConfig(**TEXT | {"vocab_size": 49408}, hidden_size=32, projection_dim=32)
    tokenizer = CLIPTokenizer.from_pretrained(CONFIGS / "tokenizer")
    StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=32,
            patch_size=1,
            in_channels=16,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=64,
            caption_projection_dim=32,
            pooled_projection_dim=64,
            out_channels=16,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKL(
            **VAE | {"latent_channels": 16}, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06
        ),
        text_encoder=CLIPTextModelWithProjection(text),
        text_encoder_2=CLIPTextModelWithProjection(text),
        text_encoder_3=None,
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        tokenizer_3=None,
    ).save_pretrained(place / "three")
    return place


@pytest.mark.parametrize("form", ["text", "image", "inpaint"])
def test_pictures_in_every_form_with_progress(folder, form):
    stock, progress = StockEngine(shared_manager(folder)), Watching()
    plan = plan_of(pass_plan("three", strength=1.0 if form == "text" else 0.75), seeds=(1, 2))
    given = prepared(plan, None if form == "text" else picture())
    if form == "inpaint":
        given = replace(prepared(replace(plan, mask=mask_plan()), picture(), left_half()))
    drawn = list(stock.run(given, progress))
    assert [each.image.size for each in drawn] == [(64, 64)] * 2
    assert drawn[0].image.tobytes() != drawn[1].image.tobytes()
    assert "own sampler" in drawn[0].notes[0]
    assert progress.steps


def test_prompts_count(folder):
    stock = StockEngine(shared_manager(folder))
    plans = [pass_plan("three"), pass_plan("three", prompt="a tree"), pass_plan("three", negative_prompt="red")]
    assert len({next(iter(stock.run(prepared(plan_of(plan)), Watching()))).image.tobytes() for plan in plans}) == 3


def test_our_own_engine_says_whom_to_ask(folder):
    with pytest.raises(IncompatibleModel, match="diffusers"):
        list(engine(folder).run(prepared(plan_of(pass_plan("three"))), Watching()))


def test_a_damaged_folder_is_named(folder, tmp_path):
    import shutil

    shutil.copytree(folder / "three", tmp_path / "three")
    (tmp_path / "three" / "transformer" / "config.json").unlink()
    with pytest.raises(BrokenFile, match="three"):
        list(StockEngine(shared_manager(tmp_path)).run(prepared(plan_of(pass_plan("three"))), Watching()))


def test_networks_in_the_prompt_are_refused(folder):
    with pytest.raises(BadRequest, match="networks"):
        list(
            StockEngine(shared_manager(folder)).run(
                prepared(plan_of(pass_plan("three", prompt="<lora:x>"))), Watching()
            )
        )
