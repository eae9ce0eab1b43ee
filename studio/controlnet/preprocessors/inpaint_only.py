"""inpaint_only: as inpaint, and the engine keeps what is not masked (`engine/hooks/controlnet_inpaint.py`)."""

from PIL import Image

from studio.domain.things import preprocessor


@preprocessor("inpaint_only", types=("Inpaint",), has_resolution=False)
def inpaint_only(image: Image.Image, resolution: int) -> Image.Image:
    return image.convert("RGB")
