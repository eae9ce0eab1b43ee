"""Control units out of an infotext: what the text holds, and what is said of what it cannot hold."""

from PIL import Image

from studio.domain.request import ControlPictures, InputMode
from studio.domain.settings import Settings
from studio.prompt.facts import control_fact
from studio.prompt.infotext import Infotext, format_infotext, parse_infotext
from studio.prompt.restore import restore
from studio.prompt.restore_controls import controls_of
from tests.fakes import control_unit, txt2img

MASK = Image.new("L", (8, 8), 255)


def text_of(**changes):
    facts = {
        "Steps": "20",
        "Seed": "5",
        "ControlNet 0": control_fact(control_unit(preprocessor="canny", weight=0.5, **changes)),
    }
    return format_infotext(Infotext(prompt="a fox", negative_prompt="", facts=facts))


def test_a_unit_comes_back_without_its_pictures():
    (unit,), left_out = controls_of(parse_infotext(text_of(image=MASK.convert("RGB"))).facts)
    assert (unit.preprocessor, unit.weight, unit.image, unit.region) == ("canny", 0.5, None, None)
    assert left_out == []


def test_a_region_mask_stands_in_the_text_and_is_said_not_to_come_back():
    text = text_of(region=MASK)
    assert "Effective Region Mask: True" in text
    found = restore(parse_infotext(text), txt2img(), Settings())
    assert found.request.controls[0].region is None
    assert [each for each in found.ignored if "Region" in each] == [
        "ControlNet 0's Effective Region Mask (a picture: paint it again)"
    ]


def test_a_unit_without_a_region_says_nothing_of_it():
    text = text_of()
    assert "Region" not in text
    assert not [each for each in restore(parse_infotext(text), txt2img(), Settings()).ignored if "Region" in each]


def test_several_pictures_come_back_as_their_mode():
    pictures = ControlPictures(mode=InputMode.merge, images=(MASK.convert("RGB"),) * 2)
    text = text_of(several=pictures)
    assert "Input Mode: Multi-Inputs" in text
    assert controls_of(parse_infotext(text).facts)[0][0].several == ControlPictures(mode=InputMode.merge, images=())
    assert "Input Mode" not in text_of()
