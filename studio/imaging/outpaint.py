"""A picture continued beyond its sides: what lies in the new band before it is drawn, and which part of it is drawn.

All is done for the right side; the others are turned to it first and back afterwards, so that no side is special.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.geometry import Box
from studio.domain.request import ColourMatch, GenerationRequest, Mask, MaskedContent
from studio.imaging.colours import histogram_table
from studio.imaging.load import flattened

Pixels = NDArray[np.uint8]
"""Height x width x 3, or height x width."""
SIDES = ("left", "right", "up", "down")
MULTIPLE = 8
CONTEXT = 128
"""Columns of the picture that are seen beside a new band at least, where it has so many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvas:
    """`image` RGB, with what is new; `mask` L, white where it is drawn anew; `box`: the part that counts."""

    image: Image.Image
    mask: Image.Image
    box: Box


def picture_of(request: GenerationRequest, sides: Sequence[str]) -> Image.Image:
    """What is continued, RGB. Raises BadRequest where there is none, or nowhere to go."""
    if request.init is None:
        raise BadRequest("Outpainting needs a picture to continue", field="init_images")
    if not sides:
        raise BadRequest("Choose at least one direction to continue the picture to", field="sides", allowed=SIDES)
    return flattened(request.init.image, "#ffffff")


def turned(pixels: Pixels, side: str) -> Pixels:
    """With that side at the right."""
    across = pixels.swapaxes(0, 1) if side in ("up", "down") else pixels
    return across[:, ::-1] if side in ("left", "up") else across


def turned_back(pixels: Pixels, side: str) -> Pixels:
    across = pixels[:, ::-1] if side in ("left", "up") else pixels
    return across.swapaxes(0, 1) if side in ("up", "down") else across


def to_image(pixels: Pixels, side: str) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(turned_back(pixels, side)))


def continued(picture: Image.Image, side: str, pixels: int, margin: int, length: int, noise: "Noise") -> Canvas:
    """The picture (RGB) with `pixels` more on one side, filled with noise like it; `margin` columns of it masked too.

    `box` is what to draw: `length` long at most, from the new edge inwards, unless that shows too little of it.
    Across, the canvas is made a multiple of 8 long by repeating its last row; `trimmed` takes that away.
    """
    known = turned(np.asarray(picture), side)
    known = np.pad(known, ((0, -known.shape[0] % MULTIPLE), (0, 0), (0, 0)), mode="edge")
    height, width = known.shape[:2]
    canvas = np.concatenate([known, noise.beside(known, pixels)], axis=1)
    mask = np.zeros((height, width + pixels), np.uint8)
    mask[:, max(0, width - margin) :] = 255
    drawn = min(width + pixels, max(length, pixels + CONTEXT)) // MULTIPLE * MULTIPLE
    part = np.zeros_like(mask)
    part[:, -drawn:] = 255
    box = to_image(part, side).getbbox()
    assert box
    return Canvas(image=to_image(canvas, side), mask=to_image(mask, side), box=Box(*box))


def trimmed(image: Image.Image, side: str, before: Image.Image) -> Image.Image:
    """As long across as the picture was."""
    across = before.width if side in ("up", "down") else before.height
    return to_image(turned(np.asarray(image), side)[:across], side)


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """Noise with a picture's spectrum and colours.

    `exponent`: how fast fine detail falls off, 0 none (white noise), 1 as in the picture. `variation` 0..1: how much
    its hues differ from the picture's.
    """

    exponent: float
    variation: float

    def beside(self, known: Pixels, pixels: int) -> Pixels:
        """height x `pixels` x 3, to stand at the right of the picture. The same for the same picture."""
        whole = np.pad(known, ((0, 0), (0, pixels), (0, 0)), mode="symmetric").astype(np.float64)
        shape = whole.shape[:2]
        generator = np.random.default_rng(0)
        grey, coloured = generator.standard_normal((*shape, 1)), generator.standard_normal((*shape, 3))
        drawn = (1 - self.variation) * grey + self.variation * coloured
        amplitudes = np.abs(np.fft.fft2(whole - whole.mean((0, 1)), axes=(0, 1))).mean(2, keepdims=True)
        shaped = np.fft.ifft2(np.fft.fft2(drawn, axes=(0, 1)) * amplitudes**self.exponent, axes=(0, 1)).real
        levels = np.clip(128 + 40 * shaped[:, -pixels:] / max(shaped.std(), 1e-9), 0, 255).astype(np.uint8)
        tables = [histogram_table(levels[..., channel], known[..., channel]) for channel in range(3)]
        return np.stack([tables[channel][levels[..., channel]] for channel in range(3)], 2).round().astype(np.uint8)


def framed_by(picture: Image.Image, sides: Sequence[str], pixels: int, margin: int) -> Canvas:
    """The picture (RGB) with `pixels` more on each of the sides, its edges repeated there; `box` is all that.

    `margin` rows and columns of the picture are masked too. Right and below more is repeated, to multiples of 8.
    """
    left, right, up, down = (pixels * (side in sides) for side in SIDES)
    height, width = picture.height + up + down, picture.width + left + right
    more = ((up, down + -height % MULTIPLE), (left, right + -width % MULTIPLE), (0, 0))
    canvas = np.pad(np.asarray(picture), more, mode="edge")
    mask = np.full(canvas.shape[:2], 255, np.uint8)
    kept = [[length + margin * (length > 0) for length in ends] for ends in ((up, down), (left, right))]
    mask[kept[0][0] : height - kept[0][1], kept[1][0] : width - kept[1][1]] = 0
    return Canvas(image=Image.fromarray(canvas), mask=Image.fromarray(mask), box=Box(0, 0, width, height))


def soft_mask(image: Image.Image, content: MaskedContent, blur_x: float, blur_y: float) -> Mask:
    """A brush's mask of the whole picture: full where it is white, and soft around that."""
    return Mask(
        image=image,
        blur_x=blur_x,
        blur_y=blur_y,
        inverted=False,
        only_masked=False,
        padding=0,
        content=content,
        rounded=True,
        colour_match=ColourMatch.none,
        soft=None,
    )
