"""An extension for the tests of the editors: one preprocessor sees the same figure always, one sees sky over grass.

It is copied into the extensions folder of the studio under test.
"""

from PIL import Image

from studio.controlnet.class_colours import class_colours
from studio.controlnet.pose_maps import pose_map
from studio.controlnet.poses import Pose
from studio.domain.things import preprocessor

FIGURE = (
    *((0.5, 0.2), (0.5, 0.3), (0.4, 0.3), (0.35, 0.45), (0.3, 0.6), (0.6, 0.3), (0.65, 0.45), (0.7, 0.6)),
    *((0.45, 0.6), (0.44, 0.75), (0.43, 0.9), (0.55, 0.6), (0.56, 0.75), (0.57, 0.9)),
    *((0.47, 0.17), (0.53, 0.17), None, None),
)
COLOURS = {each.name: each.colour for each in class_colours()}


@preprocessor("one_figure", types=("OpenPose",))
def one_figure(image: Image.Image, resolution: int) -> Image.Image:
    return pose_map(image, resolution, lambda pixels: [Pose(body=FIGURE)])


@preprocessor("sky_and_grass", types=("Segmentation",))
def sky_and_grass(image: Image.Image, resolution: int) -> Image.Image:
    made = Image.new("RGB", image.size, COLOURS["sky"])
    made.paste(COLOURS["grass"], (0, image.height // 2, image.width, image.height))
    return made
