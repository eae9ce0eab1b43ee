"""openpose_face: bodies and faces."""

from PIL import Image

from studio.controlnet.poses import drawn
from studio.controlnet.weight_files import BODY_POSE, FACE_POSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.geometry import Size
from studio.domain.things import preprocessor


@preprocessor(
    "openpose_face",
    types=("OpenPose",),
    needs=(
        BODY_POSE,
        FACE_POSE,
    ),
)
def openpose_face(image: Image.Image, resolution: int, weights: Weights) -> Image.Image:
    from studio.controlnet.pose_networks import openpose

    def detect(pixels: Pixels) -> Pixels:
        found = openpose(pixels, weights, has_hands=False, has_face=True)
        return drawn(found, Size(pixels.shape[1], pixels.shape[0]))

    return at_working_size(image, resolution, detect)
