import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import ResizeMode
from studio.imaging.resize import fit, framed, resized, seen_box, unframed
from tests.fakes import noisy

MODES = st.sampled_from(ResizeMode)
SIZES = st.builds(Size, st.integers(1, 90), st.integers(1, 90))


def as_a1111(picture: Image.Image, size: Size, covers: bool) -> Image.Image:
    """Crop and resize, or Resize and fill but for its bands, in the words of features.md 2.13."""
    is_wider = size.width / size.height > picture.width / picture.height
    width = size.width if is_wider == covers else picture.width * size.height // picture.height
    height = picture.height * size.width // picture.width if is_wider == covers else size.height
    result = Image.new("RGB", size)
    scaled = picture.resize((width, height), Image.Resampling.LANCZOS)
    result.paste(scaled, (size.width // 2 - width // 2, size.height // 2 - height // 2))
    return result


@st.composite
def framings(draw: st.DrawFn) -> Framing:
    source, mode = draw(SIZES), draw(MODES)
    left, top = draw(st.integers(0, source.width - 1)), draw(st.integers(0, source.height - 1))
    box = Box(left, top, draw(st.integers(left + 1, source.width)), draw(st.integers(top + 1, source.height)))
    return Framing(source=source, box=box, mode=mode, size=draw(SIZES))


@given(source=SIZES, size=SIZES, mode=MODES, kind=st.sampled_from(["L", "RGB", "RGBA"]))
def test_every_mode_gives_exactly_the_size_and_keeps_the_kind(source, size, mode, kind):
    result = resized(noisy(*source, kind), size, mode)
    assert (result.size, result.mode) == (size, kind)


@given(size=SIZES, mode=MODES, colour=st.tuples(*[st.integers(0, 255)] * 3), source=SIZES)
def test_no_mode_leaves_a_pixel_empty(size, mode, colour, source):
    """Odd gaps included, where A1111 leaves a black row."""
    assert resized(Image.new("RGB", source, colour), size, mode).getcolors() == [(size.width * size.height, colour)]


@pytest.mark.parametrize("size", [Size(40, 90), Size(513, 511), Size(96, 64), Size(511, 300)])
@pytest.mark.parametrize("source", [(300, 200), (64, 128), (97, 31)])
def test_crop_and_fill_lie_where_they_lie_in_a1111(size, source):
    picture = noisy(*source)
    for mode in (ResizeMode.crop, ResizeMode.fill):
        expected = as_a1111(picture, size, covers=mode is ResizeMode.crop)
        inner = fit(Size(*source), size, mode).target
        difference = np.asarray(resized(picture, size, mode).crop(inner), int) - np.asarray(expected.crop(inner), int)
        assert abs(difference).max() <= 2


def test_filling_repeats_the_outermost_rows_to_the_last_pixel():
    filled = np.asarray(resized(noisy(64, 32), Size(64, 65), ResizeMode.fill))
    assert (filled[:16] == filled[16]).all()
    assert (filled[48:] == filled[47]).all()


def test_a_mask_does_not_ring_when_it_is_enlarged():
    mask = Image.new("L", (16, 16))
    mask.paste(255, (8, 0, 16, 16))
    assert not np.asarray(resized(mask, Size(128, 128), ResizeMode.stretch))[:, :59].any()


def test_the_upscaler_makes_pictures_larger_and_never_smaller():
    asked: list[float] = []

    def enlarge(picture: Image.Image, scale: float) -> Image.Image:
        asked.append(scale)
        return Image.new("RGB", (int(picture.width * scale), int(picture.height * scale)), "red")

    larger = resized(noisy(32, 16), Size(48, 48), ResizeMode.crop, enlarge)
    assert (larger.size, larger.getpixel((20, 20)), asked) == ((48, 48), (255, 0, 0), [3.0])
    assert resized(noisy(32, 32), Size(16, 16), ResizeMode.stretch, enlarge).getpixel((0, 0)) != (255, 0, 0)


@given(framing=framings())
@example(Framing(source=Size(1, 3), box=Box(0, 0, 1, 3), mode=ResizeMode.crop, size=Size(4, 1)))
def test_what_is_seen_lies_in_the_box_and_comes_back_at_its_size(framing: Framing):
    seen = seen_box(framing)
    assert framing.box.left <= seen.left < seen.right <= framing.box.right
    assert framing.box.top <= seen.top < seen.bottom <= framing.box.bottom
    assert unframed(Image.new("RGB", framing.size), framing).size == seen.size
    if framing.mode is not ResizeMode.crop:
        assert seen == framing.box


@given(framing=framings())
def test_a_picture_without_detail_survives_the_way_there_and_back(framing: Framing):
    picture = Image.new("RGB", framing.source, (10, 200, 90))
    assert unframed(framed(picture, framing), framing) == Image.new("RGB", seen_box(framing).size, (10, 200, 90))


@pytest.mark.parametrize("mode", ResizeMode)
@pytest.mark.parametrize("size", [Size(128, 128), Size(256, 64), Size(96, 200)])
@pytest.mark.parametrize("box", [Box(0, 0, 80, 60), Box(11, 7, 60, 60)])
def test_there_and_back_every_pixel_lies_where_it_was(mode, size, box):
    """On two slopes, which tell a shift of half a pixel."""
    across, down = np.meshgrid(np.arange(80) * 3, np.arange(60) * 4)
    picture = Image.fromarray(np.stack([across, down, down], axis=-1).astype(np.uint8))
    framing = Framing(source=Size(80, 60), box=box, mode=mode, size=size)
    seen = seen_box(framing)
    moved = np.asarray(unframed(framed(picture, framing), framing), int) - np.asarray(picture.crop(seen), int)
    inner = moved[3:-3, 3:-3]
    assert abs(inner).max() <= 2 if inner.size else True


def test_a_picture_of_the_right_size_is_not_touched():
    picture = noisy(64, 64)
    framing = Framing(source=Size(64, 64), box=Box(0, 0, 64, 64), mode=ResizeMode.crop, size=Size(64, 64))
    assert framed(picture, framing) is picture
    assert unframed(picture, framing) is picture
