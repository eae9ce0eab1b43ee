"""tile_colorfix+sharp: as tile_colorfix, and the engine mixes fine detail of the picture in as well."""

from PIL import Image

from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "tile_colorfix+sharp",
    Slider(name="variation", label="Variation", minimum=3, maximum=32, default=8),
    Slider(name="sharpness", label="Sharpness", minimum=0, maximum=2, step=0.01, default=1.0),
    types=("Tile",),
    has_resolution=False,
)
def tile_colorfix_sharp(image: Image.Image, resolution: int, *, variation: int, sharpness: float) -> Image.Image:
    return image.convert("RGB")
