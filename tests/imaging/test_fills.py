import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.imaging.fills import filled
from tests.fakes import noisy


@given(left=st.integers(0, 40), grey=st.integers(0, 255))
def test_what_is_not_masked_stays_exact(left, grey):
    mask = Image.new("L", (64, 64))
    mask.paste(255, (left, 10, left + 20, 50))
    mask.paste(grey, (0, 55, 64, 60))
    picture, kept = noisy(), np.asarray(mask) == 0
    assert (np.asarray(filled(picture, mask))[kept] == np.asarray(picture)[kept]).all()


def test_the_masked_area_takes_the_colours_around_it():
    picture = Image.new("RGB", (64, 64), (200, 40, 40))
    picture.paste((0, 0, 255), (20, 20, 44, 44))
    mask = Image.new("L", (64, 64))
    mask.paste(255, (20, 20, 44, 44))
    red, green, blue = filled(picture, mask).getpixel((32, 32))
    assert (abs(red - 200) <= 6, abs(green - 40) <= 6, abs(blue - 40) <= 6) == (True, True, True)


def test_what_is_masked_has_no_say_in_what_it_becomes():
    mask = Image.new("L", (64, 64))
    mask.paste(255, (20, 20, 44, 44))
    one, other = Image.new("RGB", (64, 64), "green"), Image.new("RGB", (64, 64), "green")
    other.paste("white", (20, 20, 44, 44))
    assert filled(one, mask) == filled(other, mask)


def test_near_the_edge_the_nearer_colour_wins():
    picture = Image.new("RGB", (96, 32), "black")
    picture.paste("white", (64, 0, 96, 32))
    mask = Image.new("L", (96, 32))
    mask.paste(255, (32, 0, 64, 32))
    result = filled(picture, mask)
    assert result.getpixel((33, 16))[0] < 60 < 190 < result.getpixel((62, 16))[0]
