"""inpaint_global_harmonious: the picture; its masked part is left to the network, the rest may change as well."""

from PIL import Image

from studio.domain.things import preprocessor


@preprocessor("inpaint", label="inpaint_global_harmonious", types=("Inpaint",), has_resolution=False)
def inpaint(image: Image.Image, resolution: int) -> Image.Image:
    return image.convert("RGB")
