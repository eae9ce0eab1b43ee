import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.imaging.load import load_picture, read_infotext
from studio.imaging.metadata import SUFFIXES, encoded
from tests.fakes import noisy

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text.strip() == text)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(text=TEXTS)
def test_every_format_gives_the_infotext_back(suffix, text):
    said = f"{text}\nNegative prompt: {text}\nSteps: 20, Seed: 1"
    assert read_infotext(encoded(Image.new("RGB", (8, 8)), said, suffix)) == said


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_without_infotext_says_none(suffix):
    assert read_infotext(encoded(noisy(), "", suffix)) == ""


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_png_and_lossless_webp_keep_every_byte(mode):
    picture = noisy(mode=mode)
    assert load_picture(encoded(picture, "a")) == picture
    assert load_picture(encoded(picture, "a", "webp", lossless=True)) == picture


def test_jpeg_takes_a_transparent_picture():
    with Image.open(io.BytesIO(encoded(noisy(mode="RGBA"), "a", "jpg"))) as file:
        assert (file.format, file.mode) == ("JPEG", "RGB")
