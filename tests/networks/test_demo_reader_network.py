"""The bundled reader: shapes, and what it says of true pictures it has never seen."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.networks.demo_reader_network import MAP_SIZE, READER_SIZE, Counts, DemoReaderNetwork, load_demo_reader
from studio.networks.demo_reading import (
    COUNTS,
    depth_map,
    describe,
    load_reader,
    read_pictures,
    segment_map,
    summarize,
)
from tools.demo_model.people import DETAILS, OWN_COLOUR
from tools.demo_model.score import attributes, fresh_scenes, has_both
from tools.demo_model.stage_reader import Reader
from tools.demo_model.world import COLOURS, PLACES, in_a_landscape, make_thing, render, sample_scene

WEIGHTS = Path(__file__).parents[2] / "models" / "demo" / "reader" / "demo_reader.safetensors"


@pytest.fixture(scope="module")
def network() -> DemoReaderNetwork:
    return load_reader(WEIGHTS)


def test_every_output_has_the_size_that_it_says():
    counts = Counts(skies=3, grounds=4, segments=15, colours=8, details=5, joints=18)
    net = DemoReaderNetwork(counts).eval()
    with torch.inference_mode():
        reading = net(torch.zeros(2, 3, READER_SIZE, READER_SIZE))
    assert reading.sky.shape == (2, 3)
    assert reading.ground.shape == (2, 4)
    for one, side in ((reading, MAP_SIZE), (reading.enlarged(), READER_SIZE)):
        assert one.segments.shape == (2, 15, side, side)
        assert one.colours.shape == (2, 9, side, side)
        assert one.details.shape == (2, 6, side, side)
        assert one.joints.shape == (2, 18, side, side)
        assert one.depth.shape == (2, side, side)
    assert reading.depth.min() >= 0
    assert reading.depth.max() <= 1


def test_missing_weights_are_said():
    with pytest.raises(FileNotFoundError):
        load_demo_reader(Path("nowhere.safetensors"), COUNTS)


def test_true_pictures_are_read_right(network: DemoReaderNetwork):
    scenes = fresh_scenes(40, 4711)
    reads = summarize(read_pictures(network, np.stack([render(s, 256, 256).image for s in scenes])))
    answers = [attributes(scene, read) for scene, read in zip(scenes, reads, strict=True)]
    assert sum(all(answer.values()) for answer in answers) >= 38


def test_both_objects_of_a_pair_are_found(network: DemoReaderNetwork):
    scenes = fresh_scenes(24, 4712, 1.0)
    reads = summarize(read_pictures(network, np.stack([render(s, 200, 200).image for s in scenes])))
    assert sum(has_both(scene, read) for scene, read in zip(scenes, reads, strict=True)) >= 20


def test_maps_have_the_pictures_size_and_agree_with_the_truth(network: DemoReaderNetwork):
    picture = render(sample_scene(random.Random(21)), 264, 200, truth=True)
    assert picture.depth is not None
    image = Image.fromarray(picture.image)
    near, segments = depth_map(network, image), segment_map(network, image)
    assert near.shape == (200, 264)
    assert segments.shape == (200, 264, 3)
    assert np.corrcoef(near.ravel(), picture.depth.ravel())[0, 1] > 0.9


def test_a_description_names_what_stands_there(network: DemoReaderNetwork):
    scene = fresh_scenes(1, 4713)[0]
    words = describe(summarize(read_pictures(network, render(scene, 256, 256).image[None]))[0])
    assert f"{scene.things[0].colour} {scene.things[0].kind}" in words


def test_details_of_true_pictures_are_read_right(network: DemoReaderNetwork):
    rng, scenes = random.Random(4714), []
    for kind in ("face", "hand", "window", "figure", "mia", "rolf"):
        for detail in DETAILS[kind] * 3:
            colour = OWN_COLOUR.get(kind) or rng.choice(list(COLOURS))
            scenes.append(in_a_landscape(rng, [make_thing(rng, kind, colour, "center", False, detail)]))
    reads = summarize(read_pictures(network, np.stack([render(s, 256, 256).image for s in scenes])))
    both = [(s.things[0], r.things[0]) for s, r in zip(scenes, reads, strict=True)]
    assert all(true.kind == seen.kind for true, seen in both)
    assert sum(true.detail == seen.detail for true, seen in both) >= 0.95 * len(both)


def test_the_joints_of_figures_are_found_to_a_fiftieth_of_the_picture():
    rng, far, reader = random.Random(4715), [], Reader(WEIGHTS)
    for detail in DETAILS["figure"] * 3:
        scene = in_a_landscape(rng, [make_thing(rng, "figure", "red", rng.choice(list(PLACES)), False, detail)])
        picture = render(scene, 256, 256, truth=True)
        (found,) = reader.figures(picture.image)
        far += list(np.linalg.norm(found - picture.joints[0] / 256, axis=1))
    assert np.mean(np.array(far) < 0.02) > 0.9
