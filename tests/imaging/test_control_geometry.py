"""A marked pixel of the picture and of its control map land on the same output pixel, in every way to fit a picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import ResizeMode
from studio.imaging.control_geometry import fitted, framed, pixel_perfect
from studio.imaging.map_resize import laid_out, resized_map
from studio.imaging.resize import framed as framed_picture

sides = st.integers(40, 200)
modes = st.sampled_from(list(ResizeMode))


@st.composite
def framings(draw):
    source = Size(draw(sides), draw(sides))
    left, top = draw(st.integers(0, source.width - 40)), draw(st.integers(0, source.height - 40))
    right, bottom = draw(st.integers(left + 40, source.width)), draw(st.integers(top + 40, source.height))
    box = draw(st.sampled_from([Box(0, 0, *source), Box(left, top, right, bottom)]))
    return Framing(source=source, box=box, mode=draw(modes), size=Size(draw(sides), draw(sides)))


def centre(image):
    rows, columns = np.nonzero(np.asarray(image.convert("L")) > 100)
    return (columns.mean(), rows.mean()) if len(rows) else None


def lies_inside(spot, margin, length, axis):
    """Whether the whole mark, not only a part of it, is seen."""
    return spot is not None and margin + 1 < spot[axis] < length - margin - 1


@settings(max_examples=200, deadline=None)
@given(framings(), st.floats(0.25, 0.75), st.floats(0.25, 0.75))
def test_the_map_follows_the_picture(framing, across, down):
    box = framing.box
    x, y = box.left + int(box.size.width * across), box.top + int(box.size.height * down)
    marked = Image.new("RGB", framing.source)
    marked.paste((255, 255, 255), (x - 4, y - 4, x + 4, y + 4))
    place = framed(framing)
    covered = place.covered(framing.source)
    part = marked.resize(covered.size, Image.Resampling.BOX, box=place.seen(framing.source))
    found, expected = centre(laid_out(part, covered, framing.size)), centre(framed_picture(marked, framing))
    if lies_inside(expected, place.scale_x * 5, framing.size.width, 0) and lies_inside(
        expected, place.scale_y * 5, framing.size.height, 1
    ):
        assert found == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("mode", "expected"), [(ResizeMode.crop, 512), (ResizeMode.stretch, 512), (ResizeMode.fill, 384)]
)
def test_pixel_perfect_of_measured_cases(mode, expected):
    """features.md 3.6: 1024x768 to 512x512."""
    assert pixel_perfect(Size(1024, 768), mode, Size(512, 512)) == expected


def test_two_placements_in_a_row_are_one():
    first = fitted(Size(300, 200), ResizeMode.fill, Size(512, 512))
    second = framed(
        Framing(source=Size(512, 512), box=Box(100, 100, 300, 400), mode=ResizeMode.crop, size=Size(256, 256))
    )
    both = first.then(second)
    x = 123 * first.scale_x + first.left
    assert 123 * both.scale_x + both.left == pytest.approx(x * second.scale_x + second.left)


def test_what_does_not_reach_covers_nothing():
    place = framed(
        Framing(source=Size(100, 100), box=Box(80, 80, 100, 100), mode=ResizeMode.stretch, size=Size(64, 64))
    )
    assert place.covered(Size(50, 50)).size == (0, 0)


@given(st.integers(8, 60), st.integers(8, 60))
def test_maps_keep_their_size(width, height):
    assert resized_map(Image.new("RGB", (30, 40)), Size(width, height)).size == (width, height)
