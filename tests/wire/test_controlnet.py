"""Control units in every form that clients have sent (features.md 3.1, 4.5, 4.6)."""

from typing import Any

import pytest
from webuiapi import ControlNetUnit as ClientUnit

from studio.domain.errors import BadRequest
from studio.domain.request import (
    ControlMode,
    ControlPictures,
    ControlUnit,
    HiresOption,
    InputMode,
    ResizeMode,
    UnionControl,
)
from studio.wire.controlnet import units_of
from tests import fakes
from tests.wire.conftest import load


def unit(**fields: Any) -> ControlUnit:
    (found,) = units_of([{"enabled": True} | fields], load)
    return found


def test_an_empty_unit_has_controlnets_defaults():
    assert unit() == fakes.control_unit()


def test_a_unit_that_is_off_is_none():
    assert units_of([{"enabled": False, "model": "canny", "image": "?"}, False, None], load) == ()


@pytest.mark.parametrize("named", [{"module": "canny"}, {"model": "canny [d14c016b]"}, {"model": "x", "enabled": None}])
def test_a_unit_that_does_not_say_whether_it_is_on_is_where_it_names_something(named: dict[str, Any]):
    assert len(units_of([named], load)) == 1


@pytest.mark.parametrize("unnamed", [{}, {"module": "none", "model": "None"}, {"model": "", "image": "red:8x8"}])
def test_a_unit_that_names_nothing_is_off(unnamed: dict[str, Any]):
    assert units_of([unnamed], load) == ()


def test_what_webuiapi_sends_is_a_unit():
    sent = ClientUnit(module="canny", model="canny [d14c016b]", control_mode=2, hr_option="Low res only").to_dict()
    assert unit(**sent) == fakes.control_unit(
        preprocessor="canny",
        model="canny [d14c016b]",
        resize_mode=ResizeMode.fill,
        resolution=512,
        threshold_a=64,
        threshold_b=64,
        mode=ControlMode.control,
        hires_option=HiresOption.low,
    )


@pytest.mark.parametrize(
    "image",
    [
        "red:8x8",
        "data:image/png;base64,red:8x8",
        {"image": "red:8x8", "mask": "white:8x8"},
        ["red:8x8", "white:8x8"],
        [{"image": "red:8x8"}],
    ],
)
def test_a_picture_comes_in_many_forms(image: object):
    assert unit(image=image).image == load("red:8x8")


def test_a_picture_may_bring_its_mask():
    assert unit(image={"image": "red:8x8", "mask": "white:8x8"}).mask == load("white:8x8")


@pytest.mark.parametrize("nothing", ["", None, [], {}])
def test_no_picture_comes_in_many_forms(nothing: object):
    found = unit(image=nothing, mask=nothing)
    assert (found.image, found.mask) == (None, None)


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"input_image": "red:8x8"}, {"image": load("red:8x8")}),
        ({"image": "red:8x8", "mask_image": "white:8x8"}, {"image": load("red:8x8"), "mask": load("white:8x8")}),
        ({"lowvram": True}, {"low_vram": True}),
        ({"guidance": 0.5}, {"end": 0.5}),
        ({"guessmode": True}, {"mode": ControlMode.control}),
        ({"preprocessor_res": 256}, {"resolution": 256}),
        ({"resize_mode": 0}, {"resize_mode": ResizeMode.stretch}),
        ({"resize_mode": "Scale to Fit (Inner Fit)"}, {"resize_mode": ResizeMode.crop}),
        ({"resize_mode": "envelope (outer fit)"}, {"resize_mode": ResizeMode.fill}),
        ({"control_mode": 1}, {"mode": ControlMode.prompt}),
        ({"control_mode": "ControlNet is more important"}, {"mode": ControlMode.control}),
        ({"hr_option": "HiResFixOption.HIGH_RES_ONLY"}, {"hires_option": HiresOption.high}),
        ({"hr_option": "HiResFixOption.BOTH"}, {"hires_option": HiresOption.both}),
        ({"save_detected_map": False}, {"shows_map": False}),
        ({"advanced_weighting": [1, 0.5]}, {"weights": (1.0, 0.5)}),
        ({"effective_region_mask": "white:8x8"}, {"region": load("white:8x8")}),
        ({"union_control_type": "Soft Edge"}, {"union_control": UnionControl.soft_edge}),
        ({"union_control_type": "openpose"}, {"union_control": UnionControl.openpose}),
        ({"inpaint_crop_input_image": False}, {"cropped_to_mask": False}),
        ({"module": None, "model": None, "unknown": {"a": 1}, "pulid_mode": "Fidelity"}, {}),
        ({"module": "", "model": ""}, {}),
    ],
)
def test_every_name_of_old_and_new_clients_is_known(fields: dict[str, object], changes: dict[str, object]):
    assert unit(**fields) == fakes.control_unit(**changes)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"image": "red:8x8", "input_image": "red:8x8"}, "two names"),
        ({"image": "red:8x8", "mask": "white:4x4"}, "8x8.*4x4"),
        ({"resize_mode": "Diagonal"}, "Just resize"),
        ({"control_mode": 7}, "Balanced"),
        ({"weight": "heavy"}, "weight"),
        ({"union_control_type": "Smell"}, "Normal Map"),
        ({"image": 5}, "base64"),
        ({"input_mode": "both"}, "batch"),
        ({"input_mode": "batch", "batch_images": "/pictures"}, "Send the pictures themselves"),
        ({"input_mode": "merge", "batch_images": {"image": "red:8x8"}}, "list"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(fields: dict[str, object], said: str):
    with pytest.raises(BadRequest, match=said):
        unit(**fields)


RED, GREEN, WHITE = load("red:8x8"), load("green:8x8"), load("white:8x8")
PAIRS = [{"image": "red:8x8", "mask": "white:8x8"}, ["green:8x8", "white:8x8"]]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"input_mode": "batch", "batch_images": ["red:8x8", "green:8x8"]}, (InputMode.batch, (RED, GREEN), ())),
        ({"input_mode": "InputMode.BATCH", "batch_image_dir": ["red:8x8"]}, (InputMode.batch, (RED,), ())),
        ({"input_mode": "merge", "batch_input_gallery": PAIRS}, (InputMode.merge, (RED, GREEN), (WHITE, WHITE))),
        ({"image": PAIRS}, (InputMode.merge, (RED, GREEN), (WHITE, WHITE))),
        ({"input_mode": "batch"}, (InputMode.batch, (), ())),
    ],
)
def test_several_pictures_come_in_many_forms(fields: dict[str, Any], expected: tuple[Any, ...]):
    mode, images, masks = expected
    found = unit(**fields)
    assert found.several == ControlPictures(mode=mode, images=images, masks=masks)
    assert (found.image, found.mask) == (None, None)


def test_a_single_picture_does_not_heed_what_stands_for_several():
    fields = {
        "input_mode": "simple",
        "batch_images": "",
        "batch_input_gallery": [],
        "loopback": True,
        "image": "red:8x8",
    }
    assert unit(**fields) == fakes.control_unit(image=RED)


def test_folders_are_read_by_whoever_may():
    def folder(pictures: str, masks: str) -> Any:
        assert (pictures, masks) == ("/pictures", "/masks")
        return (RED,), (WHITE,)

    asked = {
        "enabled": True,
        "input_mode": "batch",
        "batch_images": "/pictures",
        "batch_mask_dir": "/masks",
        "loopback": True,
    }
    (found,) = units_of([asked], load, folder)
    assert found.several == ControlPictures(mode=InputMode.batch, images=(RED,), masks=(WHITE,), has_loopback=True)
