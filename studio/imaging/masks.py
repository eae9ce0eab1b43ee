"""From the mask that was painted to the masks that work, and the box around one (features.md 2.4, 2.5).

White (255) is redrawn, black (0) is kept. Another rule about masks is another function here.
"""

import cv2
import numpy as np
from PIL import Image, ImageOps

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import Mask
from studio.imaging.resize import framed

HALF = 128


def working_mask(mask: Mask, size: Size) -> Image.Image:
    """Mode L, of the picture's size: grey or alpha, brought to the picture, inverted, and blurred, in this order."""
    grey = grey_of(mask.image, mask.rounded)
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    if mask.inverted:
        grey = ImageOps.invert(grey)
    return blurred(grey, mask.blur_x, mask.blur_y)


def grey_of(image: Image.Image, is_rounded: bool) -> Image.Image:
    """The alpha where there is any, for strokes all or nothing; else the brightness."""
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (255, 255):
            return alpha.point([255 * (value > HALF) for value in range(256)]) if is_rounded else alpha
    return image.convert("L")


def kernel_width(deviation: float) -> int:
    """A1111's: 5 deviations, and always odd."""
    return 2 * int(2.5 * deviation + 0.5) + 1


def blurred(mask: Image.Image, deviation_x: float, deviation_y: float) -> Image.Image:
    """A Gaussian along x, then one along y. What lies farther than a kernel from the mask is not looked at."""
    bounds = mask.getbbox()
    width, height = kernel_width(deviation_x), kernel_width(deviation_y)
    if bounds is None or width == height == 1:
        return mask
    left, top = max(0, bounds[0] - width), max(0, bounds[1] - height)
    right, bottom = min(mask.width, bounds[2] + width), min(mask.height, bounds[3] + height)
    pixels = np.array(mask)
    part = pixels[top:bottom, left:right]
    if width > 1:
        part = cv2.GaussianBlur(part, (width, 1), deviation_x)
    if height > 1:
        part = cv2.GaussianBlur(part, (1, height), deviation_y)
    pixels[top:bottom, left:right] = part
    return Image.fromarray(pixels)


def crop_box(mask: Image.Image, padding: int, aspect: Size) -> Box | None:
    """The masked area and its padding, grown to an aspect ratio as far as the picture goes; None if there is none."""
    bounds = mask.getbbox()
    if bounds is None:
        return None
    left, right = max(0, bounds[0] - padding), min(mask.width, bounds[2] + padding)
    top, bottom = max(0, bounds[1] - padding), min(mask.height, bounds[3] + padding)
    if (right - left) * aspect.height > (bottom - top) * aspect.width:
        top, bottom = grown(top, bottom, (right - left) * aspect.height // aspect.width, mask.height)
    else:
        left, right = grown(left, right, (bottom - top) * aspect.width // aspect.height, mask.width)
    return Box(left, top, right, bottom)


def grown(start: int, end: int, length: int, limit: int) -> tuple[int, int]:
    """A span of the wanted length around the given one, moved to lie within 0..limit, and cut where it cannot."""
    start -= (length - (end - start)) // 2
    start = min(max(0, start), max(0, limit - length))
    return start, min(start + length, limit)


def doubled(mask: Image.Image) -> Image.Image:
    """Redrawn in full from half on, so that the seam lies outside of the line at which latent cells change."""
    return mask.point([min(2 * value, 255) for value in range(256)])


def latent_mask(mask: Image.Image, framing: Framing) -> Image.Image:
    """The working mask (of the source's size) as it lies on the working picture."""
    return framed(mask, framing)
