"""img2img's body: A1111's defaults (features.md 4.3), which are not those of its page."""

import pytest

from studio.domain.errors import BadRequest, BrokenFile, PictureMissing
from studio.domain.request import ColourMatch, GenerationRequest, InitImage, Mask, MaskedContent, ResizeMode
from studio.wire.img2img import Img2ImgBody
from tests.wire.conftest import READING, load


def request(**fields: object) -> GenerationRequest:
    return Img2ImgBody.model_validate({"init_images": ["red:64x48"], **fields}).to_request(READING)


def test_a_picture_by_itself_is_redrawn_with_a1111s_defaults():
    assert request().init == InitImage(
        image=load("red:64x48"), strength=0.75, resize_mode=ResizeMode.stretch, keep_original_size=False
    )
    assert request().mask is None


def test_a_mask_has_a1111s_defaults():
    assert request(mask="white:64x48").mask == Mask(
        image=load("white:64x48"),
        blur_x=4,
        blur_y=4,
        inverted=False,
        only_masked=True,
        padding=0,
        content=MaskedContent.fill,
        rounded=True,
        colour_match=ColourMatch.none,
        soft=None,
    )


@pytest.mark.parametrize(
    "fields", [{"init_images": []}, {"init_images": None}, {"init_images": [""]}, {"init_images": [None]}]
)
def test_without_a_picture_there_is_nothing_to_redraw(fields: dict[str, object]):
    with pytest.raises(PictureMissing, match="Init image not found"):
        request(**fields)


def test_several_pictures_are_several_requests():
    with pytest.raises(BadRequest, match="one request for each"):
        request(init_images=["red:8x8", "blue:8x8"])


def test_a_broken_picture_is_said_to_be():
    with pytest.raises(BrokenFile):
        request(init_images=["?"])


@pytest.mark.parametrize(
    ("value", "mode"),
    [
        (0, ResizeMode.stretch),
        (1, ResizeMode.crop),
        (2, ResizeMode.fill),
        (3, ResizeMode.latent),
        ("2", ResizeMode.fill),
    ],
)
def test_resize_modes_go_by_number(value: object, mode: ResizeMode):
    found = request(resize_mode=value).init
    assert found
    assert found.resize_mode is mode


@pytest.mark.parametrize("field", ["resize_mode", "inpainting_fill"])
def test_a_number_that_stands_for_nothing_is_refused_with_what_does(field: str):
    with pytest.raises(BadRequest, match=r"0 \("):
        request(mask="white:64x48", **{field: 7})


def test_one_blur_is_both():
    found = request(mask="white:64x48", mask_blur=2.5).mask
    assert found
    assert (found.blur_x, found.blur_y) == (2.5, 2.5)


def test_an_empty_mask_is_none():
    assert request(mask="").mask is None


def test_soft_inpainting_comes_as_an_always_on_script():
    found = request(mask="white:64x48", alwayson_scripts={"Soft Inpainting": {"args": [True, 1, 0.5, 4, 0, 0.5, 2]}})
    assert found.mask
    assert found.mask.soft
    assert found.mask.soft.transition_contrast_boost == 4
    off = request(mask="white:64x48", alwayson_scripts={"soft inpainting": {"args": [False]}})
    assert off.mask
    assert off.mask.soft is None


def test_the_noise_multiplier_is_a_setting():
    assert request(initial_noise_multiplier=1.05).settings["initial_noise_multiplier"] == 1.05
