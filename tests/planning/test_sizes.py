import pytest
from PIL import Image

from studio.domain.geometry import Size
from studio.planning.sizes import SizeStory, hires_sizes, resize_by, size_story
from tests.fakes import hires_fix


def test_resize_by_counts_whole_pixels_of_the_picture():
    assert resize_by(Size(641, 333), 1.5) == (961, 499)
    assert resize_by(Size(641, 333), 0.001) == (1, 1)
    assert resize_by(Size(*Image.new("L", (513, 513)).size), 1.0) == (513, 513)


@pytest.mark.parametrize(
    ("asked", "mask", "only", "keep", "work", "result"),
    [
        (Size(512, 512), False, False, False, (512, 512), (512, 512)),
        (Size(517, 512), False, False, False, (512, 512), (512, 512)),
        (Size(513, 300), True, False, False, (512, 296), (513, 300)),
        (Size(512, 512), True, True, False, (512, 512), (513, 300)),
        (Size(512, 512), True, False, True, (512, 512), (513, 300)),
        (Size(512, 512), False, True, False, (512, 512), (512, 512)),
    ],
)
def test_the_story_of_a_size_is_told_before_anything_is_drawn(asked, mask, only, keep, work, result):
    told = size_story(Size(513, 300), asked, has_mask=mask, only_masked=only, keep_original_size=keep)
    assert told == SizeStory(source=Size(513, 300), work=Size(*work), result=Size(*result))


@pytest.mark.parametrize(
    ("first", "size", "scale", "target", "second"),
    [
        ((512, 512), (0, 0), 2.0, (1024, 1024), (1024, 1024)),
        ((512, 512), (0, 0), 1.15, (584, 584), (584, 584)),
        ((512, 768), (1024, 0), 2.0, (1024, 1536), (1024, 1536)),
        ((512, 768), (0, 768), 2.0, (512, 768), (512, 768)),
        ((512, 768), (1024, 1024), 2.0, (1024, 1536), (1024, 1024)),
        ((768, 512), (1024, 1024), 2.0, (1536, 1024), (1024, 1024)),
        ((512, 512), (1024, 1024), 1.0, (1024, 1024), (1024, 1024)),
    ],
)
def test_hires_fix_covers_the_asked_size_and_cuts_the_rest(first, size, scale, target, second):
    """features.md 2.1, Hires. fix"""
    assert hires_sizes(Size(*first), hires_fix(size=Size(*size), scale=scale)) == (target, second)
