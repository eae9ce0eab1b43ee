import pytest
from PIL import Image

from studio.imaging.grids import grid

RED, BLUE = Image.new("RGB", (8, 6), "red"), Image.new("RGBA", (4, 2), "blue")


@pytest.mark.parametrize(("count", "size"), [(1, (8, 6)), (2, (16, 6)), (3, (16, 12)), (4, (16, 12)), (5, (24, 12))])
def test_a_grid_is_as_square_as_it_goes(count, size):
    assert grid([RED] * count).size == size


def test_pictures_stand_row_by_row_in_the_middle_of_their_cells():
    found = grid([RED, BLUE, BLUE], columns=2)
    assert found.getpixel((0, 0)) == (255, 0, 0)
    assert (found.getpixel((8, 0)), found.getpixel((11, 3)), found.getpixel((3, 9))) == (
        (0, 0, 0),
        (0, 0, 255),
        (0, 0, 255),
    )


def test_a_grid_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"empty|iterable"):
        grid([])
