"""none: the picture is a control map already."""

from PIL import Image

from studio.domain.things import preprocessor


@preprocessor("none", has_resolution=False)
def none(image: Image.Image, resolution: int) -> Image.Image:
    return image.convert("RGB")
