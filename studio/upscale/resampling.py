"""Upscalers without a network: the picture's own pixels, resampled."""

from PIL.Image import Image, Resampling

from studio.domain.geometry import Size
from studio.domain.things import Upscaler


def scaled(size: tuple[int, int], scale: float) -> Size:
    """int(side * scale) a side, at least one pixel."""
    return Size(*(max(1, int(side * scale)) for side in size))


def lanczos(image: Image, scale: float) -> Image:
    return image.resize(scaled(image.size, scale), Resampling.LANCZOS)


def nearest(image: Image, scale: float) -> Image:
    return image.resize(scaled(image.size, scale), Resampling.NEAREST)


NONE = Upscaler(name="None", upscale=lanczos, scale=1)
LANCZOS = Upscaler(name="Lanczos", upscale=lanczos)
NEAREST = Upscaler(name="Nearest", upscale=nearest)
