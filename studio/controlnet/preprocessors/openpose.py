"""openpose: the figures' bodies as coloured sticks."""

from PIL import Image

from studio.controlnet.poses import drawn
from studio.controlnet.weight_files import BODY_POSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.geometry import Size
from studio.domain.things import preprocessor


@preprocessor("openpose", types=("OpenPose",), needs=(BODY_POSE,))
def openpose(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.pose_networks import openpose as poses_of

    def detect(pixels: Pixels) -> Pixels:
        found = poses_of(pixels, weights, has_hands=False, has_face=False)
        return drawn(found, Size(pixels.shape[1], pixels.shape[0]))

    return at_working_size(image, resolution, detect)
