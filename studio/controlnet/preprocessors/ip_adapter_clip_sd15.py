"""ip-adapter_clip_sd15: the picture itself, for IP-Adapters that see with CLIP ViT-H (`engine/clip_vision.py`)."""

from PIL import Image

from studio.controlnet.weight_files import CLIP_H
from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor


@preprocessor(
    "ip-adapter_clip_sd15",
    label="ip-adapter_clip_h",
    aliases=("ip-adapter_clip_sdxl_plus_vith",),
    types=("IP-Adapter",),
    has_resolution=False,
    needs=(CLIP_H,),
)
def ip_adapter_clip_sd15(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    weights.path(CLIP_H)  # the engine loads it; without it there is nothing to wait for
    return image.convert("RGB")
