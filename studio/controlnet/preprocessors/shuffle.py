"""shuffle: the colours and textures of a picture, moved about by a smooth random flow."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.fields import Number
from studio.domain.things import preprocessor

LARGEST_FEATURE = 256
"""The flow turns over about this many pixels."""


def smooth_noise(height: int, width: int, source: np.random.RandomState) -> NDArray[np.float32]:
    """Values from 0 to 1, which vary over `LARGEST_FEATURE` pixels; 0 and 1 are both reached."""
    coarse = source.uniform(0, 1, (height // LARGEST_FEATURE + 3, width // LARGEST_FEATURE + 3)).astype(np.float32)
    fine = cv2.resize(
        coarse, (width + 2 * LARGEST_FEATURE, height + 2 * LARGEST_FEATURE), interpolation=cv2.INTER_CUBIC
    )
    top, left = source.randint(0, LARGEST_FEATURE), source.randint(0, LARGEST_FEATURE)
    cut = fine[top : top + height, left : left + width]
    return np.asarray((cut - cut.min()) / max(float(cut.max() - cut.min()), 1e-6), np.float32)


@preprocessor(
    "shuffle",
    Number(name="seed", label="Seed", default=0, info="of the flow; a generation uses its own seed"),
    types=("Shuffle",),
    has_resolution=False,
)
def shuffle(image: Image.Image, resolution: int, *, seed: int) -> Image.Image:
    """The same seed gives the same flow, at every call and on every machine."""

    def detect(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        source = np.random.RandomState(seed & 0xFFFFFFFF)
        across = smooth_noise(height, width, source) * (width - 1)
        down = smooth_noise(height, width, source) * (height - 1)
        return np.asarray(cv2.remap(pixels, across, down, cv2.INTER_LINEAR), np.uint8)

    return at_working_size(image, 512, detect)
