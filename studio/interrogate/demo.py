"""The demo world's reader, in words. Of any other picture it says what comes nearest in its world."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL.Image import Image

from studio.domain.things import Interrogator

if TYPE_CHECKING:
    from studio.networks.demo_reader_network import DemoReaderNetwork


def demo_interrogator(network: Callable[[], "DemoReaderNetwork"], aliases: tuple[str, ...] = ("clip",)) -> Interrogator:
    """`network` gives the bundled reader, loaded at the first use. "clip" is what clients ask for by default."""

    def describe(image: Image) -> str:
        from studio.networks.demo_reading import describe, pixels, read_pictures, summarize

        return describe(summarize(read_pictures(network(), pixels(image)[None]))[0])

    return Interrogator(name="Demo world", fields=(), describe=describe, aliases=aliases)
