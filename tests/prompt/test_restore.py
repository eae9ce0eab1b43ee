"""From a text back to the request: every key that is written acts, and absence means what A1111 takes it to mean."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from studio.domain.geometry import Size
from studio.domain.request import (
    ColourMatch,
    ControlMode,
    ControlUnit,
    GenerationRequest,
    HiresOption,
    Mask,
    MaskedContent,
    Refiner,
    ResizeMode,
    SoftInpainting,
    UnionControl,
)
from studio.domain.settings import Settings
from studio.planning.planner import make_plan
from studio.prompt.infotext import Infotext, describe, format_infotext, parse_infotext
from studio.prompt.restore import KEYS, Restored, restore
from tests import fakes

share = st.floats(0, 1)
prompts = st.text(alphabet="abc,:()\n", max_size=20)
sizes = st.builds(Size, st.integers(64, 200), st.integers(64, 200))
sampling = st.builds(
    fakes.sampling,
    sampler=st.sampled_from(["Euler", "Euler a"]),
    schedule=st.sampled_from(["Karras", "Uniform"]),
    steps=st.integers(1, 150),
    cfg_scale=st.floats(0, 30),
    seed=st.integers(0, 2**40),
)
init_images = st.builds(
    fakes.init_image,
    strength=share,
    resize_mode=st.sampled_from(ResizeMode),
    keep_original_size=st.booleans(),
    image_cfg_scale=st.sampled_from([1.5, 0.0, 2.25]),
)
soft = st.builds(
    SoftInpainting,
    schedule_bias=st.floats(0, 8),
    preservation_strength=st.floats(0, 8),
    transition_contrast_boost=st.floats(1, 32),
    mask_influence=share,
    difference_threshold=st.floats(0, 8),
    difference_contrast=st.floats(0, 8),
)
masks = st.builds(
    fakes.half_mask,
    blur_x=st.sampled_from([0.0, 1.5, 4.0]),
    blur_y=st.sampled_from([0.0, 1.5, 4.0]),
    inverted=st.booleans(),
    only_masked=st.just(True),
    padding=st.integers(0, 64),
    content=st.sampled_from(MaskedContent),
    rounded=st.booleans(),
    colour_match=st.sampled_from(ColourMatch),
    soft=st.none() | soft,
)
units = st.builds(
    fakes.control_unit,
    preprocessor=st.sampled_from(["canny", "none"]),
    model=st.sampled_from(["None", "control, of a kind: x [d14c016b]"]),
    weight=st.floats(0, 2),
    resize_mode=st.sampled_from([ResizeMode.stretch, ResizeMode.crop, ResizeMode.fill]),
    resolution=st.integers(-1, 2048),
    threshold_a=st.floats(-1, 255),
    threshold_b=st.floats(-1, 255),
    start=share,
    end=share,
    pixel_perfect=st.booleans(),
    mode=st.sampled_from(ControlMode),
    cropped_to_mask=st.booleans(),
    hires_option=st.sampled_from(HiresOption),
    weights=st.lists(st.floats(0, 2), max_size=3).map(tuple),
    union_control=st.sampled_from(UnionControl),
)
common: dict[str, Any] = {
    "prompt": prompts,
    "negative_prompt": prompts,
    "size": sizes,
    "sampling": sampling,
    "controls": st.lists(units, max_size=3).map(tuple),
}
redraws = st.builds(fakes.txt2img, **common, init=init_images, mask=st.none() | masks)
drawings = st.builds(
    fakes.txt2img,
    **common,
    hires=st.none()
    | st.builds(
        fakes.hires_fix,
        scale=st.floats(1, 2),
        steps=st.integers(0, 9),
        strength=st.floats(0.1, 1),
        sampler=st.sampled_from(["", "Euler a"]),
        prompt=prompts,
    ),
    refiner=st.none() | st.builds(Refiner, model=st.just("demo"), switch_at=share),
)


def through_text(request: GenerationRequest, onto: GenerationRequest, settings: Settings | None = None) -> Restored:
    settings = settings or Settings()
    plan = make_plan(replace(fakes.accepted(request), settings=settings), fakes.installed())
    return restore(parse_infotext(format_infotext(describe(plan, 0))), onto, Settings())


@examples(max_examples=60, deadline=None)
@given(redraws)
def test_a_redraw_comes_back_from_its_text(request: GenerationRequest):
    onto = fakes.img2img(mask=request.mask and fakes.half_mask(padding=9, blur_x=2.0))
    assert through_text(request, onto) == Restored(request=request, ignored=())


@examples(max_examples=60, deadline=None)
@given(drawings)
def test_a_drawing_comes_back_from_its_text(request: GenerationRequest):
    assert through_text(request, fakes.txt2img(hires=fakes.hires_fix())) == Restored(request=request, ignored=())


def test_variations_come_back():
    varied = fakes.sampling(
        schedule="Uniform", variation_seed=5, variation_strength=0.25, seed_resize_from=Size(96, 128)
    )
    request = fakes.txt2img(sampling=varied)
    assert through_text(request, fakes.txt2img()).request == request


def test_settings_come_back_as_overrides():
    changed = replace(Settings(), clip_skip=2, noise_multiplier=1.05, noise_source="NV")
    assert through_text(fakes.img2img(), fakes.img2img(), changed).request.settings == {
        "CLIP_stop_at_last_layers": 2,
        "initial_noise_multiplier": 1.05,
        "randn_source": "NV",
    }


def test_settings_that_are_so_already_need_no_override():
    assert through_text(fakes.img2img(), fakes.img2img()).request.settings == {}


def pasted(facts: str, onto: GenerationRequest | None = None, **options: Any) -> Restored:
    return restore(parse_infotext(f"a barn\n{facts}"), onto or fakes.img2img(), Settings(), **options)


def test_without_a_word_about_the_noise_it_came_from_the_gpu():
    assert pasted("Steps: 20, Sampler: Euler, Seed: 1").request.settings == {"randn_source": "GPU"}


def test_an_old_name_is_sampler_and_schedule():
    found = pasted("Steps: 20, Sampler: DPM++ 2M Karras, Seed: 1").request.sampling
    assert (found.sampler, found.schedule) == ("DPM++ 2M", "Karras")


def test_what_a_text_of_a1111_does_not_say_is_what_a1111_takes_it_to_be():
    varied = fakes.sampling(schedule="Karras", variation_strength=0.5)
    mask = fakes.half_mask(inverted=True, only_masked=True, padding=4, content=MaskedContent.fill)
    found = pasted("Steps: 20, Sampler: Euler, Seed: 1", fakes.img2img(mask=mask, sampling=varied)).request
    assert found.mask == replace(mask, inverted=False, only_masked=False, padding=32, content=MaskedContent.original)
    assert (found.sampling.schedule, found.sampling.variation_strength) == ("", 0)


def test_hires_fix_and_refiner_go_where_the_text_has_none():
    onto = fakes.txt2img(hires=fakes.hires_fix(), refiner=Refiner(model="demo", switch_at=0.8))
    found = pasted("Steps: 20, Sampler: Euler, Seed: 1", onto).request
    assert (found.hires, found.refiner) == (None, None)


def test_same_as_in_the_first_pass_has_a_name_in_a1111():
    facts = "Denoising strength: 0.4, Hires resize: 96x0, Hires sampler: Use same sampler, Hires upscaler: Latent"
    found = pasted(f"Steps: 20, Seed: 1, {facts}", fakes.txt2img()).request.hires
    assert found == fakes.hires_fix(size=Size(96, 0), strength=0.4)


@pytest.mark.parametrize(("told", "first"), [("512x384", Size(512, 384)), ("0x0", Size(640, 448))])
def test_hires_fix_of_old_versions_is_read(told: str, first: Size):
    found = pasted(f"Steps: 20, Seed: 1, Size: 1024x704, First pass size: {told}", fakes.txt2img())
    assert found.request.hires
    assert (found.request.size, found.request.hires.size) == (first, Size(1024, 704))
    assert not found.ignored


def test_keys_that_mean_nothing_here_are_told():
    found = pasted("Steps: many, Sampler: Euler, Seed: 1, Hypertile U-Net: True, Clip skip: 99, ControlNet 0: ?")
    assert found.ignored == ("Steps", "ControlNet 0", "Clip skip", "Hypertile U-Net")
    assert found.request.sampling.steps == fakes.img2img().sampling.steps


@pytest.mark.parametrize(
    ("facts", "model"), [("Model hash: 6ce0161689, Model: night", "6ce0161689"), ("Model: night", "night")]
)
def test_the_model_is_taken_only_when_asked_for(facts: str, model: str):
    text = f"Steps: 20, Seed: 1, RNG: CPU, {facts}"
    assert "sd_model_checkpoint" not in pasted(text).request.settings
    assert pasted(text, takes_model=True).request.settings == {"sd_model_checkpoint": model}


def test_control_units_are_read_as_controlnet_writes_them():
    # features.md 3.1, last line
    found = pasted(
        'Steps: 20, Seed: 1, Size: 8x8, ControlNet 0: "Module: canny, Model: control_v11p_sd15_canny [d14c016b], '
        "Weight: 1.0, Resize Mode: Crop and Resize, Processor Res: 512, Threshold A: 100.0, Threshold B: 200.0, "
        'Guidance Start: 0.0, Guidance End: 1.0, Pixel Perfect: True, Control Mode: Balanced"'
    ).request.controls
    assert found == (
        fakes.control_unit(
            preprocessor="canny",
            model="control_v11p_sd15_canny [d14c016b]",
            resolution=512,
            threshold_a=100.0,
            threshold_b=200.0,
            pixel_perfect=True,
        ),
    )


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.text(max_size=8)))
def test_no_value_breaks_it(facts: dict[str, str]):
    text = Infotext(prompt="", negative_prompt="", facts=facts)
    onto = fakes.img2img(mask=fakes.half_mask(), hires=fakes.hires_fix())
    assert isinstance(restore(text, onto, Settings()).request.mask, Mask)
    assert all(isinstance(unit, ControlUnit) for unit in restore(text, onto, Settings()).request.controls)
