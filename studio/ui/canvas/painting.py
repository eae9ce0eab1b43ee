"""What a canvas holds, as Python sees it. A new thing that a canvas can hold is a field here and in `to_value`."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypedDict

from PIL import Image as Images
from PIL.Image import Image

from studio.domain.geometry import Size
from studio.imaging.load import load_picture, opened
from studio.store.documents import Documents


class CanvasMode(StrEnum):
    """What can be painted. `picture`: nothing; `sketch`: colours; `mask`: a selection; `colour_mask`: both at once."""

    picture = "picture"
    sketch = "sketch"
    mask = "mask"
    colour_mask = "colour_mask"


class CanvasValue(TypedDict):
    """What travels between browser and server: keys of bytes that the documents keep, never the bytes themselves.

    `set` tells one value that Python has set from the next, so that the browser takes each up once.
    """

    canvas: str
    set: str
    picture: str | None
    name: str
    width: int
    height: int
    drawing: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Painting:
    """A picture, and what was painted over it. Nothing is read from the disk before it is asked for.

    `name`: the file's name when it was put in. `size`: of the upright picture. The keys are those of `documents`.
    """

    documents: Documents
    mode: CanvasMode
    picture_key: str
    drawing_key: str | None
    name: str
    size: Size

    def file(self) -> Path:
        """The original file, byte for byte as it was put in; its name on the disk is its hash."""
        return self.documents.path(self.picture_key)

    def infotext(self) -> str:
        """The generation parameters that the file carries; empty where it carries none."""
        with opened(self.file().read_bytes()) as file:
            return str(file.info.get("parameters", ""))

    def picture(self) -> Image:
        """The picture without the drawing, upright: mode L, RGB or RGBA, the file's own pixels. Raises BrokenFile."""
        return load_picture(self.documents.read(self.picture_key))

    def drawing(self) -> Image | None:
        """RGBA at the picture's size, transparent where nothing was painted. None: nothing drawn, or a mask canvas."""
        if self.drawing_key is None or self.mode is CanvasMode.mask:
            return None
        return self._drawn().convert("RGBA")

    def mask(self) -> Image | None:
        """L at the picture's size, white is selected; None where nothing is.

        A mask canvas keeps the greys of soft brushes. A colour mask selects all that was painted, however faintly.
        """
        if self.drawing_key is None:
            return None
        drawn = self._drawn()
        if self.mode is CanvasMode.mask:
            grey = drawn.getchannel("A") if drawn.mode == "RGBA" else drawn.convert("L")
        else:
            grey = drawn.convert("RGBA").getchannel("A").point([0] + [255] * 255)
        return grey if grey.getbbox() else None

    def composite(self, opacity: float = 1.0) -> Image:
        """The picture with the drawing over it (RGB, or RGBA where the picture is), faded to an opacity of 0 to 1."""
        picture, drawing = self.picture(), self.drawing()
        if drawing is None:
            return picture
        drawing.putalpha(drawing.getchannel("A").point([round(level * opacity) for level in range(256)]))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        return Images.alpha_composite(picture.convert("RGBA"), drawing).convert(mode)

    def with_mode(self, mode: CanvasMode) -> Self:
        """The same picture for a canvas of another kind, without the drawing unless both kinds paint the same."""
        return self if mode is self.mode else replace(self, mode=mode, drawing_key=None)

    def _drawn(self) -> Image:
        assert self.drawing_key is not None
        return load_picture(self.documents.read(self.drawing_key))


def from_value(documents: Documents, mode: CanvasMode, value: Mapping[str, Any] | None) -> Painting | None:
    """What the browser sent; None for an empty canvas. Raises UnknownName where the bytes are not kept any more."""
    if not value or not value.get("picture"):
        return None
    drawing = value.get("drawing") if mode is not CanvasMode.picture else None
    for key in (value["picture"], drawing):
        if key:
            documents.path(key)
    return Painting(
        documents=documents,
        mode=mode,
        picture_key=value["picture"],
        drawing_key=drawing or None,
        name=str(value.get("name") or "picture.png"),
        size=Size(int(value["width"]), int(value["height"])),
    )


Settable = Painting | Image | bytes | str | Path | Mapping[str, Any] | None


def to_painting(documents: Documents, mode: CanvasMode, value: Settable) -> Painting | None:
    """A painting of what Python wants shown. Raises BrokenFile.

    A path or bytes (kept as they are), a picture (kept as PNG), another canvas's painting, or
    `{"image": any of these, "mask": L picture | "drawing": RGBA picture, "name": file name}`. A mask or drawing of
    another size is brought to the picture's.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return _plain(documents, mode, value)
    image = value.get("image")
    painting = None if image is None else _plain(documents, mode, image)
    if painting is None:
        return None
    drawn = value.get("mask") if mode is CanvasMode.mask else value.get("drawing")
    if drawn is not None and mode is not CanvasMode.picture:
        fitting = drawn.convert("L" if mode is CanvasMode.mask else "RGBA")
        if fitting.size != painting.size:
            fitting = fitting.resize(painting.size, Images.Resampling.BILINEAR)
        painting = replace(painting, drawing_key=documents.keep(png(fitting)))
    return replace(painting, name=str(value.get("name") or painting.name))


def to_value(painting: Painting | None, canvas: str, number: str) -> CanvasValue:
    """What the browser gets. `number` is a new one for every value that Python sets."""
    if painting is None:
        return CanvasValue(canvas=canvas, set=number, picture=None, name="", width=0, height=0, drawing=None)
    return CanvasValue(
        canvas=canvas,
        set=number,
        picture=painting.picture_key,
        name=painting.name,
        width=painting.size.width,
        height=painting.size.height,
        drawing=painting.drawing_key,
    )


def png(image: Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _plain(documents: Documents, mode: CanvasMode, value: Any) -> Painting:
    if isinstance(value, Painting):
        return value.with_mode(mode)
    if isinstance(value, Image):
        data, name, size = png(value), "picture.png", Size(*value.size)
    else:
        data = value if isinstance(value, bytes) else Path(value).read_bytes()
        name = "picture.png" if isinstance(value, bytes) else Path(value).name
        size = Size(*load_picture(data).size)
    key = documents.keep(data)
    return Painting(documents=documents, mode=mode, picture_key=key, drawing_key=None, name=name, size=size)
