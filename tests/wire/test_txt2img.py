"""txt2img's body: A1111's defaults (features.md 4.2), old forms, and that nothing that clients send breaks it."""

import pytest
from pydantic import ValidationError

from studio.domain.errors import BadRequest, UnknownScript
from studio.domain.geometry import Size
from studio.domain.request import GenerationRequest, HiresFix, Refiner, Sampling
from studio.wire.txt2img import Txt2ImgBody
from tests.wire.conftest import READING


def request(**fields: object) -> GenerationRequest:
    return Txt2ImgBody.model_validate(fields).to_request(READING)


def test_an_empty_body_asks_for_what_a1111_would_make_of_it():
    assert request() == GenerationRequest(
        prompt="",
        negative_prompt="",
        styles=(),
        size=Size(512, 512),
        batch_count=1,
        batch_size=1,
        sampling=Sampling(
            sampler="Euler",
            schedule="",
            steps=50,
            cfg_scale=7.0,
            seed=-1,
            variation_seed=-1,
            variation_strength=0,
            seed_resize_from=Size(0, 0),
        ),
        init=None,
        mask=None,
        hires=None,
        refiner=None,
        controls=(),
        script=None,
        always_on=(),
        settings={"samples_save": False, "grid_save": False, "return_grid": False},
    )


@pytest.mark.parametrize(
    ("fields", "sampler", "schedule"),
    [
        ({"sampler_name": "Euler a"}, "Euler a", ""),
        ({"sampler_name": "Euler a", "scheduler": "Karras"}, "Euler a", "Karras"),
        ({"sampler_name": "Euler a", "scheduler": "automatic"}, "Euler a", ""),
        ({"sampler_index": "DDIM"}, "DDIM", ""),
        ({"sampler_index": "DDIM", "sampler_name": "Euler"}, "Euler", ""),
        ({"sampler_name": "DPM++ 2M Karras"}, "DPM++ 2M", "Karras"),
        ({"sampler_name": "DPM++ 2M SDE Exponential", "scheduler": "Automatic"}, "DPM++ 2M SDE", "Exponential"),
        ({"sampler_name": None, "sampler_index": None}, "Euler", ""),
    ],
)
def test_samplers_are_named_in_every_way_that_clients_have(fields: dict[str, object], sampler: str, schedule: str):
    found = request(**fields).sampling
    assert (found.sampler, found.schedule) == (sampler, schedule)


def test_nulls_and_unknown_fields_count_as_not_given():
    assert request(styles=None, seed=None, steps=None, comments=None, distilled_cfg_scale=3.5, foo={}) == request()


def test_numbers_may_come_as_text():
    found = request(steps="20", cfg_scale="7.5", width="640", seed="12")
    assert (found.sampling.steps, found.sampling.cfg_scale, found.size.width) == (20, 7.5, 640)
    assert found.sampling.seed == 12


@pytest.mark.parametrize("fields", [{"steps": "many"}, {"cfg_scale": float("nan")}, {"width": 1.5}, {"styles": "x"}])
def test_what_is_no_number_is_refused(fields: dict[str, object]):
    with pytest.raises(ValidationError):
        request(**fields)


def test_hires_fix_has_a1111s_defaults():
    assert request(enable_hr=True).hires == HiresFix(
        upscaler="Latent",
        scale=2.0,
        size=Size(0, 0),
        steps=0,
        strength=0.75,
        model="",
        sampler="",
        schedule="",
        prompt="",
        negative_prompt="",
    )


def test_hires_fix_takes_its_own_names():
    found = request(enable_hr=True, hr_sampler_name="DPM++ 2M Karras", hr_checkpoint_name="Use same checkpoint").hires
    assert found
    assert (found.sampler, found.schedule, found.model) == ("DPM++ 2M", "Karras", "")


def test_old_clients_name_the_size_of_the_first_pass():
    found = request(enable_hr=True, width=1024, height=768, firstphase_width=512, firstphase_height=384)
    assert found.size == Size(512, 384)
    assert found.hires
    assert found.hires.size == Size(1024, 768)


def test_pictures_are_kept_only_if_that_is_asked_for():
    assert request(save_images=True).settings == {}
    assert request(save_images=True, do_not_save_samples=True).settings == {"samples_save": False}
    assert request(save_images=True, do_not_save_grid=True).settings == {"grid_save": False, "return_grid": False}


@pytest.mark.parametrize(
    ("fields", "refiner"),
    [
        ({"refiner_checkpoint": "night", "refiner_switch_at": 0.6}, Refiner(model="night", switch_at=0.6)),
        ({"refiner_checkpoint": "night"}, None),
        ({"refiner_checkpoint": "None", "refiner_switch_at": 0.6}, None),
        ({"refiner_checkpoint": "night", "refiner_switch_at": 1}, None),
        ({"alwayson_scripts": {"Refiner": {"args": [True, "night", 0.7]}}}, Refiner(model="night", switch_at=0.7)),
    ],
)
def test_a_refiner_needs_a_model_and_a_place(fields: dict[str, object], refiner: Refiner | None):
    assert request(**fields).refiner == refiner


def test_fields_that_are_settings_become_overrides():
    found = request(eta=0.5, s_churn=2, override_settings={"CLIP_stop_at_last_layers": "2"}, save_images=True).settings
    assert found == {"eta_ancestral": 0.5, "eta_ddim": 0.5, "s_churn": 2, "CLIP_stop_at_last_layers": 2.0}


def test_what_webuiapi_sends_by_default_changes_nothing_that_matters():
    sent = {"eta": 1.0, "s_churn": 0, "s_tmax": 0, "s_tmin": 0, "s_noise": 1, "tiling": False, "restore_faces": False}
    assert request(**sent).settings["tiling"] is False
    assert "face_restoration" not in request(**sent).settings


@pytest.mark.parametrize("fields", [{"restore_faces": True}, {"override_settings": {"no_such_setting": 1}}])
def test_what_the_studio_cannot_do_is_said(fields: dict[str, object]):
    with pytest.raises(BadRequest):
        request(**fields)


@pytest.mark.parametrize("name", ["night watch", "only img2img"])
def test_a_script_must_be_there_and_fit(name: str):
    with pytest.raises(UnknownScript, match="Stamp"):
        request(script_name=name)


@pytest.mark.parametrize("style", ["", "None", None])
def test_no_style_has_names(style: str | None):
    assert request(styles=[style, "Ink"]).styles == ("Ink",)
