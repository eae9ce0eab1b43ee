import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import ResizeMode
from studio.imaging.masks import blurred, crop_box, doubled, grey_of, kernel_width, latent_mask, working_mask
from tests.fakes import half_mask, noisy

SQUARE = Size(64, 64)


def painted(size: Size, box: tuple[int, int, int, int], value: int = 255) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(value, box)
    return mask


@pytest.mark.parametrize("rounded", [True, False])
def test_the_grey_of_a_file_stays_grey(rounded):
    grey = noisy(mode="L")
    assert working_mask(half_mask(image=grey, rounded=rounded), SQUARE) == grey


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P"])
def test_white_on_black_is_the_same_mask_in_every_kind_of_file(mode):
    assert working_mask(half_mask(image=half_mask().image.convert(mode)), SQUARE) == half_mask().image


def test_a_drawing_counts_by_its_alpha_and_an_opaque_one_by_its_brightness():
    drawing = Image.new("RGBA", SQUARE, (0, 0, 0, 200))
    assert grey_of(drawing, is_rounded=False).getpixel((0, 0)) == 200
    drawing.putalpha(255)
    assert grey_of(drawing, is_rounded=False).getpixel((0, 0)) == 0


@pytest.mark.parametrize(("alpha", "value"), [(0, 0), (128, 0), (129, 255), (254, 255)])
def test_strokes_are_all_or_nothing_where_the_mask_is_rounded(alpha, value):
    assert grey_of(Image.new("RGBA", SQUARE, (9, 9, 9, alpha)), is_rounded=True).getpixel((0, 0)) == value


def test_a_mask_of_another_size_is_brought_to_the_picture():
    mask = half_mask(image=painted(Size(32, 16), (0, 0, 16, 16)))
    assert (np.asarray(working_mask(mask, Size(128, 64)))[:, :62] == 255).all()
    assert not np.asarray(working_mask(mask, Size(128, 64)))[:, 66:].any()


def test_blur_widens_and_inversion_comes_before_it():
    grown = np.asarray(working_mask(half_mask(blur_x=4.0, blur_y=4.0, inverted=True), SQUARE))
    assert 0 < grown[32, 30] < grown[32, 33] < 255
    assert not grown[:, 0].any()


@pytest.mark.parametrize(("deviation", "width"), [(0, 1), (1, 7), (2, 11), (4, 21), (8, 41), (16, 81), (64, 321)])
def test_the_kernel_is_as_wide_as_measured_in_a1111(deviation, width):
    """features.md 2.4"""
    assert kernel_width(deviation) == width


def test_blur_acts_on_both_sides_of_the_edge_as_a_gaussian_does():
    row = np.asarray(blurred(painted(SQUARE, (32, 0, 64, 64)), 4, 0), float)[32] / 255
    steps = np.diff(row)
    places = np.arange(1, 64) - 0.5
    middle = (steps * places).sum()
    assert abs(middle - 31.5) < 0.1
    assert abs(np.sqrt((steps * (places - middle) ** 2).sum()) - 4) < 0.15


@given(
    box=st.tuples(*[st.integers(0, 60)] * 2),
    blur_x=st.sampled_from([0.0, 1.0, 2.5]),
    blur_y=st.sampled_from([0.0, 1.5, 3.0]),
)
def test_blur_reaches_half_a_kernel_and_not_one_pixel_more(box, blur_x, blur_y):
    left, top = box
    mask = painted(SQUARE, (left, top, left + 4, top + 4))
    found = blurred(mask, blur_x, blur_y).getbbox()
    reach_x, reach_y = kernel_width(blur_x) // 2, kernel_width(blur_y) // 2
    assert found
    assert found[0] >= max(0, left - reach_x)
    assert found[1] >= max(0, top - reach_y)
    assert found[2] <= min(64, left + 4 + reach_x)
    assert found[3] <= min(64, top + 4 + reach_y)


def test_a_small_mask_on_a_large_picture_is_blurred_as_on_the_whole():
    import cv2

    mask = painted(Size(400, 300), (180, 140, 200, 150))
    mask.paste(255, (0, 290, 5, 300))
    whole = cv2.GaussianBlur(cv2.GaussianBlur(np.asarray(mask), (21, 1), 4), (1, 11), 2)
    assert (np.asarray(blurred(mask, 4, 2)) == whole).all()


@pytest.mark.parametrize(
    ("box", "side", "aspect", "expected"),
    [
        ((100, 100, 228, 132), 512, Size(512, 512), (100, 52, 228, 180)),
        ((0, 0, 50, 200), 600, Size(512, 768), (0, 0, 133, 200)),
        ((480, 10, 512, 500), 512, Size(512, 512), (22, 10, 512, 500)),
    ],
    ids=["wide", "at the edge", "at the far edge"],
)
def test_the_crop_grows_to_the_aspect_as_measured_in_a1111(box, side, aspect, expected):
    """features.md 2.5"""
    assert crop_box(painted(Size(side, side), box), 0, aspect) == expected


def test_padding_widens_the_crop_within_the_picture():
    assert crop_box(painted(SQUARE, (16, 2, 32, 18)), 8, Size(100, 100)) == (8, 0, 40, 32)


def test_a_picture_too_small_for_the_aspect_is_taken_to_its_border():
    assert crop_box(painted(Size(40, 200), (0, 0, 40, 190)), 0, Size(512, 512)) == (0, 0, 40, 190)


def test_a_blank_mask_has_no_crop():
    assert crop_box(Image.new("L", SQUARE), 32, SQUARE) is None


@given(
    size=st.builds(Size, st.integers(8, 300), st.integers(8, 300)),
    aspect=st.builds(Size, st.integers(1, 128).map(lambda n: 8 * n), st.integers(1, 128).map(lambda n: 8 * n)),
    padding=st.integers(0, 64),
    data=st.data(),
)
def test_a_crop_holds_the_mask_lies_in_the_picture_and_has_the_aspect_where_it_fits(size, aspect, padding, data):
    left, top = data.draw(st.integers(0, size.width - 1)), data.draw(st.integers(0, size.height - 1))
    right, bottom = data.draw(st.integers(left + 1, size.width)), data.draw(st.integers(top + 1, size.height))
    box = crop_box(painted(size, (left, top, right, bottom)), padding, aspect)
    assert box
    assert 0 <= box.left <= max(0, left - padding)
    assert 0 <= box.top <= max(0, top - padding)
    assert min(size.width, right + padding) <= box.right <= size.width
    assert min(size.height, bottom + padding) <= box.bottom <= size.height
    touches = box.size.width == size.width or box.size.height == size.height
    off = abs(box.size.width * aspect.height - box.size.height * aspect.width)
    assert touches or off < max(aspect)


def test_the_overlay_is_full_from_half_on_and_0_stays_0():
    assert [doubled(Image.new("L", (1, 1), value)).getpixel((0, 0)) for value in (0, 1, 127, 128, 255)] == [
        0,
        2,
        254,
        255,
        255,
    ]


def test_the_latent_mask_lies_on_the_working_picture():
    mask = painted(Size(100, 50), (20, 10, 40, 30))
    framing = Framing(source=Size(100, 50), box=Box(20, 10, 60, 50), mode=ResizeMode.fill, size=Size(80, 80))
    assert latent_mask(mask, framing).getbbox() == (0, 0, 41, 41)
