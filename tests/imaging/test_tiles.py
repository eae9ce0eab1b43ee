"""The grids are the measured ones of features.md 2.15."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size
from studio.imaging.tiles import combined, starts, tile_boxes
from tests.fakes import noisy

LENGTHS = st.integers(1, 300)


@pytest.mark.parametrize(
    ("length", "tile", "overlap", "expected"),
    [(1024, 512, 64, [0, 256, 512]), (512, 512, 64, [0]), (400, 400, 64, [0])],
)
def test_tiles_begin_where_a1111_begins_them(length: int, tile: int, overlap: int, expected: list[int]):
    assert starts(length, tile, overlap) == expected


def test_2048_takes_five_tiles_a_row():
    assert len(starts(2048, 512, 64)) == 5


@given(width=LENGTHS, height=LENGTHS, tile=st.integers(1, 128), overlap=st.integers(0, 256))
def test_tiles_cover_the_picture_and_stay_inside(width: int, height: int, tile: int, overlap: int):
    overlap = min(overlap, max(0, tile - 8))
    covered = np.zeros((height, width), bool)
    for box in tile_boxes(Size(width, height), Size(tile, tile), overlap):
        assert min(box) >= 0
        assert (box.right, box.bottom) <= (width, height)
        covered[box.top : box.bottom, box.left : box.right] = True
    assert covered.all()


@given(width=LENGTHS, height=LENGTHS, overlap=st.integers(0, 32))
def test_unchanged_tiles_give_the_picture_back(width: int, height: int, overlap: int):
    picture = noisy(width, height)
    boxes = tile_boxes(Size(width, height), Size(64, 64), overlap)
    assert combined([(box, picture.crop(box)) for box in boxes], Size(width, height)).tobytes() == picture.tobytes()
