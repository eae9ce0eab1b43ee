"""Where the pixels of a picture land in the picture that is drawn, as a map from points to points, so that two ways in
a row are one. Pictures (`resize.py`), masks and control maps share it. A new way to fit is one branch of `fitted`.
"""

from dataclasses import dataclass
from typing import Self

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import ResizeMode

FloatBox = tuple[float, float, float, float]
"""left, top, right, bottom; between pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """The point (x, y) of a picture comes to (x * scale_x + left, y * scale_y + top) of a picture of `size`."""

    scale_x: float
    scale_y: float
    left: float
    top: float
    size: Size

    def then(self, after: Self) -> Self:
        """This placement, and another one of what it gives."""
        return type(self)(
            scale_x=self.scale_x * after.scale_x,
            scale_y=self.scale_y * after.scale_y,
            left=self.left * after.scale_x + after.left,
            top=self.top * after.scale_y + after.top,
            size=after.size,
        )

    def covered(self, source: Size) -> Box:
        """The pixels of the result that the picture reaches; width or height 0 where it reaches none."""
        left, right = clipped(self.left, self.left + source.width * self.scale_x, self.size.width)
        top, bottom = clipped(self.top, self.top + source.height * self.scale_y, self.size.height)
        return Box(left, top, right, bottom)

    def seen(self, source: Size) -> FloatBox:
        """The part of the picture that lands on `covered`."""
        box = self.covered(source)
        horizontal = [min(max((x - self.left) / self.scale_x, 0), source.width) for x in (box.left, box.right)]
        vertical = [min(max((y - self.top) / self.scale_y, 0), source.height) for y in (box.top, box.bottom)]
        return horizontal[0], vertical[0], horizontal[1], vertical[1]


def clipped(low: float, high: float, limit: int) -> tuple[int, int]:
    first = min(max(round(low), 0), limit)
    return first, max(first, min(round(high), limit))


def fitted(source: Size, mode: ResizeMode, size: Size) -> Placement:
    """How a whole picture is brought to a size (features.md 2.13): stretched, or scaled to cover or to fit."""
    if mode in (ResizeMode.stretch, ResizeMode.latent):
        return centred(source, size, size)
    is_wider = size.width * source.height > size.height * source.width
    if is_wider == (mode is ResizeMode.crop):
        scaled = Size(size.width, max(1, source.height * size.width // source.width))
    else:
        scaled = Size(max(1, source.width * size.height // source.height), size.height)
    return centred(source, scaled, size)


def centred(source: Size, scaled: Size, size: Size) -> Placement:
    """Scaled, and put into the middle as A1111 does."""
    return Placement(
        scale_x=scaled.width / source.width,
        scale_y=scaled.height / source.height,
        left=size.width // 2 - scaled.width // 2,
        top=size.height // 2 - scaled.height // 2,
        size=size,
    )


def framed(framing: Framing) -> Placement:
    """What the redrawn picture itself goes through: its box, brought to the working size."""
    cut = Placement(scale_x=1, scale_y=1, left=-framing.box.left, top=-framing.box.top, size=framing.box.size)
    return cut.then(fitted(framing.box.size, framing.mode, framing.size))


def pixel_perfect(source: Size, mode: ResizeMode, size: Size) -> int:
    """The length of the shorter side at which a preprocessor sees as many pixels as are drawn (features.md 3.6)."""
    scales = (size.height / source.height, size.width / source.width)
    return round((min(scales) if mode is ResizeMode.fill else max(scales)) * min(source))
