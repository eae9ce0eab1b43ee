import math
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from studio.domain.errors import BadRequest, BrokenFile, StudioError, UnknownName
from studio.domain.geometry import Size
from studio.domain.request import GenerationRequest, Refiner, Region
from studio.domain.settings import Settings
from studio.planning.accept import accept
from studio.planning.planner import make_plan
from studio.prompt.infotext import describe
from studio.prompt.restore import restore
from studio.prompt.styles import Style
from tests.fakes import (
    checkpoint,
    control_unit,
    half_mask,
    hires_fix,
    img2img,
    init_image,
    installed,
    sampling,
    txt2img,
)


def accepted(request: GenerationRequest, **changes: Any):
    return accept(request, Settings(**changes), installed(), lambda: 1000)


def test_seeds_are_drawn_and_settings_and_model_frozen():
    taken = accepted(txt2img(sampling=sampling(seed=-1), settings={"CLIP_stop_at_last_layers": 2}), extra_noise=0.1)
    assert (taken.request.sampling.seed, taken.request.sampling.variation_seed) == (1000, 1000)
    assert (taken.settings.clip_skip, taken.settings.extra_noise) == (2, 0.1)
    assert (taken.model, taken.model_hash) == ("demo", "0123456789")


def test_what_is_accepted_once_is_accepted_again_as_it_is():
    taken = accepted(img2img(mask=half_mask()))
    assert accept(taken.request, taken.settings, installed(), lambda: 5) == taken


def test_a_job_stays_with_its_model_when_another_one_comes_first():
    taken = accepted(txt2img())
    later = installed(checkpoint(name="a", title="a"), checkpoint())
    assert make_plan(taken, later).first.model == "demo"
    assert accept(txt2img(), taken.settings, later, lambda: 1).model == "demo"  # a script's own runs


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (img2img(init=None, mask=half_mask()), "mask"),
        (img2img(strength=float("nan")), "denoising_strength"),
        (img2img(strength=1.01), "denoising_strength"),
        (img2img(hires=hires_fix()), "enable_hr"),
        (img2img(mask=half_mask(blur_x=-1.0)), "mask_blur_x"),
        (img2img(mask=half_mask(blur_y=math.inf)), "mask_blur_y"),
        (img2img(mask=half_mask(padding=-1)), "inpaint_full_res_padding"),
        (txt2img(size=Size(0, 64)), "width"),
        (txt2img(size=Size(64, 100_000)), "height"),
        (txt2img(batch_count=0), "n_iter"),
        (txt2img(batch_size=-1), "batch_size"),
        (txt2img(sampling=sampling(steps=0)), "steps"),
        (txt2img(sampling=sampling(steps=100_000)), "steps"),
        (txt2img(sampling=sampling(cfg_scale=math.nan)), "cfg_scale"),
        (txt2img(sampling=sampling(seed=-2)), "seed"),
        (txt2img(sampling=sampling(seed=2**64)), "seed"),
        (txt2img(sampling=sampling(variation_strength=2.0)), "subseed_strength"),
        (txt2img(hires=hires_fix(scale=0.5)), "hr_scale"),
        (txt2img(hires=hires_fix(scale=math.nan)), "hr_scale"),
        (txt2img(size=Size(4096, 4096), hires=hires_fix(scale=8.0)), "hr_scale"),
        (txt2img(refiner=Refiner(model="demo", switch_at=1.5)), "refiner_switch_at"),
        (txt2img(controls=(control_unit(weight=3.0),)), "weight"),
        (txt2img(controls=(control_unit(start=0.6, end=0.4),)), "guidance_end"),
        (txt2img(settings={"nonsense": 1}), "nonsense"),
        (txt2img(settings={"initial_noise_multiplier": 9}), "initial_noise_multiplier"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_drawn_is_refused_with_its_field(request_, field):
    with pytest.raises(BadRequest) as refused:
        accepted(request_)
    assert refused.value.facts["field"] == field


def test_a_refusal_says_what_is_allowed():
    with pytest.raises(BadRequest, match=r"Denoising strength is 7.5; it must be a number from 0 to 1"):
        accepted(img2img(strength=7.5))


@pytest.mark.parametrize("part", ["picture", "mask"])
def test_a_picture_without_pixels_is_broken(part):
    nothing = Image.new("RGB", (0, 5))
    request = img2img(init=init_image(nothing)) if part == "picture" else img2img(mask=half_mask(image=nothing))
    with pytest.raises(BrokenFile, match=f"The {part} is empty"):
        accepted(request)


def test_names_are_looked_up_before_anything_waits():
    for request in (
        txt2img(sampling=sampling(sampler="nope")),
        txt2img(hires=hires_fix(sampler="nope")),
        txt2img(styles=("nope",)),
    ):
        with pytest.raises(UnknownName, match="nope"):
            accepted(request)


def test_every_refusal_is_one_of_the_studios_own():
    """Also where several things are wrong at once."""
    with pytest.raises(StudioError):
        accepted(replace(img2img(strength=math.nan), size=Size(-5, 10**9), batch_count=-1))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompt": " "}, "Region 2 has no prompt"),
        ({"mask": Image.new("L", (8, 8))}, "Region 2 is empty"),
        ({"weight": 1.5}, "Region 2: weight is 1.5"),
    ],
)
def test_a_region_needs_a_prompt_and_a_place(changes: dict[str, Any], words: str):
    good = Region(prompt="a fox", mask=Image.new("L", (8, 8), 255))
    with pytest.raises(BadRequest, match=words):
        accepted(txt2img(regions=(good, replace(good, **changes))))


LISTS = {"colour": ("red", "green", "blue"), "place": ("a __colour__ wood",)}


def with_lists(request: GenerationRequest, **changes: Any):
    return accept(request, Settings(), installed(wildcards=lambda: LISTS, **changes), lambda: 1000)


def test_wildcards_are_drawn_by_the_seed_when_a_job_is_accepted():
    def prompt(seed: int) -> str:
        taken = with_lists(txt2img(prompt="a fox in __place__", sampling=sampling(seed=seed)))
        assert make_plan(taken, installed()).first.prompt == taken.request.prompt  # the lists play no part any more
        return taken.request.prompt

    assert {prompt(seed) for seed in range(30)} == {f"a fox in a {each} wood" for each in LISTS["colour"]}
    assert prompt(5) == prompt(5)


def test_every_prompt_takes_wildcards_also_those_of_styles():
    ink = Style(name="Ink", prompt="{prompt}, __colour__ ink", negative_prompt="__colour__")
    region = Region(mask=Image.new("L", (8, 8), 255), prompt="__colour__ hat")
    asked = txt2img(
        styles=("Ink",), hires=hires_fix(prompt="__place__", negative_prompt="__place__"), regions=(region,)
    )
    taken = with_lists(asked, styles=[ink]).request
    assert taken.hires
    texts = [taken.prompt, taken.negative_prompt, taken.hires.prompt, taken.hires.negative_prompt]
    assert all("__" not in text and text for text in [*texts, taken.regions[0].prompt])
    plain = replace(ink, prompt="b", negative_prompt="")
    assert with_lists(txt2img(styles=("Ink",), prompt="__colour__"), styles=[plain]).request.styles == ("Ink",)


def test_a_wildcard_without_a_list_stays_and_is_said_with_the_result():
    taken = with_lists(txt2img(prompt="__shape__ __colour__ <lora:my__own__name:1>"))
    assert taken.request.prompt.startswith("__shape__ ")
    assert taken.request.prompt.endswith("<lora:my__own__name:1>")
    (note,) = make_plan(taken, installed()).notes
    assert "no wildcard list shape" in note


def test_lists_are_read_only_where_there_is_a_wildcard():
    def broken() -> dict[str, tuple[str, ...]]:
        raise BrokenFile("colour.txt cannot be read")

    assert accept(txt2img(prompt="a fox"), Settings(), installed(wildcards=broken), lambda: 1)
    with pytest.raises(BrokenFile, match=r"colour\.txt"):
        accept(txt2img(prompt="__colour__"), Settings(), installed(wildcards=broken), lambda: 1)


@pytest.mark.parametrize(
    ("request_", "settings", "found"),
    [
        (txt2img(), {"token_merging": 0.3, "token_merging_img2img": 0.5, "token_merging_second": 0.6}, (0.3, 0.0)),
        (img2img(), {"token_merging": 0.3, "token_merging_img2img": 0.5}, (0.5, 0.0)),
        (img2img(), {"token_merging": 0.3}, (0.3, 0.0)),
        (img2img(settings={"token_merging_ratio": 0.2}), {"token_merging_img2img": 0.5}, (0.2, 0.0)),
        (img2img(settings={"token_merging_ratio": 0.0}), {"token_merging_img2img": 0.5}, (0.0, 0.0)),
        (txt2img(hires=hires_fix()), {"token_merging": 0.3}, (0.3, 0.3)),
        (txt2img(hires=hires_fix()), {"token_merging": 0.3, "token_merging_second": 0.6}, (0.3, 0.6)),
    ],
)
def test_the_token_merging_of_each_pass_is_decided_and_repeats(
    request_: GenerationRequest, settings: dict[str, float], found: tuple[float, float]
):
    taken = accepted(request_, **settings)
    assert (taken.settings.token_merging, taken.settings.token_merging_second) == found
    assert accept(taken.request, taken.settings, installed(), lambda: 5) == taken
    text = describe(make_plan(taken, installed()), 0)
    other = Settings(token_merging=0.1, token_merging_img2img=0.9)
    again = accept(restore(text, request_, other).request, other, installed(), lambda: 5)
    assert (again.settings.token_merging, again.settings.token_merging_second) == found
