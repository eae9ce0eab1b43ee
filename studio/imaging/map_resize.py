"""Control maps to another size without spoiling what they say: no mixed class colours, no grey or fat lines.

The rule by the number of colours is that of features.md 3.6. Another kind of map is one more branch in `resized_map`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.geometry import Box, Size
from studio.imaging.control_geometry import FloatBox

MOST_CLASSES = 200
"""A picture of fewer colours (and more than two) is a table of classes, not a photograph."""
DARK, BRIGHT = 16, 240
FAINT, FULL = 5, 250

Grey = NDArray[np.uint8]


def resized_map(image: Image.Image, size: Size, box: FloatBox | None = None) -> Image.Image:
    """RGB. `box` is the part to take, in fractions of pixels; the same picture when nothing is to be done."""
    whole = (0.0, 0.0, float(image.width), float(image.height))
    box = box or whole
    if image.size == size and box == whole:
        return image
    colours = count_colours(image)
    is_smaller = size.width < box[2] - box[0] or size.height < box[3] - box[1]
    if 2 < colours < MOST_CLASSES:
        return image.resize(size, Image.Resampling.NEAREST, box=box)
    resized = image.resize(size, Image.Resampling.BOX if is_smaller else Image.Resampling.BICUBIC, box=box)
    return two_colours(image, resized) if is_binary(image, colours) else resized


def count_colours(image: Image.Image) -> int:
    """Of an RGB picture; counting stops at MOST_CLASSES."""
    found = image.getcolors(MOST_CLASSES)
    return len(found) if found else MOST_CLASSES


def is_binary(image: Image.Image, colours: int) -> bool:
    pixels = np.asarray(image)
    return colours == 2 and int(pixels.min()) < DARK and int(pixels.max()) > BRIGHT


def two_colours(before: Image.Image, resized: Image.Image) -> Image.Image:
    """Black and white again after resizing; one-pixel lines stay one pixel wide."""
    grey = np.asarray(resized.convert("L"))
    if has_thin_lines(np.asarray(before.convert("L"))):
        lines = thinned(otsu(ridges(grey)))
        return Image.fromarray(lines).convert("RGB")
    return Image.fromarray(otsu(grey)).convert("RGB")


def otsu(grey: Grey) -> Grey:
    """Black and white by Otsu's threshold (1979)."""
    return np.asarray(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)


def has_thin_lines(grey: Grey) -> bool:
    """Whether most of what is white would be gone after one erosion."""
    white = grey > 127
    kept = np.asarray(cv2.erode(white.astype(np.uint8), np.ones((2, 2), np.uint8)))
    return bool(white.any()) and 2 * int(kept.sum()) < int(white.sum())


def ridges(grey: Grey) -> Grey:
    """What is as bright as its brightest neighbour in one of four directions across; the rest black."""
    shapes = [
        np.array(rows, np.uint8)
        for rows in (
            [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
            [[0, 1, 0], [0, 1, 0], [0, 1, 0]],
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
        )
    ]
    is_ridge = np.any([cv2.dilate(grey, shape) == grey for shape in shapes], axis=0)
    return np.where(is_ridge, grey, 0).astype(np.uint8)


def thinned(lines: Grey) -> Grey:
    """Lines one pixel wide that join what was joined (Zhang and Suen, 1984)."""
    white = np.pad(lines > 127, 1)
    while True:
        before = int(white.sum())
        for step in (0, 1):
            white &= ~removable(white, step)
        if int(white.sum()) == before:
            return (white[1:-1, 1:-1] * 255).astype(np.uint8)


def removable(white: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """The border pixels that may go: two to six neighbours, one run of them, and open to the side of this step."""
    shifts = [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)]  # north, then clockwise
    around = [np.roll(white, shift, axis=(0, 1)) for shift in shifts]
    count = np.sum(around, axis=0)
    runs = np.sum([~around[i] & around[(i + 1) % 8] for i in range(8)], axis=0)
    north, east, south, west = around[0], around[2], around[4], around[6]
    sides = ~(north & east & south) & ~(east & south & west)
    if step:
        sides = ~(north & east & west) & ~(north & south & west)
    return white & (count >= 2) & (count <= 6) & (runs == 1) & sides


def laid_out(image: Image.Image, box: Box, size: Size) -> Image.Image:
    """The map in a picture of `size`; the bands around it have the median colour of the map's border."""
    if image.size == size:
        return image
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    red, green, blue = (int(value) for value in np.median(border, axis=0))
    result = Image.new("RGB", size, (red, green, blue))
    result.paste(image, (box.left, box.top))
    return result


def looks_like_strokes(mask: Image.Image) -> bool:
    """Whether something, but not everything, is drawn: then the strokes are the control picture (S104)."""
    lowest, highest = mask.convert("L").getextrema()
    return not (int(str(highest)) <= FAINT or int(str(lowest)) >= FULL)
