"""What the preprocessors without weights make of pictures."""

import cv2
import numpy as np
import pytest
from PIL import Image

from studio.controlnet.annotator import Annotator
from studio.controlnet.weights import Weights, forgetful


@pytest.fixture
def annotator(installed, tmp_path):
    return Annotator(preprocessors=installed, weights=Weights(folders=(tmp_path,), addresses={}, keep=forgetful))


def pixels(image):
    return np.asarray(image)


def made(annotator, name, image, resolution=256, **arguments):
    return pixels(annotator.annotate(name, image, resolution, arguments))


def test_all_without_weights_give_rgb_of_the_pictures_aspect(installed, annotator, noise):
    for each in installed:
        if not each.needs:
            found = annotator.annotate(each.name, noise, 192, {})
            assert found.mode == "RGB", each.name
            assert found.width / found.height == pytest.approx(256 / 192, rel=0.02), each.name


def test_all_run_on_a_single_pixel(installed, annotator):
    for each in installed:
        if not each.needs:
            annotator.annotate(each.name, Image.new("RGB", (1, 1), "red"), 64, {})


def test_a_thin_picture_makes_no_endless_map(annotator):
    thin = Image.new("RGB", (4000, 2))
    for name in ("canny", "shuffle", "blur_gaussian", "lineart_standard", "scribble_xdog"):
        assert annotator.annotate(name, thin, 512, {}).size == (8192, 4), name


def test_none_leaves_the_picture(annotator, noise):
    assert (made(annotator, "none", noise) == pixels(noise)).all()


def test_invert(annotator, noise):
    assert (made(annotator, "invert", noise) == 255 - pixels(noise)).all()


def test_canny_is_opencv_at_the_resolution(annotator, square):
    found = made(annotator, "canny", square, 128, low_threshold=50, high_threshold=80)
    small = cv2.resize(pixels(square), (128, 128), interpolation=cv2.INTER_AREA)
    assert (found[:, :, 0] == cv2.Canny(small, 50, 80)).all()
    assert found.any()


def test_thresholds_go_by_position_and_out_of_range_means_default(annotator, square):
    dim = square.point(lambda value: value // 8)
    by_name = made(annotator, "canny", dim, low_threshold=40, high_threshold=60)
    assert (made(annotator, "canny", dim, threshold_a=40, threshold_b=60) == by_name).all()
    default = made(annotator, "canny", dim)
    assert (made(annotator, "canny", dim, threshold_a=-1, threshold_b=9999) == default).all()
    assert (by_name != default).any()


def test_resolution_out_of_range_means_default(annotator, square):
    assert made(annotator, "canny", square, -1).shape == (512, 512, 3)


def test_threshold(annotator):
    row = Image.fromarray(np.array([[[128, 128, 128], [255, 127, 255]]] * 2, np.uint8)).resize((256, 256), 0)
    found = made(annotator, "threshold", row)
    assert found[128, 20].tolist() == [255] * 3
    assert found[128, 200].tolist() == [0] * 3


def test_lineart_standard_draws_ink_white_on_black(annotator, ink):
    found = made(annotator, "lineart_standard", ink)
    assert found[128, 128].min() > 100
    assert found[40, 128].max() == 0


def test_xdog_keeps_the_strongest_edges(annotator, ink):
    """In eight bits 2 * 128 wraps to 0, and the strongest edges would come out black (features.md 2.28, trap 19)."""
    found = made(annotator, "scribble_xdog", ink, threshold=32)
    blurred = [cv2.GaussianBlur(pixels(ink).astype(np.float32), (0, 0), sigma) for sigma in (5.0, 0.5)]
    difference = (blurred[0] - blurred[1]).min(axis=2)
    assert difference.max() >= 128
    assert (found[:, :, 0][difference >= 128] == 255).all()


def test_shuffle_is_the_same_for_a_seed_and_another_for_another(annotator, noise):
    first = made(annotator, "shuffle", noise, seed=7)
    assert (
        first == pixels(Annotator.detect(annotator, annotator.preprocessors["shuffle"], noise, 512, {"seed": 7}))
    ).all()
    assert (first != made(annotator, "shuffle", noise, seed=8)).any()


def test_shuffle_leaves_the_colours(annotator, square):
    assert made(annotator, "shuffle", square, seed=1).max() == 255


def test_tile_resample_takes_details_away_but_not_below_the_least_rate(annotator, noise):
    assert (made(annotator, "tile_resample", noise, rate=1.0) == pixels(noise)).all()
    half = made(annotator, "tile_resample", noise, rate=2.0)
    assert half.shape == (96, 128, 3)
    assert half.std() < pixels(noise).std()


def test_blur_spreads(annotator, square):
    found = made(annotator, "blur_gaussian", square, sigma=9.0)
    assert 0 < found[128, 95, 0] < 255


def test_color_grid_has_one_colour_a_square(annotator, noise):
    found = made(annotator, "color", noise, 192)
    assert found.shape == (192, 256, 3)
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 12


@pytest.mark.parametrize("name", ["recolor_luminance", "recolor_intensity"])
def test_recolor_is_grey_and_gamma_darkens(annotator, noise, name):
    found = made(annotator, name, noise)
    assert (found[:, :, 0] == found[:, :, 2]).all()
    assert made(annotator, name, noise, gamma=2.0).mean() < found.mean()


def test_recolor_luminance_of_known_colours(annotator):
    """L* of sRGB red is 53.2, of 100 (CIE 15)."""
    found = made(annotator, "recolor_luminance", Image.new("RGB", (8, 8), (255, 0, 0)))
    assert found[0, 0, 0] == pytest.approx(0.532 * 255, abs=1.5)


def test_recolor_intensity_of_known_colours(annotator):
    assert made(annotator, "recolor_intensity", Image.new("RGB", (8, 8), (10, 200, 30)))[0, 0, 0] in (199, 200)
