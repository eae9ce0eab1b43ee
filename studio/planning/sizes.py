"""Which size a picture comes in, is worked on, and goes out at. A rule about sizes is one function here.

`SizeStory` is what the page says under the sliders ("in 640x480 -> work 640x480 -> out 640x480").
"""

from dataclasses import dataclass

from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing
from studio.domain.request import HiresFix, InitImage, ResizeMode


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeStory:
    source: Size
    work: Size
    result: Size


def resize_by(source: Size, scale: float) -> Size:
    """What "Resize by" asks for, whatever model it is for."""
    return Size(*(max(1, int(side * scale)) for side in source))


def size_story(source: Size, asked: Size, *, has_mask: bool, only_masked: bool, keep_original_size: bool) -> SizeStory:
    work = asked.snapped()
    keeps = keep_original_size or asked == source or (has_mask and only_masked)
    return SizeStory(source=source, work=work, result=source if keeps else work)


def whole_framing(init: InitImage, asked: Size) -> Framing:
    """The picture or its box. One of the asked size is only stretched to what a model can work at, so that no row of
    it is cut off.

    A latent resize has nothing to do where the size stays, or where nothing is redrawn.
    """
    source, size, mode = Size(*init.image.size), asked.snapped(), init.resize_mode
    box = init.box or Box(0, 0, *source)
    if asked == box.size or (mode is ResizeMode.latent and (init.box or init.strength == 0 or size == source)):
        mode = ResizeMode.stretch
    return Framing(source=source, box=box, mode=mode, size=size)


def crop_framing(init: InitImage, box: Box, asked: Size) -> Framing:
    """The box is scaled as a whole; where it lacks the asked proportions, its outermost rows are repeated."""
    return Framing(source=Size(*init.image.size), box=box, mode=ResizeMode.fill, size=asked.snapped())


def restores_original(init: InitImage, asked: Size, *, only_masked: bool) -> bool:
    """Whether the result is the original with its redrawn part, at its own size. A box is a result by itself."""
    return init.box is None and (only_masked or asked == init.image.size or init.keep_original_size)


def hires_sizes(first: Size, hires: HiresFix) -> tuple[Size, Size]:
    """(what the first picture is enlarged to, what is cut out of it and redrawn); multiples of 8."""
    width, height = hires.size
    if not width and not height:
        target = resize_by(first, hires.scale).snapped()
        return target, target
    if not width or not height:
        target = Size(width or height * first.width // first.height, height or width * first.height // first.width)
        return target.snapped(), target.snapped()
    second = hires.size.snapped()
    if first.width * second.height < second.width * first.height:
        return Size(second.width, second.width * first.height // first.width).snapped(), second
    return Size(second.height * first.width // first.height, second.height).snapped(), second
