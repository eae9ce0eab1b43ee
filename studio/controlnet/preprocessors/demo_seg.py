"""demo_seg: what each pixel of a picture of the demo world is, by the bundled reader, in ADE20K's colours."""

from PIL import Image

from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor

READER = "demo_reader.safetensors"


@preprocessor("demo_seg", types=("Segmentation",), needs=(READER,), has_resolution=False)
def demo_seg(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.networks.demo_reading import load_reader, segment_map

    path = weights.path(READER)
    return Image.fromarray(segment_map(weights.network(str(path), lambda device: load_reader(path, device)), image))
