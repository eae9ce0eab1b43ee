"""invert: dark lines on white paper become white lines on black."""

from PIL import Image, ImageOps

from studio.domain.things import preprocessor


@preprocessor(
    "invert",
    label="invert (from white bg & black line)",
    types=("Canny", "Lineart", "MLSD", "Scribble", "SoftEdge"),
    has_resolution=False,
)
def invert(image: Image.Image, resolution: int) -> Image.Image:
    return ImageOps.invert(image.convert("RGB"))
