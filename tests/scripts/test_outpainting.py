"""Outpainting: exactly as many pixels as asked, the picture itself untouched, and no side special."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from studio.domain.errors import BadRequest
from studio.domain.request import ScriptCall
from studio.imaging.outpaint import SIDES, Noise, continued, framed_by
from studio.prompt.infotext import parse_infotext
from tests.fakes import Watcher, img2img, init_image, make_studio, noisy, txt2img

NOISE = Noise(exponent=1.0, variation=0.05)
SCRIPTS = ("Outpainting mk2", "Poor man's outpainting")


def call(name: str, *sides: str, **args: object) -> ScriptCall:
    return ScriptCall(name=name, args={"pixels": 24, "mask_blur": 0, "sides": sides, **args})


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    ("sides", "box"),
    [
        (("left",), (24, 0, 124, 67)),
        (("right",), (0, 0, 100, 67)),
        (("up",), (0, 24, 100, 91)),
        (("down",), (0, 0, 100, 67)),
        (SIDES, (24, 24, 124, 91)),
    ],
)
def test_the_picture_grows_by_what_is_asked_and_stays_what_it_is(
    tmp_path: Path, name: str, sides: tuple[str, ...], box: tuple[int, int, int, int]
):
    """Sides that are no multiple of 8 too; without blur not a byte of the picture changes."""
    studio, picture, watcher = make_studio(tmp_path), noisy(100, 67), Watcher()
    request = img2img(init=init_image(picture), script=call(name, *sides))
    (made,) = studio.generate(studio.accept(request), watcher).images
    wider, higher = (24 * sum(side in sides for side in ends) for ends in (SIDES[:2], SIDES[2:]))
    assert made.image.size == (100 + wider, 67 + higher)
    assert np.array_equal(np.asarray(made.image.crop(box)), np.asarray(picture))
    assert watcher.paths == [made.path]
    assert parse_infotext(made.infotext).facts["Outpainting pixels"] == "24"


@pytest.mark.parametrize("name", SCRIPTS)
def test_with_blur_only_a_margin_is_redrawn(tmp_path: Path, name: str):
    studio, picture = make_studio(tmp_path), noisy(128, 64)
    request = img2img(init=init_image(picture), script=call(name, "right", mask_blur=8))
    (made,) = studio.generate(studio.accept(request), Watcher()).images
    before, after = (np.asarray(each.crop((0, 0, 128, 64))) for each in (picture, made.image))
    changed = np.flatnonzero((before != after).any((0, 2)))
    assert changed.min() >= 128 - 3 * 8
    assert changed.max() == 127


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_place_of_the_batches_gives_a_picture_of_its_own(tmp_path: Path, name: str):
    studio = make_studio(tmp_path)
    request = img2img(batch_count=2, batch_size=2, script=call(name, "left"))
    made = studio.generate(studio.accept(request), Watcher()).images
    assert len({each.image.tobytes() for each in made}) == len(made) == 4


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_cannot_be_continued_is_told(tmp_path: Path, name: str):
    studio = make_studio(tmp_path)
    with pytest.raises(BadRequest, match="direction"):
        studio.generate(studio.accept(img2img(script=call(name))), Watcher())
    with pytest.raises(BadRequest):
        studio.generate(studio.accept(txt2img(script=call(name, "left"))), Watcher())


def test_a_band_as_wide_as_a_tile_makes_no_tile_for_each_pixel(tmp_path: Path):
    studio, watcher = make_studio(tmp_path), Watcher()
    request = img2img(script=call("Poor man's outpainting", "right", pixels=64))
    (made,) = studio.generate(studio.accept(request), watcher).images
    assert made.image.size == (128, 64)
    assert len(watcher.pictures) <= 3


MIRRORED = {"left": ("right", ImageOps.mirror), "up": ("down", ImageOps.flip)}


@pytest.mark.parametrize("side", MIRRORED)
def test_no_side_is_special(side: str):
    """A mirrored picture continued to the other side is the mirrored canvas (A1111's right edge never was)."""
    other, mirror = MIRRORED[side]
    picture = noisy(100, 67)
    first, second = continued(picture, side, 24, 8, 64, NOISE), continued(mirror(picture), other, 24, 8, 64, NOISE)
    assert first.box.size == second.box.size
    assert np.array_equal(np.asarray(mirror(first.mask)), np.asarray(second.mask))
    assert np.array_equal(np.asarray(mirror(first.image)), np.asarray(second.image))
    assert np.array_equal(np.asarray(mirror(first.image.crop(first.box))), np.asarray(second.image.crop(second.box)))


def test_noise_has_the_pictures_colours_and_more_or_less_detail():
    picture = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    picture.paste((200, 40, 40), (0, 0, 64, 20))
    known = np.asarray(picture)
    fine, coarse = (Noise(exponent=exponent, variation=0.0).beside(known, 64) for exponent in (0.0, 2.0))
    shares = np.linspace(0.1, 0.9, 9)
    for band in (fine, coarse):
        assert np.allclose(np.quantile(band, shares, axis=(0, 1)), np.quantile(known, shares, axis=(0, 1)), atol=12)
    roughness = [np.abs(np.diff(each.astype(float), axis=1)).mean() for each in (fine, coarse)]
    assert roughness[0] > 2 * roughness[1]


def test_all_sides_grow_at_once():
    canvas = framed_by(Image.new("RGB", (50, 40)), SIDES, 16, 4)
    assert canvas.image.size == (88, 72)
    assert canvas.box == (0, 0, 82, 72)
    kept = np.argwhere(np.asarray(canvas.mask) == 0)
    assert (kept.min(0).tolist(), kept.max(0).tolist()) == ([20, 20], [51, 61])
