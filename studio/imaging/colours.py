"""A redrawn picture's colours brought to those of the picture that it came from. Another way is another `ColourMatch`.

Colour correction is A1111's (features.md 2.21) and looks at the whole picture; a colour match looks at what lies
around the mask, where both pictures show the same, so that whatever differs there is the fault of the model.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.request import ColourMatch

Bytes = NDArray[np.uint8]
Values = NDArray[np.float64]
LUMINOSITY = np.array([0.3, 0.59, 0.11])  # W3C Compositing and Blending 1, section 10
BORDER = 32  # pixels around the mask that the border match looks at
STEEPEST = 2.0  # a match never stretches contrast more than this, or flat surroundings would make noise of nothing


def corrected(image: Image.Image, target: Image.Image) -> Image.Image:
    """Histograms matched to the target's per channel of L*a*b*, then with the luminosity that the image had. RGB."""
    lab = np.asarray(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2LAB), np.uint8)
    goal = np.asarray(cv2.cvtColor(np.asarray(target), cv2.COLOR_RGB2LAB), np.uint8)
    tables = [histogram_table(lab[..., channel], goal[..., channel]) for channel in range(3)]
    coloured = np.stack([table[lab[..., channel]] for channel, table in enumerate(tables)], axis=-1)
    rgb = cv2.cvtColor(np.clip(coloured, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    return Image.fromarray(with_luminosity(np.asarray(rgb, np.uint8), np.asarray(image)))


def histogram_table(values: Bytes, goal: Bytes) -> Values:
    """For every value 0..255 the one of the same rank in the goal (histogram specification)."""
    ranks = np.cumsum(np.bincount(values.ravel(), minlength=256)) / values.size
    counts = np.bincount(goal.ravel(), minlength=256)
    there = np.flatnonzero(counts)
    return np.interp(ranks, np.cumsum(counts[there]) / goal.size, there)


def with_luminosity(colours: Bytes, light: Bytes) -> Bytes:
    """The W3C blend mode "luminosity": hue and saturation of `colours`, luminosity of `light`."""
    values = colours.astype(np.float64) / 255
    wanted = (light.astype(np.float64) / 255) @ LUMINOSITY
    values += (wanted - values @ LUMINOSITY)[..., None]
    lowest, highest, middle = values.min(-1, keepdims=True), values.max(-1, keepdims=True), wanted[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(lowest < 0, middle + (values - middle) * middle / (middle - lowest), values)
        values = np.where(highest > 1, middle + (values - middle) * (1 - middle) / (highest - middle), values)
    return np.clip(np.rint(np.nan_to_num(values) * 255), 0, 255).astype(np.uint8)


def matched(image: Image.Image, before: Image.Image, mask: Image.Image, match: ColourMatch) -> Image.Image:
    """The redrawn working picture with the colours that its surroundings had before. `mask` has the working size."""
    if match is ColourMatch.none:
        return image
    size = image.size
    around = surroundings(np.asarray(mask.resize(size)), BORDER if match is ColourMatch.border else 0)
    if not around.any():
        return image
    now, then = np.asarray(image), np.asarray(before.resize(size))
    make = border_table if match is ColourMatch.border else match_table
    tables = [make(now[..., channel][around], then[..., channel][around]) for channel in range(3)]
    return Image.fromarray(np.stack([table[now[..., channel]] for channel, table in enumerate(tables)], axis=-1))


def surroundings(mask: Bytes, width: int) -> NDArray[np.bool_]:
    """The kept pixels; with a width only those so near to the mask."""
    kept = mask == 0
    if not width:
        return kept
    near = cv2.dilate(np.asarray(~kept, np.uint8), np.ones((2 * width + 1, 2 * width + 1), np.uint8))
    return kept & (near > 0)


def border_table(now: Bytes, then: Bytes) -> Bytes:
    """For every value 0..255 the one that brings mean and deviation of `now` to those of `then`."""
    spread = float(now.std())
    steepness = min(max(float(then.std()) / spread, 1 / STEEPEST), STEEPEST) if spread > 1 else 1.0
    values = (np.arange(256) - now.mean()) * steepness + then.mean()
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def match_table(now: Bytes, then: Bytes) -> Bytes:
    """For every value 0..255 the one of the same rank; what `now` does not reach is moved as its nearest value is."""
    table, values = histogram_table(now, then), np.arange(256)
    lowest, highest = int(now.min()), int(now.max())
    table = np.where(values < lowest, values + table[lowest] - lowest, table)
    table = np.where(values > highest, values + table[highest] - highest, table)
    return np.clip(np.rint(table), 0, 255).astype(np.uint8)
