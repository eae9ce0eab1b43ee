"""Figures by transformers' networks: RT-DETR finds the people, ViTPose their joints. Another one gives `Pose`s too."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from studio.controlnet.networks import Network, as_tensor, device_of, from_folder
from studio.controlnet.poses import Point, Points, Pose
from studio.controlnet.weight_files import PEOPLE, VIT_POSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels
from studio.domain.errors import BrokenFile

Boxes = list[list[float]]
"""Left, top, width, height in pixels, one for each person."""

SIDE = 640
"""Of the square at which RT-DETR looks, as it was trained."""
SURE_OF_PERSON, SURE_OF_JOINT = 0.5, 0.3
PERSON = "person"
SHOULDERS = (5, 6)
COCO_OF_BODY = (0, SHOULDERS, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""OpenPose's 18 points in COCO's order; the neck lies between the shoulders."""
BODY_POINTS, WHOLE_BODY_POINTS = 17, 133
FACE, LEFT_HAND, RIGHT_HAND = slice(23, 91), slice(91, 112), slice(112, 133)
"""Of COCO-WholeBody (Jin et al., 2020)."""


@torch.inference_mode()
def people(pixels: Pixels, weights: Weights) -> list[Pose]:
    """Xu et al., ViTPose, 2022, around what Zhao et al., RT-DETR, 2023, takes for people; hands and faces where the
    network has COCO-WholeBody's 133 points. Raises ModelMissing, BrokenFile.
    """
    boxes = found_people(pixels, weights)
    if not boxes:
        return []

    def load(path: str) -> Network:
        from transformers import VitPoseForPoseEstimation

        return VitPoseForPoseEstimation.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, VIT_POSE, load)
    from transformers import VitPoseImageProcessor

    height, width = made.config.backbone_config.image_size
    processor: Any = VitPoseImageProcessor(size={"height": height, "width": width})
    given = processor(pixels, boxes=[boxes], return_tensors="pt", input_data_format="channels_last")
    outputs = made(pixel_values=given["pixel_values"].to(device_of(made)))
    outputs.heatmaps = outputs.heatmaps.float()
    (found,) = processor.post_process_pose_estimation(outputs, boxes=[boxes])
    size = np.array([pixels.shape[1], pixels.shape[0]])
    return [pose_of(each["keypoints"].numpy() / size, each["scores"].numpy()) for each in found]


def found_people(pixels: Pixels, weights: Weights) -> Boxes:
    def load(path: str) -> Network:
        from transformers import RTDetrForObjectDetection

        return RTDetrForObjectDetection.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, PEOPLE, load)
    square = np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
    outputs = made(pixel_values=as_tensor(square, made, scale=255.0))
    scores = outputs.logits[0, :, person_of(made.config.id2label)].float().sigmoid().cpu().numpy()
    return boxes_of(outputs.pred_boxes[0].float().cpu().numpy()[scores > SURE_OF_PERSON], pixels.shape[1::-1])


def person_of(names: dict[int, str]) -> int:
    """The number of the class; a detector that names none has COCO's order, where people come first."""
    return next((number for number, name in names.items() if name == PERSON), 0)


def boxes_of(found: NDArray[np.floating], size: Sequence[int]) -> Boxes:
    """From middles and sizes, in fractions of the picture."""
    corners = found[:, :2] - found[:, 2:] / 2
    return (np.concatenate([corners, found[:, 2:]], axis=1) * [*size, *size]).tolist()


def pose_of(places: NDArray[np.floating], scores: NDArray[np.floating]) -> Pose:
    """17 points of COCO or 133 of COCO-WholeBody, in fractions of the picture. Raises BrokenFile for other numbers."""
    if len(places) not in (BODY_POINTS, WHOLE_BODY_POINTS):
        raise BrokenFile(f"{VIT_POSE} knows {len(places)} points of a figure; it must be 17 or 133", file=VIT_POSE)
    points: Points = tuple(
        (float(x), float(y)) if score > SURE_OF_JOINT else None for (x, y), score in zip(places, scores, strict=True)
    )
    body = tuple(points[at] if isinstance(at, int) else between(*(points[each] for each in at)) for at in COCO_OF_BODY)
    return Pose(body=body, left_hand=points[LEFT_HAND], right_hand=points[RIGHT_HAND], face=points[FACE])


def between(one: Point, other: Point) -> Point:
    return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2) if one and other else None
