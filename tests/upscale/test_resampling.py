import pytest

from studio.upscale.resampling import LANCZOS, NEAREST, NONE
from tests.fakes import noisy


@pytest.mark.parametrize("upscaler", [LANCZOS, NEAREST, NONE], ids=lambda each: each.name)
@pytest.mark.parametrize(("scale", "size"), [(2, (20, 14)), (1.5, (15, 10)), (0.01, (1, 1))])
def test_a_side_has_the_asked_length(upscaler, scale, size):
    assert upscaler.upscale(noisy(10, 7), scale).size == size


def test_nearest_repeats_pixels():
    small = noisy(4, 4)
    assert NEAREST.upscale(small, 3).resize((4, 4), 0).tobytes() == small.tobytes()
