"""The second promise, as properties: what is not masked is not touched."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.plan import Drawn, Prepared
from studio.domain.request import ColourMatch, GenerationRequest, MaskedContent, ResizeMode
from studio.domain.settings import Settings
from studio.imaging.composite import changed_outside, cut_out, mixed, paste_back, shown_mask
from studio.imaging.masks import working_mask
from studio.imaging.prepare import prepare
from studio.imaging.resize import resized, seen_box
from studio.planning.accept import accept
from studio.planning.planner import make_plan
from tests.fakes import half_mask, img2img, init_image, installed, noisy

KINDS = st.sampled_from(["L", "RGB", "RGBA"])
OWN = [Size(64, 64), Size(70, 67), Size(129, 65)]  # two that no model can work at
ASKED = [*OWN, Size(96, 64), Size(64, 120), Size(200, 104)]


def prepared(request: GenerationRequest, **changes: Any) -> Prepared:
    accepted = accept(request, replace(Settings(), **changes), installed(), lambda: 0)
    plan = make_plan(accepted, installed())
    return prepare(plan, accepted.request, lambda image, scale, name: image, lambda name, image, *rest: image)


def redrawn(ready: Prepared, colour: str = "red") -> Drawn:
    return Drawn(image=Image.new("RGB", ready.plan.size, colour), index=0)


def inpaint(picture: Image.Image, size: Size, mask: dict[str, Any], **init: Any) -> GenerationRequest:
    return img2img(size=size, init=init_image(picture, **init), mask=half_mask(**mask))


def assert_kept(result: Image.Image, before: Image.Image, mask: Image.Image) -> None:
    kept = np.asarray(mask) == 0
    assert (np.asarray(result)[kept] == np.asarray(before.convert(result.mode))[kept]).all()


@st.composite
def masks(draw: st.DrawFn, size: Size) -> dict[str, Any]:
    """Black with grey and white boxes, as a file or as strokes, with everything that may be done to it."""
    image = Image.new("L", draw(st.sampled_from([size, Size(32, 40)])))
    for _ in range(draw(st.integers(1, 3))):
        left, top = draw(st.integers(0, image.width - 1)), draw(st.integers(0, image.height - 1))
        box = (left, top, draw(st.integers(left + 1, image.width)), draw(st.integers(top + 1, image.height)))
        image.paste(draw(st.integers(1, 255)), box)
    blur = draw(st.sampled_from([0.0, 1.0, 4.0]))
    return {
        "image": image,
        "blur_x": blur,
        "blur_y": blur,
        "only_masked": draw(st.booleans()),
        "inverted": draw(st.booleans()),
        "rounded": draw(st.booleans()),
        "padding": draw(st.sampled_from([0, 8, 32])),
        "content": draw(st.sampled_from(MaskedContent)),
        "colour_match": draw(st.sampled_from(ColourMatch)),
    }


@st.composite
def requests(draw: st.DrawFn) -> GenerationRequest:
    own = draw(st.sampled_from(OWN))
    return inpaint(
        noisy(*own, draw(KINDS)),
        draw(st.sampled_from(ASKED)),
        draw(masks(own)),
        resize_mode=draw(st.sampled_from(ResizeMode)),
        keep_original_size=draw(st.booleans()),
        strength=draw(st.sampled_from([0.0, 0.75, 1.0])),
    )


@settings(max_examples=150, deadline=None)
@given(request=requests(), corrects=st.booleans())
def test_whatever_is_asked_what_is_not_masked_keeps_its_bytes(request: GenerationRequest, corrects: bool):
    """Of the original where it has its size again, else of the original resized."""
    ready = prepared(request, corrects_colours=corrects)
    assert request.init
    assert request.mask
    own, framing = Size(*request.init.image.size), ready.plan.framing
    if not ready.plan.mask:
        return  # a faint dot may be gone after the blur: plain img2img
    assert framing
    assert ready.original
    result = paste_back(redrawn(ready), ready)
    keeps_size = request.mask.only_masked or request.size == own or request.init.keep_original_size
    mask = working_mask(request.mask, own)
    if keeps_size:
        assert_kept(result, request.init.image, mask)
    else:
        assert_kept(result, ready.original, resized(mask, framing.size, framing.mode))
    assert result.size == (own if keeps_size else request.size.snapped())
    assert result.mode == ("RGBA" if request.init.image.mode == "RGBA" else "RGB")


@settings(max_examples=8, deadline=None)
@given(own=st.sampled_from(OWN), kind=KINDS, data=st.data())
def test_twenty_edits_in_a_row_leave_what_none_of_them_masks(own: Size, kind: str, data: st.DataObject):
    first = picture = noisy(*own, kind)
    touched = np.zeros((own.height, own.width), bool)
    for _ in range(20):
        mask = data.draw(masks(own)) | {"inverted": False}
        request = inpaint(picture, own, mask)
        ready = prepared(request)
        assert request.mask
        if ready.plan.mask:
            touched |= np.asarray(working_mask(request.mask, own)) > 0
            picture = paste_back(redrawn(ready), ready)
    before = np.asarray(first.convert(picture.mode))
    assert (np.asarray(picture)[~touched] == before[~touched]).all()


def test_where_the_mask_is_full_the_redrawn_bytes_stand_and_are_opaque():
    ready = prepared(inpaint(Image.new("RGBA", (64, 64), (1, 2, 3, 4)), Size(64, 64), {}))
    result = paste_back(redrawn(ready), ready)
    assert (result.getpixel((0, 0)), result.getpixel((63, 0))) == ((255, 0, 0, 255), (1, 2, 3, 4))


@pytest.mark.parametrize("only_masked", [True, False])
def test_greys_of_an_uploaded_mask_mix_old_and_new_by_their_share(only_masked):
    ramp = Image.linear_gradient("L").resize((64, 64))
    mask = {"image": ramp, "rounded": False, "only_masked": only_masked, "padding": 64}
    ready = prepared(inpaint(Image.new("RGB", (64, 64), (0, 100, 200)), Size(64, 64), mask))
    share = np.asarray(ramp, float)[..., None] / 255
    expected = share * np.array([255, 0, 0]) + (1 - share) * np.array([0, 100, 200])
    assert abs(np.asarray(paste_back(redrawn(ready), ready), float) - expected).max() <= 0.51


def test_a_brush_mask_is_full_from_half_on_in_the_whole_picture_and_itself_in_the_crop():
    """features.md 2.7: the overlay is twice the blurred mask, or the blurred mask."""
    blur = {"blur_x": 4.0, "blur_y": 4.0}
    whole = prepared(inpaint(noisy(), Size(64, 64), blur))
    crop = prepared(inpaint(noisy(), Size(64, 64), blur | {"only_masked": True}))
    assert whole.overlay_mask
    assert crop.overlay_mask
    once = np.asarray(crop.overlay_mask, int)
    assert (np.asarray(whole.overlay_mask, int) == np.clip(2 * once, 0, 255)).all()
    assert (once == np.asarray(working_mask(half_mask(**blur), Size(64, 64)))).all()


@pytest.mark.parametrize("mode", ResizeMode)
@pytest.mark.parametrize(("own", "asked"), [((96, 40), Size(64, 64)), ((40, 96), Size(128, 72))])
def test_keep_original_size_puts_the_redrawn_part_where_it_was(mode, own, asked):
    ramp = Image.linear_gradient("L").resize(own).convert("RGB")
    mask = {"image": Image.new("L", own, 255)}
    ready = prepared(inpaint(ramp, asked, mask, resize_mode=mode, keep_original_size=True))
    assert ready.image
    assert ready.plan.framing
    drawn = ready.image if ready.image.size == ready.plan.size else ready.image.resize(ready.plan.size)
    result = paste_back(Drawn(image=drawn, index=0), ready)
    assert result.size == own
    assert abs(np.asarray(result, int) - np.asarray(ramp, int)).max() <= 8


def test_what_crop_and_resize_cuts_off_stays_as_it_was():
    picture = noisy(128, 64)
    white = {"image": Image.new("L", (128, 64), 255)}
    request = inpaint(picture, Size(64, 64), white, resize_mode=ResizeMode.crop, keep_original_size=True)
    ready = prepared(request)
    assert ready.plan.framing
    result, seen = paste_back(redrawn(ready), ready), seen_box(ready.plan.framing)
    assert seen == (32, 0, 96, 64)
    assert result.crop(seen).getcolors() == [(64 * 64, (255, 0, 0))]
    for side in ((0, 0, 32, 64), (96, 0, 128, 64)):
        assert result.crop(side) == picture.crop(side)


@pytest.mark.parametrize("keep", [True, False])
def test_a_picture_without_mask_comes_back_whole(keep):
    plain = img2img(size=Size(96, 64), init=init_image(noisy(70, 67), keep_original_size=keep))
    assert paste_back(redrawn(prepared(plain)), prepared(plain)).size == ((70, 67) if keep else (96, 64))
    same = replace(plain, size=Size(70, 67))
    assert paste_back(redrawn(prepared(same)), prepared(same)).size == (70, 67)


@pytest.mark.parametrize("content", MaskedContent)
def test_strength_0_gives_the_input_back_whatever_the_masked_content(content):
    picture = noisy(70, 67, "RGBA")
    ready = prepared(inpaint(picture, Size(70, 67), {"content": content}, strength=0.0))
    assert ready.image
    assert paste_back(Drawn(image=ready.image, index=0), ready) == picture


def test_a_soft_overlay_takes_over_but_opens_nothing():
    ready = prepared(inpaint(noisy(), Size(64, 64), {}))
    assert ready.overlay_mask
    for soft in (Image.new("L", (64, 64), 128), Image.new("L", (32, 32), 128)):
        result = paste_back(replace(redrawn(ready), overlay_mask=soft), ready)
        assert_kept(result, noisy(), ready.overlay_mask)
        assert 0 < result.getpixel((3, 3))[0] - noisy().getpixel((3, 3))[0] // 2 < 255


def test_without_the_overlay_the_drawn_picture_is_the_result():
    ready = prepared(inpaint(noisy(96, 96), Size(64, 64), {"only_masked": True}), overlays=False)
    assert paste_back(redrawn(ready), ready) == Image.new("RGB", (64, 64), "red")


def test_a_pixel_that_nothing_is_seen_of_lends_no_colour():
    old = Image.new("RGBA", (1, 1), (0, 0, 0, 0))
    assert mixed(Image.new("RGB", (1, 1), "white"), old, Image.new("L", (1, 1), 51)).getpixel((0, 0)) == (255,) * 3 + (
        51,
    )


@pytest.mark.parametrize("match", [ColourMatch.border, ColourMatch.histogram])
@pytest.mark.parametrize("shift", [(9, -7, 4), (-12, 3, 0)])
def test_a_colour_match_hides_the_seam_that_a_shifting_vae_makes(match, shift):
    flat = (120, 90, 60)
    mask = {"image": Image.new("L", (96, 96)), "colour_match": match, "blur_x": 2.0, "blur_y": 2.0}
    mask["image"].paste(255, (30, 30, 60, 60))
    ready = prepared(inpaint(Image.new("RGB", (96, 96), flat), Size(96, 96), mask))
    shifted = Image.new("RGB", (96, 96), tuple(value + each for value, each in zip(flat, shift, strict=True)))
    result = paste_back(Drawn(image=shifted, index=0), ready)
    assert abs(np.asarray(result, int) - np.array(flat)).max() <= 2


def test_only_the_box_of_a_large_picture_is_worked_on():
    mask = Image.new("L", (2000, 1000))
    mask.paste(255, (900, 400, 950, 450))
    ready = prepared(inpaint(noisy(2000, 1000), Size(128, 128), {"image": mask, "only_masked": True, "padding": 16}))
    assert ready.plan.framing
    assert ready.plan.framing.box == Box(884, 384, 966, 466)
    assert ready.image
    assert ready.image.size == (128, 128)


@given(request=requests())
def test_what_changed_outside_of_the_mask_is_counted_and_is_nothing(request: GenerationRequest):
    ready = prepared(request)
    result = paste_back(redrawn(ready), ready)
    assert changed_outside(result, ready) == (0 if ready.plan.mask else None)


def test_a_change_outside_of_the_mask_would_be_told():
    ready = prepared(inpaint(noisy(mode="RGBA"), Size(64, 64), {}))
    result = paste_back(redrawn(ready), ready)
    for place in ((40, 1), (50, 2), (3, 3)):  # the last one lies in the mask
        red, green, blue, alpha = result.getpixel(place)
        result.putpixel(place, (red, green, blue, alpha ^ 1))
    assert changed_outside(result, ready) == 2


@pytest.mark.parametrize("only_masked", [True, False])
def test_the_mask_and_what_it_cuts_out_can_be_shown(only_masked):
    ready = prepared(inpaint(noisy(96, 80), Size(96, 80), {"only_masked": only_masked}))
    drawn = redrawn(ready)
    mask, part = shown_mask(drawn, ready), cut_out(drawn, ready)
    assert mask == ready.overlay_mask
    assert part
    assert (part.size, part.getpixel((2, 2)), part.getpixel((90, 2))[3]) == ((96, 80), (255, 0, 0, 255), 0)
    assert cut_out(drawn, prepared(img2img())) is None
