import base64
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from studio.domain.errors import BrokenFile
from studio.imaging.load import LARGEST, flattened, load_base64, load_path, load_picture, read_infotext
from tests.fakes import noisy

DAMAGED = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
"""Pillow warns of metadata that it leaves aside; in the studio that is a line in the log."""


def as_file(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises more than there is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + end


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_png_comes_in_exactly_and_plain(mode):
    loaded = load_picture(as_file(noisy(mode=mode)))
    assert loaded == noisy(mode=mode)
    assert type(loaded) is Image.Image


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_270),
        (8, Image.Transpose.ROTATE_90),
    ],
)
def test_a_turned_photograph_is_set_upright(orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert load_picture(as_file(noisy(40, 20), exif=exif)) == noisy(40, 20).transpose(turn)


@DAMAGED
def test_damaged_exif_data_is_no_reason_to_refuse_a_picture():
    data = as_file(Image.new("RGB", (8, 8)), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert load_picture(data).size == (8, 8)


def test_sixteen_bits_become_eight_without_clipping():
    deep = Image.fromarray(np.array([[0, 257, 32768, 65535]], np.uint16))
    assert list(load_picture(as_file(deep)).tobytes()) == [0, 1, 128, 255]


def test_sixteen_bit_colours_keep_their_upper_byte():
    pixels = np.array([[[65535, 256 * 7, 0]]], np.uint16).astype(">u2").tobytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" + pixels))
    assert load_picture(data + chunk(b"IEND", b"")).getpixel((0, 0)) == (255, 7, 0)


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_floating_point_greys_are_taken_by_their_range(white):
    grey = Image.fromarray(np.array([[0, white / 2, white, float("nan")]], np.float32))
    assert list(load_picture(as_file(grey, "TIFF")).tobytes()) == [0, 128, 255, 0]


def test_a_cmyk_jpeg_becomes_rgb():
    loaded = load_picture(as_file(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = loaded.getpixel((4, 4))
    assert loaded.mode == "RGB"
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_a_profile_that_does_not_fit_a_cmyk_picture_is_left_aside():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    loaded = load_picture(as_file(Image.new("CMYK", (8, 8), (0, 0, 0, 255)), "JPEG", icc_profile=profile))
    assert max(loaded.getpixel((4, 4))) < 10


def test_a_palette_keeps_its_transparency():
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 0), 1)
    loaded = load_picture(as_file(palette, transparency=0))
    assert (loaded.mode, loaded.getpixel((0, 0)), loaded.getpixel((1, 0))) == ("RGBA", (255, 0, 0, 0), (0, 0, 255, 255))
    assert load_picture(as_file(palette)).mode == "RGB"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM", "TGA", "ICO"])
def test_every_usual_format_is_read(kind):
    assert load_picture(as_file(Image.new("RGB", (16, 16), (200, 100, 50)), kind)).size == (16, 16)


def test_one_bit_becomes_grey():
    assert load_picture(as_file(Image.new("1", (3, 3), 1))) == Image.new("L", (3, 3), 255)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = as_file(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
    assert flattened(load_picture(data), "#ffffff").getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty file"),
        (b"not a picture", "known format"),
        (as_file(noisy(), "EPS"), "known format"),
        (as_file(noisy())[:-40], "cut off"),
        (as_file(noisy())[:20], "read"),
        (as_file(noisy(), "JPEG")[:300], "cut off"),
        (as_file(noisy(), "WEBP")[:100], "read"),
        (png_of_size(0, 64), "read|format|empty"),
    ],
    ids=["empty", "text", "a program", "truncated", "header only", "truncated jpeg", "truncated webp", "no pixels"],
)
def test_what_cannot_be_read_is_said_to_be_broken(data, says):
    with pytest.raises(BrokenFile, match=says):
        load_picture(data)


@pytest.mark.parametrize("side", [9500, 14200, 60000])
def test_a_bomb_is_refused_by_its_size_before_it_is_unpacked(side):
    with pytest.raises(BrokenFile, match=r"too large.*Make it smaller"):
        load_picture(png_of_size(side, side))


def test_the_limit_leaves_room_for_every_photograph():
    assert LARGEST >= 80_000_000


@DAMAGED
@given(st.data())
def test_damaged_files_are_refused_or_read_but_never_crash(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"]))
    file = bytearray(as_file(noisy(24, 24), kind))
    for place in data.draw(st.lists(st.integers(0, len(file) - 1), min_size=1, max_size=8)):
        file[place] = data.draw(st.integers(0, 255))
    try:
        loaded = load_picture(bytes(file))
    except BrokenFile:
        return
    assert loaded.mode in ("L", "RGB", "RGBA")


def test_base64_is_taken_as_clients_send_it():
    picture = noisy(9, 9)
    text = base64.b64encode(as_file(picture)).decode()
    lines = "\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    for sent in (text, f"data:image/png;base64,{text}", lines, text.rstrip("=")):
        assert load_base64(sent) == picture


@pytest.mark.parametrize("text", ["data:image/png;base64,?", "é", "", "AAAAA"])
def test_text_that_is_not_a_picture_in_base64_is_refused(text):
    with pytest.raises(BrokenFile):
        load_base64(text)


def test_a_file_is_read_by_its_path(tmp_path):
    (tmp_path / "a.png").write_bytes(as_file(noisy()))
    assert load_path(tmp_path / "a.png") == noisy()
    with pytest.raises(BrokenFile, match=r"gone\.png"):
        load_path(tmp_path / "gone.png")


def test_transparency_lies_on_the_background_colour():
    half = Image.new("RGBA", (1, 1), (0, 0, 0, 127))
    assert flattened(Image.new("RGBA", (1, 1), (9, 9, 9, 0)), "#ff0000").getpixel((0, 0)) == (255, 0, 0)
    assert flattened(half, "#ffffff").getpixel((0, 0)) == (128, 128, 128)
    assert flattened(noisy(mode="L"), "#ffffff") == noisy(mode="L").convert("RGB")


def test_a_file_that_says_nothing_has_no_infotext(tmp_path):
    (tmp_path / "a.png").write_bytes(as_file(noisy()))
    assert read_infotext(tmp_path / "a.png") == ""
    assert read_infotext(as_file(noisy(), "JPEG")) == ""


def test_comments_of_other_programs_are_read():
    for comment in (b"ASCII\0\0\0a cat", b"\0\0\0\0\0\0\0\0a cat", b"UNICODE\0" + "a cat".encode("utf-16-le")):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = comment
        assert read_infotext(as_file(noisy(), "JPEG", exif=exif)) == "a cat"
    assert read_infotext(as_file(noisy().convert("P"), "GIF", comment=b"a cat")) == "a cat"
    with pytest.raises(BrokenFile):
        read_infotext(b"nothing")
