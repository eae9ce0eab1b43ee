import math
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from studio.domain.errors import BrokenFile, IncompatibleModel, ModelMissing, UnknownName
from studio.domain.geometry import Box, Size
from studio.domain.plan import Plan
from studio.domain.registry import Registry
from studio.domain.request import GenerationRequest, Refiner, ResizeMode
from studio.domain.settings import Settings
from studio.domain.things import ScheduleOptions
from studio.planning.accept import accept
from studio.planning.planner import EMPTY_MASK, make_plan
from studio.prompt.styles import Style
from studio.sampling.noise_levels import noise_levels
from studio.sampling.trained import stable_diffusion
from tests.fakes import checkpoint, half_mask, hires_fix, img2img, init_image, installed, noisy, sampling, txt2img

XL = checkpoint(name="xl", title="xl.safetensors [aaaaaaaaaa]", architecture="sdxl", aliases=("xl.safetensors",))


def plan(request: GenerationRequest, here: Any = None, **changes: Any) -> Plan:
    here = here or installed()
    return make_plan(accept(request, replace(Settings(), **changes), here, lambda: 1000), here)


@pytest.mark.parametrize(
    ("strength", "evaluations"), [(0.05, 2), (0.3, 7), (0.5, 11), (0.6, 13), (0.75, 16), (0.85, 18), (1, 20)]
)
@pytest.mark.parametrize("sampler", ["Euler", "Euler a"])
def test_twenty_steps_take_as_many_evaluations_as_measured_in_a1111(strength, evaluations, sampler):
    """features.md 2.10"""
    sigmas = plan(img2img(strength=strength, sampling=sampling(steps=20, sampler=sampler))).first.sigmas
    assert (len(sigmas) - 1, sigmas[-1]) == (evaluations, 0)


def test_strength_0_runs_nothing():
    assert plan(img2img(strength=0)).first.sigmas == (0.0,)


def test_exact_steps_runs_as_many_as_asked_at_any_strength():
    assert len(plan(img2img(strength=0.3, sampling=sampling(steps=20)), exact_steps=True).first.sigmas) == 21


def test_a_picture_of_noise_alone_runs_the_whole_schedule():
    first = plan(txt2img(sampling=sampling(steps=8))).first
    assert (len(first.sigmas), first.strength) == (9, 1.0)
    assert first.sigmas[0] == pytest.approx(stable_diffusion()[-1])


def test_a_zero_terminal_snr_model_starts_at_its_own_level():
    here = installed(checkpoint(has_zero_terminal_snr=True))
    assert plan(txt2img(), here).first.sigmas[0] > 4000


def test_sizes_snap_down_to_multiples_of_eight():
    assert plan(txt2img(size=Size(519, 70))).first.size == (512, 64)


def test_minus_one_is_a_new_seed_and_a_batch_counts_up_from_it():
    noise = plan(txt2img(batch_count=2, batch_size=2, sampling=sampling(seed=-1))).noise
    assert noise.seeds == noise.variation_seeds == (1000, 1001, 1002, 1003)


def test_with_a_variation_strength_only_the_variation_seeds_count_up():
    noise = plan(txt2img(batch_size=3, sampling=sampling(variation_seed=50, variation_strength=0.2))).noise
    assert (noise.seeds, noise.variation_seeds, noise.variation_strength) == ((7, 7, 7), (50, 51, 52), 0.2)


def test_a_seed_is_resized_only_from_a_whole_size():
    assert plan(txt2img(sampling=sampling(seed_resize_from=Size(512, 0)))).noise.resize_from == (0, 0)
    assert plan(txt2img(sampling=sampling(seed_resize_from=Size(512, 768)))).noise.resize_from == (512, 768)


def test_names_are_resolved_to_what_is_installed():
    first = plan(txt2img(sampling=sampling(sampler="K_Euler_a"))).first
    assert (first.model, first.sampler, first.schedule) == ("demo", "Euler a", "Uniform")


@pytest.mark.parametrize(("asked", "found"), [("karras", "Karras"), ("Automatic", "Uniform"), ("", "Uniform")])
def test_the_asked_schedule_comes_before_the_samplers_own(asked, found):
    assert plan(txt2img(sampling=sampling(schedule=asked))).first.schedule == found


def test_styles_are_put_in_and_comments_taken_out():
    style = Style(name="sketch", prompt="a drawing of {prompt}", negative_prompt="photo")
    request = txt2img(prompt="a cat # not a dog", negative_prompt="blur", styles=("sketch",))
    first = plan(request, installed(styles=[style])).first
    assert (first.prompt.strip(), first.negative_prompt) == ("a drawing of a cat", "blur, photo")
    with pytest.raises(UnknownName, match=r"no style 'sketsh'.*sketch"):
        plan(replace(request, styles=("sketsh",)), installed(styles=[style]))


def test_the_same_request_gives_the_same_plan():
    request = img2img(mask=half_mask(only_masked=True))
    assert plan(request) == plan(request)


def test_without_a_picture_there_is_nothing_to_frame_or_to_paste():
    planned = plan(txt2img())
    assert (planned.framing, planned.paste_back, planned.mask) == (None, None, None)


def test_a_picture_goes_whole_by_its_resize_mode():
    framing = plan(img2img(size=Size(128, 64), init=init_image(resize_mode=ResizeMode.fill))).framing
    assert framing
    assert (framing.box, framing.mode, framing.size) == ((0, 0, 64, 64), ResizeMode.fill, (128, 64))


def test_only_masked_works_on_the_masked_area_at_the_asked_size():
    mask = Image.new("L", (64, 64))
    mask.paste(255, (16, 16, 32, 32))
    planned = plan(img2img(size=Size(128, 128), mask=half_mask(image=mask, only_masked=True, padding=8)))
    assert planned.framing
    assert planned.framing.box == Box(8, 8, 40, 40)
    assert planned.framing.size == planned.first.size == (128, 128)
    assert planned.paste_back
    assert planned.paste_back.restores_original


@pytest.mark.parametrize("only_masked", [True, False])
def test_an_empty_mask_is_plain_img2img_with_a_note(only_masked):
    mask = half_mask(image=Image.new("L", (64, 64)), only_masked=only_masked)
    planned = plan(img2img(size=Size(128, 128), mask=mask))
    assert (planned.mask, planned.paste_back, planned.notes) == (None, None, (EMPTY_MASK,))
    assert planned.framing == plan(img2img(size=Size(128, 128))).framing
    assert "Inpaint area" not in planned.facts


def test_a_picture_of_the_asked_size_is_worked_on_whole_and_put_back_into_itself():
    """513 px are worked on at 512: no row of them may be cut off."""
    for mode in ResizeMode:
        init = init_image(noisy(513, 90), resize_mode=mode)
        planned = plan(img2img(size=Size(513, 90), init=init, mask=half_mask(image=Image.new("L", (513, 90), 255))))
        assert planned.framing
        assert (planned.framing.mode, planned.framing.size) == (ResizeMode.stretch, (512, 88))
        assert planned.paste_back
        assert planned.paste_back.restores_original


def test_settings_reach_the_plan():
    planned = plan(
        img2img(mask=half_mask()), noise_multiplier=1.1, extra_noise=0.2, noise_source="NV", covers=True, overlays=False
    )
    noise = planned.noise
    assert (noise.multiplier, noise.extra, noise.source, planned.paste_back) == (1.1, 0.2, "NV", None)
    assert planned.mask
    assert planned.mask.covers


def test_overrides_come_before_the_settings():
    assert plan(txt2img(settings={"randn_source": "GPU"})).noise.source == "GPU"


def test_hires_fix_enlarges_and_runs_exactly_its_steps():
    """features.md 2.1, 2.10: explicit steps of the second pass are all run."""
    planned = plan(txt2img(prompt="a", hires=hires_fix(steps=5, strength=0.5, prompt="b")))
    assert planned.hires
    second = planned.hires.second
    assert (planned.hires.upscaler, planned.hires.target, second.size) == ("Latent", (128, 128), (128, 128))
    assert (len(second.sigmas), second.steps, second.prompt, second.negative_prompt) == (6, 5, "b", "")
    assert planned.size == (128, 128)


def test_hires_fix_has_its_own_names_or_those_of_the_first_pass():
    same = plan(txt2img(sampling=sampling(sampler="Euler a", schedule="Karras"), hires=hires_fix())).hires
    assert same
    assert (same.second.sampler, same.second.schedule, same.second.steps) == ("Euler a", "Karras", 8)
    own = plan(txt2img(sampling=sampling(schedule="Karras"), hires=hires_fix(sampler="Euler a"))).hires
    assert own
    assert (own.second.sampler, own.second.schedule) == ("Euler a", "Uniform")


def test_hires_fix_takes_installed_upscalers_and_names_them_when_it_cannot():
    here = installed(upscaler_names=["Lanczos"])
    found = plan(txt2img(hires=hires_fix(upscaler="lanczos")), here).hires
    assert found
    assert found.upscaler == "Lanczos"
    with pytest.raises(UnknownName, match=r"no upscaler 'Lancsoz'. Installed: Lanczos"):
        plan(txt2img(hires=hires_fix(upscaler="Lancsoz")), here)


def test_the_upscaler_of_the_settings_must_be_there():
    assert plan(img2img(), installed(upscaler_names=["Lanczos"]), upscaler="lanczos")
    with pytest.raises(UnknownName, match="no upscaler 'Sinc'"):
        plan(img2img(), installed(upscaler_names=["Lanczos"]), upscaler="Sinc")


def test_a_latent_goes_only_to_a_model_that_can_read_it():
    here = installed(checkpoint(), XL)
    with pytest.raises(IncompatibleModel, match=r"demo \(sd1\) to xl \(sdxl\)"):
        plan(txt2img(refiner=Refiner(model="xl", switch_at=0.8)), here)
    with pytest.raises(IncompatibleModel):
        plan(txt2img(hires=hires_fix(model="xl")), here)
    by_pixels = installed(checkpoint(), XL, upscaler_names=["Lanczos"])
    assert plan(txt2img(hires=hires_fix(model="xl", upscaler="Lanczos")), by_pixels).hires


@pytest.mark.parametrize("switch_at", [0.2, 0.5, 0.8])
def test_the_refiner_takes_over_where_a1111_lets_it(switch_at):
    """features.md 2.1: as soon as (999 - t) / 1000 >= switch_at, t being the trained level nearest to the sigma."""
    here = installed(checkpoint(), checkpoint(name="fine", title="fine"))
    planned = plan(txt2img(refiner=Refiner(model="fine", switch_at=switch_at), sampling=sampling(steps=40)), here)
    assert planned.refiner
    levels = stable_diffusion()
    for sigma in planned.first.sigmas[:-1]:
        t = min(range(1000), key=lambda index: abs(levels[index] - sigma))
        assert (sigma <= planned.refiner.switch_sigma) == ((999 - t) / 1000 >= switch_at - 1e-9)


def test_a_refiner_at_0_does_all_and_at_1_nothing():
    here = installed(checkpoint(), checkpoint(name="fine", title="fine"))
    found = [plan(txt2img(refiner=Refiner(model="fine", switch_at=at)), here).refiner for at in (0.0, 1.0)]
    assert [each and each.switch_sigma for each in found] == [math.inf, 0.0]


def test_the_first_model_that_works_is_taken_where_none_is_chosen():
    here = installed(checkpoint(name="broken", title="broken", problem="it is a web page"), checkpoint())
    assert plan(txt2img(), here).first.model == "demo"
    with pytest.raises(BrokenFile, match="web page"):
        plan(txt2img(settings={"sd_model_checkpoint": "broken"}), here)


def test_a_missing_model_is_named_and_so_is_where_it_belongs():
    with pytest.raises(ModelMissing, match=r"'gone'.*models/Stable-diffusion.*demo"):
        plan(txt2img(settings={"sd_model_checkpoint": "gone"}))
    with pytest.raises(ModelMissing, match="Put a checkpoint"):
        plan(txt2img(), installed(checkpoints=Registry("checkpoint", [])))


def test_an_unknown_sampler_or_schedule_is_refused_with_what_there_is():
    with pytest.raises(UnknownName, match="Euler a"):
        plan(txt2img(sampling=sampling(sampler="Euler b")))
    with pytest.raises(UnknownName, match="karras"):
        plan(txt2img(sampling=sampling(schedule="Karas")))


def test_the_noise_levels_are_the_samplers():
    here = installed()
    request = img2img(strength=0.6, sampling=sampling(steps=10, schedule="Karras"))
    expected = noise_levels(
        here.samplers["Euler"],
        here.schedules["Karras"],
        trained=stable_diffusion(),
        steps=10,
        strength=0.6,
        options=ScheduleOptions(),
    )
    assert plan(request).first.sigmas == expected


def test_sampler_settings_reach_the_levels_and_the_options():
    planned = plan(txt2img(sampling=sampling(schedule="Karras")), schedule_sigma_max=5.0, eta=0.5, seed_delta=31337)
    assert (planned.first.sigmas[0], planned.options.eta, planned.noise.seed_delta) == (pytest.approx(5), 0.5, 31337)
    discarded = plan(txt2img(), discards_penultimate=True).first.sigmas
    assert len(discarded) == len(plan(txt2img()).first.sigmas)
    assert discarded[-2] > plan(txt2img()).first.sigmas[-2]


def test_the_conditioning_strength_is_the_settings():
    planned = plan(img2img(mask=half_mask()), conditioning_strength=0.3)
    assert planned.mask
    assert planned.mask.conditioning_strength == 0.3
