"""tile_colorfix: the picture itself; the engine then holds its broad colours (`engine/hooks/controlnet_tile.py`)."""

from PIL import Image

from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "tile_colorfix",
    Slider(name="variation", label="Variation", minimum=3, maximum=32, default=8),
    types=("Tile",),
    has_resolution=False,
)
def tile_colorfix(image: Image.Image, resolution: int, *, variation: int) -> Image.Image:
    return image.convert("RGB")
