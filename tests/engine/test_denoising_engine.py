"""What our engine promises of whole pictures: txt2img, img2img, inpaint, hires fix, batches, interruption."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.errors import Cancelled, ModelMissing, OutOfMemory
from studio.domain.geometry import Size
from studio.domain.plan import HiresPlan, MaskPlan, RefinerPlan
from studio.domain.request import MaskedContent, SoftInpainting
from studio.engine.hooks.hook import Hook
from tests.engine.tiny_models import Watching, engine, noise_plan, pass_plan, picture, plan_of, prepared

# diffusers hands torch tensors to numpy in a way that numpy 2 frowns at
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")


def drawn(folder, given, progress=None, **named):
    return [each.image for each in engine(folder, **named).run(given, progress or Watching())]


def pixels(image):
    return np.asarray(image).astype(int)


def mask_plan(**changes):
    settings = {
        "content": MaskedContent.original,
        "rounded": True,
        "soft": None,
        "covers": False,
        "conditioning_strength": 1.0,
    }
    return MaskPlan(**settings | changes)


def left_half(side=64):
    mask = Image.new("L", (side, side), 0)
    mask.paste(255, (0, 0, side // 2, side))
    return mask


class Latents(Hook):
    """Remembers what the denoiser answers."""

    def __init__(self):
        self.clean, self.shares, self.rows = [], [], []

    def during(self, evaluation):
        self.rows.append(evaluation.is_conditional)
        return super().during(evaluation)

    def corrected(self, clean, guess):
        self.clean.append(clean.clone())
        self.shares.append(guess.share)
        return clean


def test_txt2img_gives_one_picture_per_seed_and_tells_each_step(models):
    progress = Watching(previews=True)
    images = drawn(models, prepared(plan_of(seeds=(1, 2))), progress)
    assert [image.size for image in images] == [(64, 64)] * 2
    assert images[0].tobytes() != images[1].tobytes()
    assert progress.pictures == [(0, 2), (1, 2)]
    assert progress.steps == [(step, 8) for step in range(1, 9)]
    assert {preview.size for preview in progress.previews} == {(64, 64)}


def test_the_same_plan_gives_the_same_bytes_and_every_word_counts(models):
    one = engine(models)

    def bytes_of(plan):
        return next(iter(one.run(prepared(plan), Watching()))).image.tobytes()

    base = bytes_of(plan_of())
    assert bytes_of(plan_of()) == base
    for changes in (
        {"prompt": "a blue house"},
        {"negative_prompt": "sharp"},
        {"cfg_scale": 5.0},
        {"prompt": "a (red:1.4) house"},
        {"prompt": "a red house BREAK a tree"},
        {"prompt": "a red house AND a tree :0.5"},
        {"prompt": "a [red:blue:0.5] house"},
    ):
        assert bytes_of(plan_of(pass_plan(**changes))) != base, changes


def test_a_batch_equals_its_single_pictures_bit_for_bit(models):
    batch = drawn(models, prepared(plan_of(pass_plan(sampler="Euler a"), seeds=(5, 6, 7))))
    singles = [drawn(models, prepared(plan_of(pass_plan(sampler="Euler a"), seeds=(s,))))[0] for s in (5, 6, 7)]
    assert [image.tobytes() for image in batch] == [image.tobytes() for image in singles]


@pytest.mark.parametrize("content", list(MaskedContent))
def test_strength_0_returns_the_picture_whatever_the_masked_content(models, content):
    plan = plan_of(pass_plan(strength=0.0), mask=mask_plan(content=content))
    assert drawn(models, prepared(plan, picture(), left_half()))[0].tobytes() == picture().tobytes()


def test_low_strength_stays_nearer_to_the_picture_than_high(models):
    reference = pixels(drawn(models, prepared(plan_of(pass_plan(steps=20, strength=0.01)), picture()))[0])
    near, far = (
        abs(pixels(drawn(models, prepared(plan_of(pass_plan(steps=20, strength=s)), picture()))[0]) - reference).mean()
        for s in (0.2, 0.9)
    )
    assert near < far


def blended(models, plan, mask):
    """The final latents of an inpainting, beside the picture's own."""
    from studio.engine.passes import run_pass
    from studio.engine.start import encode_image, first_latents

    one = engine(models)
    given = prepared(plan, picture(), mask)
    model = one._models.load("tiny")
    from studio.engine.denoising_engine import Group

    current = one._pass(Group(given, (0,), Watching(), []), plan.first, is_second=False)
    clean = first_latents(model, given, current.noises, one._cache)
    result, _ = run_pass(current, model, clean)
    return result, encode_image(model, picture(), one._cache)


@pytest.mark.parametrize("sampler", ["Euler", "Euler a", "DDIM", "UniPC", "DPM++ 2M SDE"])
@pytest.mark.parametrize("content", list(MaskedContent))
def test_unmasked_latents_are_kept_exactly(models, sampler, content):
    plan = plan_of(pass_plan(sampler=sampler, strength=0.7), mask=mask_plan(content=content))
    result, own = blended(models, plan, left_half())
    assert torch.equal(result[..., 4:], own[..., 4:])
    assert not torch.equal(result[..., :4], own[..., :4])


def test_grey_masks_redraw_from_a_step_on_and_white_from_the_first(models):
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 24, 64))
    mask.paste(90, (24, 0, 40, 64))
    plan = plan_of(pass_plan(steps=8, strength=1.0), mask=mask_plan(rounded=False))
    result, own = blended(models, plan, mask)
    distance = (result - own).abs().mean(dim=(0, 1, 2))
    assert torch.equal(result[..., 6:], own[..., 6:])
    assert distance[:2].min() > distance[3:5].mean() > 0


def test_soft_inpainting_keeps_what_the_mask_keeps_and_mixes_between(models):
    soft = SoftInpainting(
        schedule_bias=1.0,
        preservation_strength=0.5,
        transition_contrast_boost=4.0,
        mask_influence=0.0,
        difference_threshold=0.5,
        difference_contrast=2.0,
    )
    mask = left_half()
    mask.paste(128, (32, 0, 48, 64))
    result, own = blended(models, plan_of(mask=mask_plan(soft=soft)), mask)
    assert torch.allclose(result[..., 7], own[..., 7], atol=1e-4)
    assert not torch.allclose(result[..., 4], own[..., 4], atol=1e-2)


def test_masked_content_sets_what_the_masked_part_starts_from(models):
    images = {
        content: drawn(
            models, prepared(plan_of(pass_plan(strength=0.5), mask=mask_plan(content=content)), picture(), left_half())
        )[0]
        for content in (MaskedContent.original, MaskedContent.latent_noise, MaskedContent.latent_nothing)
    }
    assert len({image.tobytes() for image in images.values()}) == 3


def test_inpainting_models_see_mask_and_picture_and_run_without_either(models):
    def one(mask, strength, **changes):
        plan = plan_of(pass_plan("inpaint", strength=strength), mask=mask_plan(**changes) if mask else None)
        return drawn(models, prepared(plan, picture() if strength < 1 else None, mask))[0].tobytes()

    results = [
        one(left_half(), 0.9),
        one(left_half().rotate(180), 0.9),
        one(left_half(), 0.9, conditioning_strength=0.3),
        one(None, 0.9),
        one(None, 1.0),
    ]
    assert len(set(results)) == 5


def test_editing_models_see_the_picture(models):
    plan = plan_of(pass_plan("edit", strength=0.99))
    one, other = (drawn(models, prepared(plan, image))[0] for image in (picture(), picture().rotate(180)))
    assert one.tobytes() != other.tobytes()


def test_sdxl_runs_with_its_two_encoders(models):
    plan = plan_of(pass_plan("xl"))
    images = [drawn(models, prepared(plan_of(pass_plan("xl", prompt=prompt))))[0] for prompt in ("a", "b")]
    assert images[0].tobytes() != images[1].tobytes()
    assert drawn(models, prepared(plan))[0].size == (64, 64)


@pytest.mark.parametrize("upscaler", ["Latent", "Latent (bicubic antialiased)", "Latent (nearest-exact)", "Lanczos"])
def test_hires_fix_draws_again_at_the_larger_size(models, upscaler):
    second = pass_plan(size=96, steps=3, strength=0.6)
    plan = plan_of(pass_plan(size=64), hires=HiresPlan(upscaler=upscaler, target=Size(96, 128), second=second))
    progress = Watching()
    assert drawn(models, prepared(plan), progress)[0].size == (96, 96)
    assert progress.steps[-1] == (4 + 2, 4 + 2)


def test_the_refiner_takes_over_at_its_sigma(models):
    base = plan_of()
    refined = plan_of(refiner=RefinerPlan(model="inpaint", switch_sigma=1.0))
    never = plan_of(refiner=RefinerPlan(model="inpaint", switch_sigma=0.0))
    one, two, three = (drawn(models, prepared(plan))[0].tobytes() for plan in (base, refined, never))
    assert one == three != two


def test_interrupt_ends_the_run_at_that_step(models):
    progress = Watching(stop_at=2)
    with pytest.raises(Cancelled):
        drawn(models, prepared(plan_of(seeds=(1, 2))), progress)
    assert len(progress.steps) == 2


def test_skip_leaves_a_picture_and_goes_on_with_the_next(models):
    progress = Watching(skip_at=2)
    made = list(engine(models).run(prepared(plan_of(seeds=(1, 2))), progress))
    assert [each.is_partial for each in made] == [True, False]
    assert [done for done, _ in progress.steps] == [1, 2, 5, 6, 7, 8]


def test_hooks_learn_which_rows_are_which_and_how_far_the_pass_is(models):
    seen = Latents()
    plan = plan_of(pass_plan(prompt="a AND b", steps=4))
    drawn(models, prepared(plan), makers=[lambda scene: [seen]])
    assert seen.shares == [0, 0.25, 0.5, 0.75]
    assert seen.rows[0] == (True, True, False)


def test_cfg_scale_1_needs_no_negative_prompt(models):
    seen = Latents()
    drawn(models, prepared(plan_of(pass_plan(cfg_scale=1.0))), makers=[lambda scene: [seen]])
    assert seen.rows[0] == (True,)


def test_noise_multiplier_and_extra_noise_change_img2img(models):
    plans = [
        plan_of(pass_plan(strength=0.5), noise=noise_plan(**changes))
        for changes in ({}, {"multiplier": 0.9}, {"extra": 0.1})
    ]
    assert len({drawn(models, prepared(plan, picture()))[0].tobytes() for plan in plans}) == 3


def test_a_checkpoint_that_is_gone_is_named(models):
    with pytest.raises(ModelMissing, match="nowhere"):
        drawn(models, prepared(plan_of(pass_plan("nowhere"))))


class Narrow(Hook):
    """As a card that has room for so many rows at once."""

    def __init__(self, room):
        self.room = room

    def during(self, evaluation):
        if len(evaluation.pictures) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().during(evaluation)


def test_out_of_memory_is_met_by_drawing_part_by_part(models):
    tight = engine(models, makers=[lambda scene: [Narrow(1)]])
    (one,) = tight.run(prepared(), Watching())
    (plain,) = engine(models).run(prepared(), Watching())
    assert abs(pixels(one.image) - pixels(plain.image)).max() <= 1
    assert "part by part" in one.notes[0]
    assert not plain.notes


def test_what_never_fits_is_told_and_the_next_job_works(models):
    with pytest.raises(OutOfMemory, match="smaller size"):
        drawn(models, prepared(), makers=[lambda scene: [Narrow(0)]])
    assert drawn(models, prepared())[0].size == (64, 64)


def test_other_errors_are_not_taken_for_lack_of_memory(models):
    def broken(scene):
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        drawn(models, prepared(), makers=[broken])


def test_soft_inpainting_brings_its_own_overlay(models):
    soft = SoftInpainting(
        schedule_bias=1.0,
        preservation_strength=0.5,
        transition_contrast_boost=4.0,
        mask_influence=0.0,
        difference_threshold=0.5,
        difference_contrast=2.0,
    )
    plan = plan_of(mask=mask_plan(soft=soft))
    (one,) = engine(models).run(prepared(plan, picture(), left_half()), Watching())
    assert one.overlay_mask.size == (64, 64)
    assert pixels(one.overlay_mask)[:, :16].mean() > pixels(one.overlay_mask)[:, 56:].mean()
    (plain,) = engine(models).run(prepared(plan_of(mask=mask_plan()), picture(), left_half()), Watching())
    assert plain.overlay_mask is None


def test_editing_models_are_guided_by_the_picture_too(models):
    """Three rows: prompt and picture, picture alone, neither (instruct-pix2pix)."""
    seen = Latents()
    plan = plan_of(pass_plan("edit", strength=0.99))
    one = drawn(models, prepared(plan, picture()), makers=[lambda scene: [seen]])[0]
    assert seen.rows[0] == (True, False, False)
    nearer = plan_of(pass_plan("edit", strength=0.99, image_cfg_scale=4.0))
    assert drawn(models, prepared(nearer, picture()))[0].tobytes() != one.tobytes()


def test_editing_agrees_with_diffusers_own_pipeline(models):
    """From noise alone, as that pipeline begins; its picture is given as the mean, its negative prompt is empty."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionInstructPix2PixPipeline

    from studio.engine.conditioning import PromptEncoder, PromptOptions
    from studio.engine.content_cache import ContentCache
    from studio.engine.denoising_engine import Group
    from studio.engine.passes import run_pass
    from studio.engine.pipeline_manager import stock_scheduler
    from studio.engine.stock_pipelines import parts_of
    from studio.engine.vae import encode, to_tensor
    from tests.engine.tiny_models import shared_manager, sigmas_of

    model = shared_manager(models).load("edit")
    plan = plan_of(
        pass_plan("edit", steps=5, negative_prompt="", strength=1.0, sigmas=sigmas_of(5), image_cfg_scale=2.0)
    )
    given, one = prepared(plan, picture()), engine(models)
    current = one._pass(Group(given, (0,), Watching(), []), plan.first, is_second=False)
    ours, _ = run_pass(current, model, None)
    pipe = StableDiffusionInstructPix2PixPipeline(**parts_of(model, is_xl=False))
    pipe.scheduler = EulerDiscreteScheduler.from_config({**stock_scheduler(model), "timestep_spacing": "linspace"})
    pipe.set_progress_bar_config(disable=True)
    texts = PromptEncoder(model, PromptOptions(), {}, ContentCache())
    theirs = pipe(
        image=encode(model, to_tensor(picture())) / model.vae.config.scaling_factor,
        prompt_embeds=texts.encode("a red house").text[None],
        negative_prompt_embeds=texts.encode("").text[None],
        num_inference_steps=5,
        guidance_scale=7.0,
        image_guidance_scale=2.0,
        generator=torch.Generator().manual_seed(1),
        output_type="latent",
    ).images
    assert (ours - theirs).norm() / theirs.norm() < 1e-5


def with_settings(plan=None, **changes):
    plan = plan or plan_of()
    return prepared(replace(plan, settings=replace(plan.settings, **changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"emphasis": "None"},
        {"clip_skip": 2},
        {"noise_schedule": "Zero Terminal SNR"},
        {"tiling": True},
        {"negative_from_sigma": 10.0},
        {"negative_from_sigma": 10.0, "negative_skips_all": True},
        {"skips_early_negative": 0.5},
        {"starts_as_sgm": True},
    ],
)
def test_each_setting_acts_and_leaves_nothing_behind(models, changes):
    plan = plan_of(pass_plan(prompt="a (red:1.3) house"))
    base = drawn(models, prepared(plan))[0].tobytes()
    assert drawn(models, with_settings(plan, **changes))[0].tobytes() != base
    assert drawn(models, prepared(plan))[0].tobytes() == base


@pytest.mark.parametrize(
    "changes", [{"sdxl_clip_skip": True, "clip_skip": 3}, {"sdxl_crop_top": 512}, {"sdxl_crop_left": 512}]
)
def test_settings_of_sdxl_act(models, changes):
    plan = plan_of(pass_plan("xl"))
    assert drawn(models, with_settings(plan, **changes))[0].tobytes() != drawn(models, prepared(plan))[0].tobytes()


def test_with_hires_fix_the_refiner_acts_in_the_passes_that_were_chosen(models):
    hires = HiresPlan(upscaler="Latent", target=Size(96, 96), second=pass_plan(size=96, steps=3, strength=0.6))
    plan = plan_of(hires=hires, refiner=RefinerPlan(model="inpaint", switch_sigma=1.0))
    choices = ("first pass", "second pass", "both passes")
    images = [drawn(models, with_settings(plan, hires_refiner_pass=choice))[0].tobytes() for choice in choices]
    assert len(set(images)) == 3
    assert drawn(models, prepared(plan))[0].tobytes() == images[1]


def test_tiled_pictures_meet_at_their_edges(models):
    """A shift of what goes in shifts what comes out, round the edge, only where convolutions look round it."""
    from studio.engine.tiling import seamless
    from tests.engine.tiny_models import shared_manager

    vae = shared_manager(models).load("tiny").vae
    latent = torch.randn(1, 4, 8, 8)
    with torch.inference_mode():
        plain = vae.decode(latent).sample
        with seamless(vae):
            whole, shifted = vae.decode(latent).sample, vae.decode(latent.roll(2, 3)).sample
            assert torch.allclose(whole.roll(16, 3), shifted, atol=1e-4)
        assert not torch.allclose(plain.roll(16, 3), vae.decode(latent.roll(2, 3)).sample, atol=1e-2)
        assert torch.equal(vae.decode(latent).sample, plain)


def previews(models, folder, method):
    from studio.catalog.networks import NetworkFolders, Networks
    from studio.engine.denoising_engine import DenoisingEngine
    from tests.engine.tiny_models import manager, samplers, upscale

    one = manager(models)
    one.networks = Networks(NetworkFolders(small_decoders=(folder,)))
    progress = Watching(previews=True)
    list(DenoisingEngine(one, samplers(), upscale).run(with_settings(preview_method=method), progress))
    return [image.tobytes() for image in progress.previews]


def test_previews_come_by_the_method_that_was_chosen(models, tmp_path):
    from diffusers import AutoencoderTiny
    from safetensors.torch import save_file

    cheap, full = (previews(models, tmp_path, method) for method in ("Approx cheap", "Full"))
    assert previews(models, tmp_path, "TAESD") == cheap  # without its file
    tiny = AutoencoderTiny().decoder
    authors = {}
    for name, tensor in tiny.state_dict().items():
        number, _, rest = name.removeprefix("layers.").partition(".")
        authors[f"{int(number) + 1}.{rest}"] = tensor
    save_file(authors, tmp_path / "taesd_decoder.safetensors")
    small = previews(models, tmp_path, "TAESD")
    assert len(cheap) == len(full) == len(small) == 4
    assert len({cheap[-1], full[-1], small[-1]}) == 3


@pytest.mark.parametrize("sampler", ["Euler a", "DPM++ 2M SDE", "DDIM"])
def test_inpainting_and_hires_fix_replay_to_the_same_bytes(models, sampler):
    first = pass_plan(sampler=sampler, strength=0.7)
    inpaint = prepared(plan_of(first, mask=mask_plan(rounded=False)), picture(), left_half())
    second = pass_plan(size=96, steps=3, strength=0.6, sampler=sampler)
    hires = prepared(
        plan_of(pass_plan(sampler=sampler), hires=HiresPlan(upscaler="Latent", target=Size(96, 96), second=second))
    )
    for given in (inpaint, hires):
        assert drawn(models, given)[0].tobytes() == drawn(models, given)[0].tobytes()
