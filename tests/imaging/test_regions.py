"""A region's mask goes where the redrawn picture goes."""

import numpy as np
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import ResizeMode
from studio.imaging.regions import placed


def left_half(width, height):
    mask = Image.new("L", (width, height))
    mask.paste(255, (0, 0, width // 2, height))
    return mask


def share(mask):
    return np.asarray(mask).mean() / 255


def test_without_a_picture_the_mask_is_stretched_over_what_is_drawn():
    found = placed(left_half(10, 10), None, Size(64, 32), None)
    assert found.size == (64, 32)
    assert abs(share(found) - 0.5) < 0.05


def test_it_is_cut_and_enlarged_with_the_picture():
    framing = Framing(source=Size(100, 100), box=Box(40, 0, 80, 40), mode=ResizeMode.stretch, size=Size(64, 64))
    found = placed(left_half(100, 100), framing, Size(64, 64), Size(100, 100))
    columns = np.asarray(found)[32]
    assert columns[8] == 255
    assert columns[24] == 0  # 50 of 100 lies a quarter into the box
    assert placed(left_half(50, 50), framing, Size(64, 64), Size(100, 100)).tobytes()[32 * 64 + 8] == 255


def test_bands_that_the_picture_does_not_reach_belong_to_no_region():
    framing = Framing(source=Size(64, 32), box=Box(0, 0, 64, 32), mode=ResizeMode.fill, size=Size(64, 64))
    rows = np.asarray(placed(Image.new("L", (64, 32), 255), framing, Size(64, 64), Size(64, 32)))[:, 32]
    assert (rows[0], rows[32], rows[63]) == (0, 255, 0)
