"""Pictures as clients send them and as answers carry them. Another way to send one is a branch of `Pictures.data`."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL.Image import Image

from studio.api.fetching import fetching_of, is_address
from studio.domain.settings import Settings
from studio.imaging.load import bytes_of_base64, load_picture
from studio.imaging.metadata import encoded


@dataclass(frozen=True, slots=True)
class Pictures:
    """Base64, with or without a data prefix, or an http(s) address, as far as `settings` allow it."""

    settings: Callable[[], Settings]

    def data(self, text: str) -> bytes:
        """Raises BadRequest, BrokenFile. An address may take half a minute."""
        text = text.strip()
        return fetching_of(self.settings()).fetch(text) if is_address(text) else bytes_of_base64(text)

    def load(self, text: str) -> Image:
        return load_picture(self.data(text))


def base64_of(image: Image, infotext: str = "") -> str:
    return base64.b64encode(encoded(image, infotext)).decode()


def base64_of_file(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
