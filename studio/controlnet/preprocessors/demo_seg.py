"""demo_seg: what each pixel of a picture of the demo world is, by the bundled reader, in ADE20K's colours."""

from PIL import Image

from studio.controlnet.demo_reader import READER, demo_reader
from studio.controlnet.weights import Weights
from studio.domain.things import preprocessor


@preprocessor("demo_seg", types=("Segmentation",), needs=(READER,), has_resolution=False)
def demo_seg(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.networks.demo_reading import segment_map

    return Image.fromarray(segment_map(demo_reader(weights), image))
