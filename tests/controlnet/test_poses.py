"""Figures: drawn in OpenPose's colours, and as its JSON both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.controlnet.poses import COLOURS, LIMBS, Pose, drawn, from_json, to_json
from studio.domain.errors import BadRequest
from studio.domain.geometry import Size

SIZE = Size(200, 100)
points = st.one_of(st.none(), st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)))
poses = st.builds(
    Pose,
    body=st.tuples(*[points] * 18),
    left_hand=st.one_of(st.just(()), st.tuples(*[points] * 21)),
    right_hand=st.just(()),
    face=st.just(()),
)


def pose_of(**spots):
    names = ["nose", "neck", "right_shoulder", "right_elbow"]
    return Pose(body=tuple(spots.get(name) for name in names) + (None,) * 14)


def test_a_limb_and_its_joints_have_their_colours():
    found = drawn([pose_of(neck=(0.25, 0.5), right_shoulder=(0.75, 0.5))], SIZE)
    assert tuple(found[50, 50]) == COLOURS[1]
    assert tuple(found[50, 150]) == COLOURS[2]
    assert tuple(found[50, 100]) == tuple(int(level * 0.6) for level in COLOURS[0])
    assert not found[10].any()


def test_a_face_is_white_points():
    pose = Pose(body=(None,) * 18, face=((0.5, 0.5),))
    assert drawn([pose], SIZE)[50, 100].tolist() == [255, 255, 255]


def test_a_hand_has_twenty_bones():
    hand = tuple((0.1 + 0.04 * index, 0.5) for index in range(21))
    assert drawn([Pose(body=(), left_hand=hand)], SIZE)[50, 20:30].any()


def test_every_limb_joins_two_known_points():
    assert len(LIMBS) == 17
    assert all(0 <= index < 18 for limb in LIMBS for index in limb)


@given(st.lists(poses, max_size=3))
def test_json_comes_back(given_poses):
    found, size = from_json(to_json(given_poses, SIZE))
    assert size == SIZE
    assert len(found) == len(given_poses)
    for ours, theirs in zip(found, given_poses, strict=True):
        for one, other in zip(ours.body, theirs.body, strict=True):
            assert (one is None) == (other is None)
            if one and max(other) > 0.02:
                assert one == pytest.approx(other)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"people": 3, "canvas_width": 1, "canvas_height": 1},
        {"people": [], "canvas_width": 0, "canvas_height": 5},
        {"people": [None], "canvas_width": 8, "canvas_height": 8},
        {"people": [{"pose_keypoints_2d": ["a", 1, 1]}], "canvas_width": 8, "canvas_height": 8},
        {"people": [{"pose_keypoints_2d": [float("nan"), 2, 1]}], "canvas_width": 8, "canvas_height": 8},
        {"people": [{"pose_keypoints_2d": [1e9, 2, 1]}], "canvas_width": 8, "canvas_height": 8},
        {"people": [], "canvas_width": float("inf"), "canvas_height": 5},
    ],
)
def test_other_json_is_refused(told):
    with pytest.raises(BadRequest):
        from_json(told)
