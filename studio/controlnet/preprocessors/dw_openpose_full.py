"""dw_openpose_full: figures by newer networks than OpenPose's; hands and faces where the weights know them."""

from PIL import Image

from studio.controlnet.pose_maps import pose_map
from studio.controlnet.poses import Pose
from studio.controlnet.weight_files import PEOPLE, VIT_POSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels
from studio.domain.things import preprocessor


@preprocessor("dw_openpose_full", types=("OpenPose",), needs=(PEOPLE, VIT_POSE))
def dw_openpose_full(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.people_networks import people

    def find(pixels: Pixels) -> list[Pose]:
        return people(pixels, weights)

    return pose_map(image, resolution, find)
