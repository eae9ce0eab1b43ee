"""The demo world: the same seed draws the same picture, any size works, and the ground truth fits the picture."""

import random

import numpy as np
import pytest

from tools.demo_model.people import DETAILS
from tools.demo_model.world import (
    CAST,
    CLOSE_KINDS,
    COLOURS,
    GROUND_KINDS,
    GROUNDS,
    KINDS,
    PLACES,
    PLAIN_KINDS,
    SEGMENTS,
    SKIES,
    Scene,
    make_thing,
    render,
    sample_scene,
)


def scene_of(kind: str, colour: str = "red", place: str = "center", sky: str = "day", detail: str = "") -> Scene:
    thing = make_thing(random.Random(3), kind, colour, place, pair=False, detail=detail)
    return Scene(sky=sky, ground="grass", things=(thing,), horizon=0.63, seed=5)


def test_the_same_seed_draws_the_same_picture():
    first, second = (render(sample_scene(random.Random(9)), 128, 128).image for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, render(sample_scene(random.Random(10)), 128, 128).image)


@pytest.mark.parametrize("size", [(128, 128), (512, 128), (128, 512), (200, 136), (264, 512)])
def test_any_size_and_aspect_has_picture_and_truth_of_that_size(size: tuple[int, int]):
    rng = random.Random(size[0] * size[1])
    for _ in range(12):
        scene = sample_scene(rng, peopled=0.5)
        picture = render(scene, *size, truth=True)
        assert picture.image.shape == (size[1], size[0], 3)
        assert picture.segmentation is not None
        assert picture.depth is not None
        assert picture.segmentation.shape == picture.depth.shape == (size[1], size[0])
        assert len(picture.masks) == len(scene.things)
        assert len(picture.joints) == sum(thing.kind in CAST for thing in scene.things)


@pytest.mark.parametrize("kind", PLAIN_KINDS)
def test_an_object_is_labelled_and_stands_where_its_scene_says(kind: str):
    for place, x in PLACES.items():
        picture = render(scene_of(kind, place=place), 128, 128, truth=True)
        assert picture.segmentation is not None
        rows, columns = np.nonzero(picture.segmentation == SEGMENTS.index(kind))
        assert len(columns) > 0.02 * 128 * 128
        assert abs(columns.mean() / 128 - x) < 0.08
        assert (rows.mean() > 64) == (kind in GROUND_KINDS)
        assert np.mean(picture.masks[0][rows, columns] > 127) > 0.9


@pytest.mark.parametrize("colour", COLOURS)
def test_a_ball_has_its_colour(colour: str):
    picture = render(scene_of("ball", colour), 128, 128, truth=True)
    inside = picture.image[picture.masks[0] > 200].astype(float)
    distances = {name: np.abs(inside - rgb).sum(1) for name, rgb in COLOURS.items()}
    near = {name: float((d < 40).mean()) for name, d in distances.items()}
    assert near[colour] > 0.25


def test_objects_are_nearer_than_the_sky_and_low_ones_nearer_than_high_ones():
    picture = render(scene_of("house"), 128, 128, truth=True)
    assert picture.depth is not None
    depth = picture.depth.astype(int)
    assert depth[2].mean() < 20 < depth[-2].mean()
    assert depth[picture.masks[0] > 200].mean() > 180


def test_scenes_cover_every_sky_ground_kind_colour_and_place():
    rng = random.Random(1)
    scenes = [sample_scene(rng) for _ in range(800)]
    assert {s.sky for s in scenes} == set(SKIES)
    assert {s.ground for s in scenes} == set(GROUNDS)
    assert {(t.kind, t.place) for s in scenes for t in s.things} == {(k, p) for k in PLAIN_KINDS for p in PLACES}
    assert {t.colour for s in scenes for t in s.things} == set(COLOURS)


def test_people_bring_faces_figures_hands_windows_and_three_things_in_a_picture():
    rng = random.Random(1)
    scenes = [sample_scene(rng, peopled=1.0) for _ in range(1200)]
    kinds = {t.kind for s in scenes for t in s.things}
    assert kinds == set(KINDS) - {"mia", "rolf"}  # those are known to the LoRAs alone
    details = {(t.kind, t.detail) for s in scenes for t in s.things if t.detail}
    shown = {kind: set(DETAILS[kind]) for kind in ("face", "figure", "window")} | {"hand": {"five fingers"}}
    assert details == {(kind, detail) for kind, names in shown.items() for detail in names}
    assert {len(s.things) for s in scenes} == {1, 2, 3}


def test_without_people_the_same_seed_draws_what_it_always_drew():
    assert sample_scene(random.Random(9)) == sample_scene(random.Random(9), peopled=0.0)


@pytest.mark.parametrize("kind", CLOSE_KINDS)
def test_a_close_up_fills_the_picture_and_its_details_differ(kind: str):
    pictures = [render(scene_of(kind, detail=detail), 128, 128, truth=True) for detail in DETAILS[kind]]
    for picture in pictures:
        assert picture.segmentation is not None
        assert (picture.segmentation == SEGMENTS.index(kind)).mean() > 0.2
    assert len({picture.image.tobytes() for picture in pictures}) == len(pictures)


@pytest.mark.parametrize("kind", CAST)
def test_a_figures_joints_lie_on_it_its_right_on_our_left_and_its_ankles_on_the_ground(kind: str):
    for detail in DETAILS[kind]:
        picture = render(scene_of(kind, detail=detail), 256, 256, truth=True)
        (joints,) = picture.joints
        inside = [picture.masks[0][int(y), int(x)] > 127 for x, y in joints[:14]]
        assert sum(inside) >= 13, (detail, inside)
        assert joints[2][0] < joints[5][0]
        assert abs(max(joints[10][1], joints[13][1]) / 256 - 0.87) < 0.05
    up, down = (render(scene_of(kind, detail=d), 256, 256, truth=True).joints[0] for d in ("arms up", "standing"))
    assert up[4][1] < up[0][1] < down[4][1]
