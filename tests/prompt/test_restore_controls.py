"""Control units out of an infotext: what the text holds, and what is said of what it cannot hold."""

from PIL import Image

from studio.domain.request import ControlMode, ControlPictures, HiresOption, InputMode, ResizeMode
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


def read(written: str):
    """The unit of a text that has it in quotes, and what cannot be read."""
    text = f'a fox\nSteps: 20, Sampler: Euler a, Seed: 5, ControlNet 0: "{written}", Version: v1.6.0'
    units, bad = controls_of(parse_infotext(text).facts)
    return units, bad


def test_a_unit_as_controlnet_wrote_it_with_the_names_of_its_enums():
    written = "Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 0.8, Hr Option: HiResFixOption."
    for name, option in (("BOTH", "both"), ("LOW_RES_ONLY", "low"), ("HIGH_RES_ONLY", "high")):
        units, bad = read(written + name)
        assert units == (
            control_unit(
                preprocessor="canny",
                model="control_v11p_sd15_canny [d14c016b]",
                weight=0.8,
                hires_option=HiresOption[option],
            ),
        )
        assert bad == []


def test_a_unit_as_controlnet_wrote_it_in_2023():
    units, bad = read(
        "preprocessor: openpose_full, model: control_v11p_sd15_openpose [cab727d4], weight: 1, "
        "starting/ending: (0, 0.5), resize mode: Resize and Fill, pixel perfect: True, "
        "control mode: My prompt is more important, preprocessor params: (512, 64, 32)"
    )
    assert units == (
        control_unit(
            preprocessor="openpose_full",
            model="control_v11p_sd15_openpose [cab727d4]",
            end=0.5,
            resize_mode=ResizeMode.fill,
            pixel_perfect=True,
            mode=ControlMode.prompt,
            resolution=512,
            threshold_a=64,
            threshold_b=32,
        ),
    )
    assert bad == []


def test_one_value_that_cannot_be_read_does_not_lose_the_unit():
    units, bad = read("Module: canny, Weight: heavy, Hr Option: sometimes, Guidance End: 0.5")
    assert units == (control_unit(preprocessor="canny", end=0.5),)
    assert bad == ["ControlNet 0's Hr Option", "ControlNet 0's Weight"]


def test_a_text_that_is_no_unit_is_told():
    assert read("a fox") == ((), ["ControlNet 0"])
