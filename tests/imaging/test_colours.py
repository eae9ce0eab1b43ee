import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.request import ColourMatch
from studio.imaging.colours import LUMINOSITY, corrected, histogram_table, match_table, matched, with_luminosity
from tests.fakes import noisy


def flat(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (64, 64), colour)


def middle() -> Image.Image:
    mask = Image.new("L", (64, 64))
    mask.paste(255, (20, 20, 44, 44))
    return mask


def test_a_picture_corrected_to_itself_stays_as_it_is():
    difference = np.asarray(corrected(noisy(), noisy()), int) - np.asarray(noisy(), int)
    assert abs(difference).mean() < 2


def test_correction_takes_the_tint_and_keeps_the_light():
    grey = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    red = Image.fromarray((np.asarray(grey) * np.array([1.0, 0.5, 0.5])).astype(np.uint8))
    result = np.asarray(corrected(grey, red), float)
    assert result[..., 0].mean() > result[..., 1].mean() + 20
    light = result @ LUMINOSITY
    assert abs(light - np.asarray(grey, float) @ LUMINOSITY).max() <= 1


@given(st.lists(st.integers(0, 255), min_size=1, max_size=50), st.lists(st.integers(0, 255), min_size=1, max_size=50))
def test_matched_histograms_keep_the_order_and_the_range(values, goal):
    table = histogram_table(np.array(values, np.uint8), np.array(goal, np.uint8))
    assert (np.diff(table) >= 0).all()
    assert min(goal) <= table.min()
    assert table.max() <= max(goal)
    assert table[max(values)] == max(goal)


def test_matching_a_histogram_to_its_own_changes_nothing():
    values = np.asarray(noisy(mode="L"))
    assert (histogram_table(values, values)[values] == values).all()


@given(colours=st.tuples(*[st.integers(0, 255)] * 3), light=st.integers(0, 255))
def test_luminosity_comes_from_the_light_whatever_the_colour(colours, light):
    """W3C Compositing and Blending 1, SetLum and ClipColor."""
    result = with_luminosity(np.full((1, 1, 3), colours, np.uint8), np.full((1, 1, 3), light, np.uint8))
    assert abs(float(result[0, 0] @ LUMINOSITY) - light) <= 1


@pytest.mark.parametrize("match", [ColourMatch.border, ColourMatch.histogram])
def test_a_match_undoes_what_the_model_did_to_everything(match):
    """The surroundings were (100, 150, 200) and came back darker; what is new in the middle is lifted with them."""
    now = flat((90, 140, 190))
    now.paste((50, 60, 70), (28, 28, 36, 36))
    result = matched(now, flat((100, 150, 200)), middle(), match)
    assert result.getpixel((2, 2)) == (100, 150, 200)
    assert result.getpixel((32, 32)) == (60, 70, 80)


def test_the_border_match_looks_only_near_the_mask():
    then = Image.new("RGB", (200, 40), (10, 10, 10))
    then.paste((100, 100, 100), (0, 0, 60, 40))
    mask = Image.new("L", (200, 40))
    mask.paste(255, (0, 10, 20, 30))
    now = Image.new("RGB", (200, 40), (90, 90, 90))
    assert matched(now, then, mask, ColourMatch.border).getpixel((10, 20)) == (100, 100, 100)


@pytest.mark.parametrize("match", ColourMatch)
def test_without_surroundings_there_is_nothing_to_match(match):
    assert matched(noisy(), flat((0, 0, 0)), Image.new("L", (64, 64), 255), match) == noisy()


def test_a_match_never_stretches_contrast_beyond_measure():
    now = Image.fromarray(np.asarray(noisy()) // 64 + 100)
    result = np.asarray(matched(now, noisy(), middle(), ColourMatch.border), float)
    assert result.std() < 2.5 * np.asarray(now, float).std()


def test_values_that_the_surroundings_lack_move_with_their_neighbours():
    table = match_table(np.array([100, 110], np.uint8), np.array([120, 150], np.uint8))
    assert (table[100], table[110], table[90], table[120], table[255]) == (120, 150, 110, 160, 255)
