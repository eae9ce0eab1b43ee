"""Several pictures as one. Another arrangement is another function here."""

import math
from collections.abc import Sequence

from PIL import Image

from studio.domain.geometry import Size

EMPTY = "black"


def grid(pictures: Sequence[Image.Image], columns: int = 0) -> Image.Image:
    """RGB, row by row, each picture in the middle of a cell as large as the largest. By default as square as it goes.

    Raises ValueError where there is no picture.
    """
    columns, cell = columns or square_columns(pictures), cell_of(pictures)
    rows = math.ceil(len(pictures) / columns)
    result = Image.new("RGB", (min(columns, len(pictures)) * cell.width, rows * cell.height), EMPTY)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        left = column * cell.width + (cell.width - picture.width) // 2
        top = row * cell.height + (cell.height - picture.height) // 2
        result.paste(picture.convert("RGB"), (left, top))
    return result


def grid_pixels(pictures: Sequence[Image.Image]) -> int:
    """How many a grid of them has."""
    columns, cell = square_columns(pictures), cell_of(pictures)
    return columns * math.ceil(len(pictures) / columns) * cell.width * cell.height


def square_columns(pictures: Sequence[Image.Image]) -> int:
    return math.ceil(math.sqrt(len(pictures)))


def cell_of(pictures: Sequence[Image.Image]) -> Size:
    return Size(max(picture.width for picture in pictures), max(picture.height for picture in pictures))
