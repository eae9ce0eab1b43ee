"""The smart selection: what it finds, and that it stays in its box."""

import numpy as np
import pytest
from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.geometry import Box
from studio.imaging.select import select_in_box

WIDTH, HEIGHT = 200, 150


def disc(radius: int, background: int = 200) -> tuple[Image.Image, np.ndarray]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    inside = np.hypot(x - 100, y - 75) < radius
    noise = np.random.default_rng(0).integers(-12, 13, (HEIGHT, WIDTH, 3))
    pixels = np.where(inside[..., None], (40, 90, 160), background) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), inside


def test_it_finds_a_noisy_disc():
    picture, inside = disc(40)
    found = np.asarray(select_in_box(picture, Box(50, 25, 150, 125))) == 255
    assert (found & inside).sum() / (found | inside).sum() > 0.98


def test_it_stays_in_the_box_and_repeats():
    picture, _ = disc(40)
    box = Box(90, 60, 170, 140)
    first, second = select_in_box(picture, box), select_in_box(picture, box)
    assert first.tobytes() == second.tobytes()
    outside = np.asarray(first).copy()
    outside[60:140, 90:170] = 0
    assert not outside.any()


def test_large_pictures_are_selected_at_their_own_size():
    picture, inside = disc(40)
    large = picture.resize((WIDTH * 8, HEIGHT * 8), Image.Resampling.NEAREST)
    found = np.asarray(select_in_box(large, Box(400, 200, 1200, 1000))) == 255
    expected = np.kron(inside, np.ones((8, 8), bool))
    assert found.shape == (HEIGHT * 8, WIDTH * 8)
    assert (found & expected).sum() / (found | expected).sum() > 0.97


def test_a_box_around_everything_selects_it():
    picture, _ = disc(40)
    assert select_in_box(picture, Box(-10, -10, 999, 999)).getextrema() == (255, 255)


@pytest.mark.parametrize("box", [Box(10, 10, 12, 40), Box(500, 10, 600, 40), Box(40, 40, 10, 10)])
def test_a_box_without_room_is_refused(box: Box):
    with pytest.raises(BadRequest, match="at least 3 pixels"):
        select_in_box(disc(40)[0], box)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_other_modes(mode: str):
    picture = disc(40)[0].convert(mode)
    assert select_in_box(picture, Box(50, 25, 150, 125)).getbbox()
