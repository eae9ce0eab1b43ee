"""Pictures to make maps of, and the preprocessors that are there."""

import numpy as np
import pytest
from PIL import Image

from studio.controlnet import preprocessors
from studio.domain.registry import Registry, collect
from studio.domain.things import Preprocessor


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
