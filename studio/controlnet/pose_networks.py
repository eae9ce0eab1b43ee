"""Networks that see figures. Another one is a function that gives `Pose`s."""

from typing import Any

import numpy as np
import torch

from studio.controlnet.networks import Network, network, package_module
from studio.controlnet.poses import Points, Pose
from studio.controlnet.weight_files import BODY_POSE, FACE_POSE, HAND_POSE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels


def openpose(pixels: Pixels, weights: Weights, *, has_hands: bool, has_face: bool) -> list[Pose]:
    """Cao et al., OpenPose, 2017; the networks and their reading come from controlnet_aux."""
    package, models = package_module("controlnet_aux.open_pose"), package_module("controlnet_aux.open_pose.model")
    body = estimator(package.Body, network(weights, BODY_POSE, models.bodypose_model, is_shortened=True))
    hand = face = None
    if has_hands:
        hand = estimator(package.Hand, network(weights, HAND_POSE, models.handpose_model, is_shortened=True))
    if has_face:
        face_net = network(weights, FACE_POSE, package_module("controlnet_aux.open_pose.face").FaceNet)
        face = estimator(package.Face, face_net)
    detector = package.OpenposeDetector(body, hand, face)
    with torch.inference_mode():
        found = detector.detect_poses(np.ascontiguousarray(pixels), include_hand=has_hands, include_face=has_face)
    return [
        Pose(
            body=points(each.body.keypoints),
            left_hand=points(each.left_hand),
            right_hand=points(each.right_hand),
            face=points(each.face),
        )
        for each in found
    ]


def estimator(kind: Any, made: Network) -> Any:
    """The package's reader of heat maps around a network that we have loaded."""
    reader = kind.__new__(kind)
    reader.model = made
    return reader


def points(found: Any) -> Points:
    """A negative coordinate says that a point was not seen."""
    return tuple(
        (float(each.x), float(each.y)) if each and each.x >= 0 and each.y >= 0 else None for each in found or ()
    )
