"""What Python sees of a canvas, and what it may set."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio.domain.errors import BrokenFile, UnknownName
from studio.store.documents import Documents
from studio.ui.canvas.painting import CanvasMode, Painting, from_value, png, to_painting, to_value

PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8))


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


def painted(documents: Documents, mode: CanvasMode, **parts: Image.Image) -> Painting:
    painting = to_painting(documents, mode, {"image": PICTURE, **parts})
    assert painting
    return painting


def test_a_file_stays_as_it_is(documents: Documents, tmp_path: Path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a house\nSteps: 20")
    path = tmp_path / "00012-7.png"
    PICTURE.save(path, pnginfo=info)
    painting = to_painting(documents, CanvasMode.picture, path)
    assert painting
    assert painting.file().read_bytes() == path.read_bytes()
    assert painting.name == "00012-7.png"
    assert painting.infotext() == "a house\nSteps: 20"
    assert painting.picture().tobytes() == PICTURE.tobytes()


def test_values_travel_to_the_browser_and_back(documents: Documents):
    mask = Image.linear_gradient("L").resize(PICTURE.size)
    painting = painted(documents, CanvasMode.mask, mask=mask)
    value = to_value(painting, "inpaint", "7")
    assert (value["canvas"], value["set"], value["width"], value["height"]) == ("inpaint", "7", 32, 24)
    assert from_value(documents, CanvasMode.mask, value) == painting
    assert from_value(documents, CanvasMode.mask, to_value(None, "inpaint", "8")) is None
    assert from_value(documents, CanvasMode.mask, None) is None


def test_a_mask_keeps_its_greys(documents: Documents):
    mask = Image.linear_gradient("L").resize(PICTURE.size)
    painting = painted(documents, CanvasMode.mask, mask=mask)
    got = painting.mask()
    assert got
    assert got.mode == "L"
    assert got.tobytes() == mask.tobytes()
    assert painting.drawing() is None


def test_an_empty_mask_is_none(documents: Documents):
    assert painted(documents, CanvasMode.mask, mask=Image.new("L", PICTURE.size, 0)).mask() is None
    assert painted(documents, CanvasMode.mask).mask() is None


def test_a_colour_mask_selects_all_that_was_painted(documents: Documents):
    drawing = Image.new("RGBA", PICTURE.size)
    drawing.putpixel((3, 4), (200, 10, 10, 255))
    drawing.putpixel((4, 4), (200, 10, 10, 1))
    mask = painted(documents, CanvasMode.colour_mask, drawing=drawing).mask()
    assert mask
    assert (mask.getpixel((3, 4)), mask.getpixel((4, 4)), mask.getpixel((5, 4))) == (255, 255, 0)


def test_the_composite_fades_the_colour_only(documents: Documents):
    drawing = Image.new("RGBA", PICTURE.size)
    drawing.paste((255, 0, 0, 255), (0, 0, 8, 8))
    painting = painted(documents, CanvasMode.colour_mask, drawing=drawing)
    assert painting.composite().getpixel((2, 2)) == (255, 0, 0)
    assert painting.composite(0).tobytes() == PICTURE.tobytes()
    half = np.asarray(painting.composite(0.5)).astype(int)
    expected = (np.asarray(PICTURE).astype(int) + np.asarray(painting.composite()).astype(int)) / 2
    assert np.abs(half - expected).max() <= 1
    assert np.array_equal(half[8:, 8:], np.asarray(PICTURE)[8:, 8:])


def test_transparency_of_the_picture_stays(documents: Documents):
    picture = PICTURE.convert("RGBA")
    picture.putalpha(90)
    drawing = Image.new("RGBA", PICTURE.size)
    drawing.paste((255, 0, 0, 255), (0, 0, 8, 8))
    painting = to_painting(documents, CanvasMode.sketch, {"image": picture, "drawing": drawing})
    assert painting
    assert painting.composite().mode == "RGBA"
    assert painting.composite().getpixel((20, 20))[3] == 90
    assert painting.composite().getpixel((2, 2)) == (255, 0, 0, 255)


def test_a_mask_of_another_size_is_brought_to_the_picture(documents: Documents):
    mask = painted(documents, CanvasMode.mask, mask=Image.new("L", (8, 6), 255)).mask()
    assert mask
    assert mask.size == PICTURE.size


def test_another_canvas_takes_the_picture_without_copying(documents: Documents):
    sketch = painted(documents, CanvasMode.sketch, drawing=Image.new("RGBA", PICTURE.size, "red"))
    inpaint = to_painting(documents, CanvasMode.mask, sketch)
    assert inpaint
    assert inpaint.picture_key == sketch.picture_key
    assert inpaint.mask() is None
    assert to_painting(documents, CanvasMode.sketch, sketch) == sketch


def test_turned_pictures_are_upright(documents: Documents):
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    PICTURE.save(buffer, "JPEG", exif=exif)
    painting = to_painting(documents, CanvasMode.picture, buffer.getvalue())
    assert painting
    assert painting.size == painting.picture().size == (24, 32)


def test_what_is_not_kept_or_not_a_picture_is_refused(documents: Documents):
    value = dict(to_value(painted(documents, CanvasMode.mask), "inpaint", "1"))
    with pytest.raises(UnknownName, match="put it in again"):
        from_value(documents, CanvasMode.mask, {**value, "picture": "0" * 64})
    with pytest.raises(BrokenFile):
        to_painting(documents, CanvasMode.mask, b"no picture")


def test_png_is_exact():
    assert Image.open(io.BytesIO(png(PICTURE))).tobytes() == PICTURE.tobytes()
