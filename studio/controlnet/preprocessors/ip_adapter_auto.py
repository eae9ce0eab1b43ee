"""ip-adapter-auto: the picture itself; the IP-Adapter that is chosen tells which CLIP network looks at it."""

from PIL import Image

from studio.domain.things import preprocessor


@preprocessor("ip-adapter-auto", types=("IP-Adapter",), has_resolution=False)
def ip_adapter_auto(image: Image.Image, resolution: int) -> Image.Image:
    return image.convert("RGB")
