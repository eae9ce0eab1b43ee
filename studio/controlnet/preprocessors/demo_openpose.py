"""demo_openpose: the figures of a picture of the demo world as coloured sticks, by the bundled reader."""

from PIL import Image

from studio.controlnet.demo_reader import READER, demo_reader
from studio.controlnet.pose_maps import pose_map
from studio.controlnet.poses import Pose
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels
from studio.domain.things import preprocessor


@preprocessor("demo_openpose", types=("OpenPose",), needs=(READER,))
def demo_openpose(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.networks.demo_reading import figures_of

    def find(pixels: Pixels) -> list[Pose]:
        found = figures_of(demo_reader(weights), pixels)
        return [Pose(body=tuple((float(x), float(y)) for x, y in joints)) for joints in found]

    return pose_map(image, resolution, find)
