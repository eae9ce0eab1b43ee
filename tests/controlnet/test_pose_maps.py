"""Maps of figures keep their joints, in memory and in their files."""

import json

import numpy as np
import pytest
from PIL import Image

from studio.controlnet.pose_maps import CARRIED, png_of, pose_map, poses_in, poses_of, rendered
from studio.controlnet.poses import COLOURS, Pose
from studio.domain.errors import BadRequest

NOSE = (COLOURS[0],)


def seen_at(x, y):
    """A finder that sees a nose at a pixel of what it is given, and a face of one point below."""

    def find(pixels):
        height, width = pixels.shape[:2]
        return [Pose(body=((x / width, y / height),) + (None,) * 17, face=((x / width, (y + 20) / height),))]

    return find


def test_the_joints_lie_where_they_are_drawn_although_the_working_picture_was_larger():
    made = pose_map(Image.new("RGB", (150, 100)), 100, seen_at(120, 60))  # padded to 192x128
    assert made.size == (150, 100)
    assert made.getpixel((120, 60)) == COLOURS[0]
    told = poses_of(made)
    assert (told["canvas_width"], told["canvas_height"]) == (150, 100)
    assert told["people"][0]["pose_keypoints_2d"][:3] == pytest.approx([120, 60, 1])
    assert told["people"][0]["face_keypoints_2d"] == pytest.approx([120, 80, 1])


def test_a_part_that_is_left_out_is_neither_drawn_nor_told():
    made = pose_map(Image.new("RGB", (150, 100)), 100, seen_at(120, 60), leaves_out=("body",))
    assert made.getpixel((120, 60)) == (0, 0, 0)
    assert made.getpixel((120, 80)) == (255, 255, 255)
    assert poses_of(made)["people"][0]["pose_keypoints_2d"] is None


def test_a_file_carries_them_with_the_hidden_joints():
    told = {
        "people": [{"pose_keypoints_2d": [5, 5, 1, 20, 20, 0] + [0, 0, 0] * 16}],
        "canvas_width": 64,
        "canvas_height": 48,
    }
    image = rendered(told)
    assert image.getpixel((5, 5)) == COLOURS[0]
    assert image.getpixel((20, 20)) == (0, 0, 0)
    found = poses_in(png_of(image))
    assert found["people"][0]["pose_keypoints_2d"] == told["people"][0]["pose_keypoints_2d"]
    again = rendered(found)
    assert np.array_equal(np.asarray(again), np.asarray(image))


@pytest.mark.parametrize("text", ["{", "[]", "{}", "3", json.dumps({"people": 1}), "[" * 5000])
def test_what_is_no_json_of_poses_is_none(text):
    image = Image.new("RGB", (8, 8))
    image.info[CARRIED] = text
    assert poses_of(image) is None
    assert poses_in(png_of(image)) is None


def test_a_plain_picture_has_none():
    assert poses_of(Image.new("RGB", (8, 8))) is None
    assert poses_in(png_of(Image.new("RGB", (8, 8)))) is None


def test_a_canvas_that_is_too_large_is_refused():
    with pytest.raises(BadRequest, match="at most"):
        rendered({"people": [], "canvas_width": 99999, "canvas_height": 8})
