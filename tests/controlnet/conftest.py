"""Pictures to make maps of, the preprocessors that are there, and what they make."""

import warnings

import numpy as np
import pytest
from PIL import Image

from studio.controlnet import preprocessors
from studio.controlnet.annotator import Annotator
from studio.controlnet.weights import Weights, forgetful
from studio.domain.registry import Registry, collect
from studio.domain.things import Preprocessor

ANNOTATED_SIDE = 128


@pytest.fixture(scope="session")
def installed() -> Registry[Preprocessor]:
    return Registry("preprocessor", collect(preprocessors, Preprocessor))


@pytest.fixture
def square() -> Image.Image:
    """A white square (100..156) on black, 256x256."""
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[100:156, 100:156] = 255
    return Image.fromarray(pixels)


@pytest.fixture
def ink() -> Image.Image:
    """A black line three pixels wide on white paper, 256x256."""
    pixels = np.full((256, 256, 3), 255, np.uint8)
    pixels[127:130, 30:220] = 0
    return Image.fromarray(pixels)


@pytest.fixture
def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (192, 256, 3), np.uint8))


@pytest.fixture
def annotate(installed, tmp_path):
    """Annotates a picture (masked in a box) with weights that lie in the folder of the test."""
    annotator = Annotator(
        preprocessors=installed,
        weights=Weights(folders=(tmp_path,), addresses={"ControlNetHED.pth": "https://example.org"}, keep=forgetful),
    )
    pixels = np.random.default_rng(1).integers(0, 256, (ANNOTATED_SIDE, ANNOTATED_SIDE, 3), np.uint8)

    def run(name, masked=None, **arguments):
        image = Image.fromarray(pixels)
        if masked:
            mask = Image.new("L", image.size)
            mask.paste(255, masked)
            image.putalpha(mask)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(annotator.annotate(name, image, ANNOTATED_SIDE, arguments))

    run.folder, run.pixels = tmp_path, pixels
    return run
