"""Figures as points: drawn as OpenPose draws them, and as its JSON. Another part of the body is a field of `Pose`.

Points are (x, y) in fractions of the picture's width and height, None where nothing was seen.
"""

import colorsys
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from studio.controlnet.working_size import Pixels
from studio.domain.errors import BadRequest
from studio.domain.geometry import Size

Point = tuple[float, float] | None
Points = tuple[Point, ...]

LIMBS = (
    *((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10)),
    *((1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17)),
)
"""Of 18 points: nose, neck, right shoulder, elbow, wrist, left ..., right hip, knee, ankle, left ..., eyes, ears."""
COLOURS = (
    *((255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0)),
    *((0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255)),
    *((170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85)),
)
LIMB_BRIGHTNESS = 0.6
THICKNESS, FINGER_THICKNESS = 4, 2
JOINT, FACE_JOINT = 4, 3  # radii
FINGERS = tuple(
    (0 if joint == 0 else 4 * finger + joint, 4 * finger + joint + 1) for finger in range(5) for joint in range(4)
)
HAND_JOINT = (0, 0, 255)
KEYS = {
    "body": "pose_keypoints_2d",
    "left_hand": "hand_left_keypoints_2d",
    "right_hand": "hand_right_keypoints_2d",
    "face": "face_keypoints_2d",
}
FURTHEST = 8.0
"""Canvases that a point may lie away from the canvas."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pose:
    """18 points of the body, 21 of each hand, 68 to 70 of the face; empty where they were not looked for."""

    body: Points
    left_hand: Points = ()
    right_hand: Points = ()
    face: Points = ()


def drawn(poses: Sequence[Pose], size: Size) -> Pixels:
    canvas = np.zeros((size.height, size.width, 3), np.uint8)
    for pose in poses:
        draw_body(canvas, pose.body)
        draw_hand(canvas, pose.left_hand)
        draw_hand(canvas, pose.right_hand)
        draw_face(canvas, pose.face)
    return canvas


def placed(point: Point, canvas: Pixels) -> tuple[int, int] | None:
    if point is None:
        return None
    return int(point[0] * canvas.shape[1]), int(point[1] * canvas.shape[0])


def draw_body(canvas: Pixels, points: Points) -> None:
    spots = [placed(point, canvas) for point in points]
    for (first, second), colour in zip(LIMBS, COLOURS, strict=False):
        one, other = (spots[index] if index < len(spots) else None for index in (first, second))
        if one and other:
            draw_limb(canvas, one, other, tuple(int(level * LIMB_BRIGHTNESS) for level in colour))
    for spot, colour in zip(spots, COLOURS, strict=False):
        if spot:
            cv2.circle(canvas, spot, JOINT, colour, thickness=-1)


def draw_limb(canvas: Pixels, one: tuple[int, int], other: tuple[int, int], colour: Sequence[int]) -> None:
    """An ellipse from joint to joint."""
    middle = ((one[0] + other[0]) // 2, (one[1] + other[1]) // 2)
    length, angle = math.dist(one, other), math.degrees(math.atan2(other[1] - one[1], other[0] - one[0]))
    outline = cv2.ellipse2Poly(middle, (int(length / 2), THICKNESS), int(angle), 0, 360, 1)
    cv2.fillConvexPoly(canvas, np.asarray(outline, np.int32), colour)


def draw_hand(canvas: Pixels, points: Points) -> None:
    spots = [placed(point, canvas) for point in points]
    for number, (first, second) in enumerate(FINGERS):
        one, other = (spots[index] if index < len(spots) else None for index in (first, second))
        if one and other:
            colour = [255 * level for level in colorsys.hsv_to_rgb(number / len(FINGERS), 1, 1)]
            cv2.line(canvas, one, other, colour, thickness=FINGER_THICKNESS)
    for spot in spots:
        if spot:
            cv2.circle(canvas, spot, JOINT, HAND_JOINT, thickness=-1)


def draw_face(canvas: Pixels, points: Points) -> None:
    for spot in (placed(point, canvas) for point in points):
        if spot:
            cv2.circle(canvas, spot, FACE_JOINT, (255, 255, 255), thickness=-1)


def to_json(poses: Sequence[Pose], size: Size) -> dict[str, Any]:
    """OpenPose's form, as the ControlNet extension writes it: x, y in pixels and 1 or 0, point after point."""
    people = [{key: numbers(getattr(pose, part), size) for part, key in KEYS.items()} for pose in poses]
    return {"people": people, "canvas_width": size.width, "canvas_height": size.height}


def numbers(points: Points, size: Size) -> list[float] | None:
    if not points:
        return None
    found: list[float] = []
    for point in points:
        found += [point[0] * size.width, point[1] * size.height, 1.0] if point else [0.0, 0.0, 0.0]
    return found


def from_json(told: Mapping[str, Any]) -> tuple[list[Pose], Size]:
    """Raises BadRequest where it is no such JSON."""
    try:
        size = Size(int(told["canvas_width"]), int(told["canvas_height"]))
        if min(size) < 1:
            raise ValueError("the canvas has no pixels")
        people = [
            Pose(**{part: points_of(person.get(key), size) for part, key in KEYS.items()}) for person in told["people"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        message = f"This is no JSON of poses as OpenPose writes it: {said(error)}"
        raise BadRequest(message, field="poses", allowed="people, canvas_width, canvas_height") from error
    return people, size


def said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def points_of(told: Sequence[float] | None, size: Size) -> Points:
    """Coordinates up to 1 are fractions already, as older versions wrote them. Raises ValueError, TypeError."""
    values = [float(each) for each in told or ()]
    triples = [values[start : start + 3] for start in range(0, len(values) - 2, 3)]
    is_fraction = all(abs(x) <= 1 and abs(y) <= 1 for x, y, _ in triples)
    width, height = (1, 1) if is_fraction else size
    points = tuple((x / width, y / height) if seen else None for x, y, seen in triples)
    for point in points:
        if point and not all(abs(value) <= FURTHEST for value in point):  # so is what is no number
            raise ValueError(f"the point {point} lies far outside of the canvas")
    return points
