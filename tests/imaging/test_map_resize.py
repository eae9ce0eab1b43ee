"""Control maps keep their meaning when they are resized."""

import numpy as np
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.imaging.map_resize import laid_out, looks_like_strokes, resized_map, thinned


def colours(image):
    return {tuple(map(int, each)) for each in np.asarray(image).reshape(-1, 3)}


def test_class_colours_never_mix():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:20], pixels[20:40], pixels[40:] = (120, 120, 120), (180, 120, 120), (6, 230, 230)
    seg = Image.fromarray(pixels)
    for size in (Size(23, 31), Size(200, 150)):
        assert colours(resized_map(seg, size)) == colours(seg)


def test_thin_lines_stay_thin_and_white_when_enlarged():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[30, 8:56] = 255
    found = np.asarray(resized_map(Image.fromarray(pixels), Size(256, 256)))[:, :, 0]
    assert set(np.unique(found)) == {0, 255}
    assert (found[:, 60:200] == 255).sum(axis=0).tolist() == [1] * 140
    assert abs(int(np.nonzero(found[:, 128])[0][0]) - 122) <= 2


def test_broad_shapes_stay_black_and_white():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[16:48, 16:48] = 255
    found = np.asarray(resized_map(Image.fromarray(pixels), Size(32, 32)))[:, :, 0]
    assert set(np.unique(found)) == {0, 255}
    assert (found == 255).sum() == 16 * 16


def test_photographs_are_averaged_when_they_shrink():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    found = np.asarray(resized_map(Image.fromarray(pixels), Size(32, 32)))
    assert abs(found.astype(float) - pixels.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))).max() <= 1


def test_the_same_size_is_the_same_picture():
    picture = Image.new("RGB", (10, 10))
    assert resized_map(picture, Size(10, 10)) is picture


def test_thinning_keeps_lines_joined():
    pixels = np.zeros((32, 32), np.uint8)
    pixels[10:14, 4:28] = 255
    found = thinned(pixels)
    assert (found[:, 8:24] > 0).sum(axis=0).tolist() == [1] * 16


def test_bands_have_the_median_colour_of_the_border():
    picture = Image.new("RGB", (10, 10), (7, 8, 9))
    picture.paste((255, 255, 255), (3, 3, 6, 6))
    found = laid_out(picture, Box(5, 0, 15, 10), Size(20, 10))
    assert found.getpixel((0, 0)) == (7, 8, 9)
    assert found.getpixel((9, 4)) == (255, 255, 255)


def test_strokes_are_something_but_not_everything():
    mask = Image.new("L", (8, 8))
    assert not looks_like_strokes(mask)
    mask.putpixel((3, 3), 255)
    assert looks_like_strokes(mask)
    assert not looks_like_strokes(Image.new("L", (8, 8), 255))
