"""openpose: the figures' bodies as coloured sticks."""

from PIL import Image

from studio.controlnet.pose_maps import pose_map
from studio.controlnet.poses import Pose
from studio.controlnet.weight_files import BODY_POSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels
from studio.domain.things import preprocessor


@preprocessor("openpose", types=("OpenPose",), needs=(BODY_POSE,))
def openpose(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.pose_networks import openpose as figures

    def find(pixels: Pixels) -> list[Pose]:
        return figures(pixels, weights, has_hands=False, has_face=False)

    return pose_map(image, resolution, find)
