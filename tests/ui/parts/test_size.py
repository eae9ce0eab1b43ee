import pytest

from studio.domain.errors import BadRequest
from studio.domain.geometry import Size
from studio.ui.parts import size

TYPED = {"size_by": "Resize to", "width": 640, "height": 512.0, "scale": 1.5}


def test_resize_to_is_what_was_typed():
    assert size.read(TYPED, Size(100, 100)) == Size(640, 512)


def test_resize_by_multiplies_the_picture():
    assert size.read({**TYPED, "size_by": "Resize by"}, Size(513, 300)) == Size(769, 450)


def test_resize_by_needs_a_picture():
    with pytest.raises(BadRequest, match="Put in a picture first"):
        size.read({**TYPED, "size_by": "Resize by"})


def test_what_is_shown_reads_as_the_same_size():
    assert size.read({**TYPED, "size_by": "Resize by", **size.show(Size(96, 200))}) == Size(96, 200)


@pytest.mark.parametrize(
    ("picture", "native", "expected"),
    [
        (Size(256, 256), Size(512, 512), Size(512, 512)),
        (Size(768, 512), Size(256, 256), Size(312, 208)),
        (Size(6000, 3000), Size(1024, 1024), Size(1448, 728)),
        (Size(10, 4000), Size(512, 512), Size(64, 2048)),
    ],
)
def test_a_picture_sets_its_shape_at_the_models_pixel_count(picture: Size, native: Size, expected: Size):
    assert size.fitting(picture, native) == expected


def told(picture: Size | None, asked: Size, **flags: bool) -> str:
    usual = {"has_mask": False, "only_masked": False, "keeps_original": True}
    return size.way_html(picture, asked, **usual | flags)


def test_the_way_of_a_picture_is_told_in_three_steps_only_where_they_differ():
    assert told(None, Size(512, 512)) == size.way_of(("out", Size(512, 512)))
    assert told(Size(768, 512), Size(384, 256)) == size.way_of(("in", Size(768, 512)), ("out", Size(384, 256)))
    assert told(Size(513, 513), Size(513, 513)) == size.way_of(
        ("in", Size(513, 513)), ("work", Size(512, 512)), ("out", Size(513, 513))
    )


def test_a_mask_brings_the_result_back_to_the_pictures_size():
    back = size.way_of(("in", Size(768, 512)), ("work", Size(256, 256)), ("out", Size(768, 512)))
    assert told(Size(768, 512), Size(256, 256), has_mask=True) == back
    assert told(Size(768, 512), Size(256, 256), has_mask=True, only_masked=True, keeps_original=False) == back
    assert told(Size(768, 512), Size(256, 256), has_mask=True, keeps_original=False) != back
