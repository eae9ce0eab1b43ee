"""Control maps: the field's formats, the picture's size, and lines where the picture has edges."""

import random
from dataclasses import replace

import numpy as np
import pytest

from studio.controlnet.class_colours import class_colours
from studio.networks.demo_reading import SEGMENT_COLOURS, normals_of
from tools.demo_model.hints import KINDS_OF_HINT, canny_edges
from tools.demo_model.world import SEGMENTS, make_thing, render, sample_scene


@pytest.fixture(scope="module")
def picture():
    scene = sample_scene(random.Random(6), 1.0)
    figure = make_thing(random.Random(1), "figure", "red", "center", pair=True)
    return render(replace(scene, things=(*scene.things, figure)), 200, 136, truth=True)


@pytest.mark.parametrize("kind", KINDS_OF_HINT)
def test_a_map_has_the_pictures_size_and_says_something(picture, kind: str):
    hint = KINDS_OF_HINT[kind](picture, random.Random(1))
    assert hint.shape == (136, 200, 3)
    assert hint.dtype == np.uint8
    assert hint.std() > 5


@pytest.mark.parametrize("kind", ["canny", "mlsd"])
def test_line_maps_are_white_on_black(picture, kind: str):
    hint = KINDS_OF_HINT[kind](picture, random.Random(1))
    assert set(np.unique(hint)) == {0, 255}
    assert (hint > 127).mean() < 0.3


def test_normals_of_flat_ground_face_the_viewer_and_edges_face_outwards():
    near = np.zeros((64, 64), np.uint8)
    near[16:48, 16:48] = 200
    normals = normals_of(near).astype(int)
    assert abs(normals[4, 4] - [128, 128, 255]).max() <= 1
    assert normals[32, 16, 0] > 150 > 106 > normals[32, 47, 0]  # red is left
    assert normals[16, 32, 1] > 150 > 106 > normals[47, 32, 1]  # green is up


def test_every_segment_has_a_colour_of_ade20k_and_all_but_people_one_of_their_own():
    assert set(SEGMENT_COLOURS) == set(SEGMENTS)
    people = {"figure", "mia", "rolf", "face", "hand"}
    assert len(set(SEGMENT_COLOURS.values())) == len(SEGMENTS) - len(people) + 1
    assert set(SEGMENT_COLOURS.values()) <= {known.colour for known in class_colours()}


def test_canny_edges_lie_where_the_papers_meet(picture):
    edges = canny_edges(picture.image) > 0
    grey = picture.image.astype(int)
    jump = np.abs(np.diff(grey, axis=0)).sum(2)[:, :-1] + np.abs(np.diff(grey, axis=1)).sum(2)[:-1]
    assert jump[edges[:-1, :-1]].mean() > 4 * jump[~edges[:-1, :-1]].mean()
