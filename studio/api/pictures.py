"""Pictures as answers carry them: base64 without a prefix."""

import base64
from pathlib import Path

from PIL.Image import Image

from studio.imaging.metadata import encoded


def base64_of(image: Image, infotext: str = "") -> str:
    return base64.b64encode(encoded(image, infotext)).decode()


def base64_of_file(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
