"""Script arguments go by their place; a wrong number of them never touches another script (features.md 4.4)."""

from typing import Any

import pytest

from studio.domain.errors import BadRequest, UnknownScript
from studio.domain.request import ScriptCall
from studio.wire.scripts import AlwaysOn, always_on_of, script_of
from tests import fakes
from tests.wire.conftest import READING, load

CANNY = {"module": "canny"}


def call(*args: Any, name: str = "stamp") -> ScriptCall | None:
    return script_of(name, args, READING, is_img2img=True)


@pytest.mark.parametrize(
    ("args", "changes"),
    [
        ((), {}),
        (("",), {}),
        (("", 32), {"overlap": 32}),
        (("", None, True), {"turned": True}),
        (("", 32, True, "red:8x8"), {"overlap": 32, "turned": True, "picture": load("red:8x8")}),
        (("", 32, True, "", "surplus", 7), {"overlap": 32, "turned": True}),
    ],
)
def test_missing_arguments_keep_their_defaults_and_surplus_ones_are_ignored(
    args: tuple[Any, ...], changes: dict[str, Any]
):
    usual = {"info": "", "overlap": 64, "turned": False, "picture": None}
    assert call(*args) == ScriptCall(name="Stamp", args=usual | changes)


@pytest.mark.parametrize("name", ["Stamp", "STAMP", "Stamper"])
def test_a_script_is_found_in_any_case_and_by_its_other_names(name: str):
    found = call(name=name)
    assert found
    assert found.name == "Stamp"


@pytest.mark.parametrize("name", ["", "None"])
def test_no_script_has_names_too(name: str):
    assert call(name=name) is None


def test_an_argument_out_of_its_range_is_refused():
    with pytest.raises(BadRequest, match="Tile overlap"):
        call("", 1000)


@pytest.mark.parametrize("title", ["ControlNet", "controlnet", "CONTROLNET M2M"])
@pytest.mark.parametrize("value", [{"args": []}, {"args": None}, {}, None, []])
def test_an_always_on_script_may_have_nothing_to_do(title: str, value: object):
    assert always_on_of({title: value}, READING).controls == ()


@pytest.mark.parametrize("value", [{"args": [CANNY]}, {"args": CANNY}, [CANNY]])
def test_units_come_as_a_list_or_alone(value: object):
    found = always_on_of({"controlnet": value}, READING).controls
    assert found == (fakes.control_unit(preprocessor="canny"),)


@pytest.mark.parametrize("switch", ["enabled", "Soft inpainting"])
def test_soft_inpainting_may_name_its_arguments(switch: str):
    named = {switch: True, "Soft inpainting schedule bias": 2, "Mask influence": 0.5}
    found = always_on_of({"soft inpainting": {"args": [named]}}, READING).soft
    assert found
    assert (found.schedule_bias, found.mask_influence, found.preservation_strength) == (2, 0.5, 0.5)


@pytest.mark.parametrize("title", ["ADetailer", "Stamp"])
def test_a_script_that_is_not_always_on_is_refused(title: str):
    with pytest.raises(UnknownScript, match=title):
        always_on_of({title: {"args": [False]}}, READING)


def test_arguments_must_be_a_list():
    with pytest.raises(BadRequest, match="args must be a list"):
        always_on_of({"controlnet": {"args": "canny"}}, READING)


def test_numbers_may_come_as_text():
    assert call("", "32") == call("", 32)
    with pytest.raises(BadRequest, match="Tile overlap"):
        call("", "many")


@pytest.mark.parametrize("title", ["Sampler", "seed", "Comments", "Extra options", "Hypertile"])
def test_what_acts_on_a1111s_page_only_is_no_reason_to_refuse(title: str):
    assert always_on_of({title: {"args": [20, "DPM++ 2M", "Automatic"]}}, READING) == AlwaysOn()
