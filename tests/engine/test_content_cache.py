"""What is kept between jobs, and what is told apart."""

from PIL import Image

from studio.engine.content_cache import ContentCache, fingerprint


def test_a_result_is_made_once_and_the_oldest_goes():
    cache, made = ContentCache(most=2), []

    def get(key):
        return cache.get(key, lambda: made.append(key) or key)

    for key in "aabacab":
        get(key)
    assert made == list("abcb")


def test_fingerprints_tell_pixels_sizes_and_modes_apart():
    images = [Image.new("RGB", (4, 2)), Image.new("RGB", (2, 4)), Image.new("L", (8, 3)), Image.new("RGB", (4, 2), 1)]
    assert len({fingerprint(image) for image in images}) == 4
    assert fingerprint(images[0]) == fingerprint(images[0].copy())
