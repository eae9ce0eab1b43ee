"""The bundled reader: shapes, and what it says of true pictures it has never seen."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.networks.demo_reader_network import READER_SIZE, DemoReaderNetwork, load_demo_reader
from studio.networks.demo_reading import depth_map, describe, load_reader, read_pictures, segment_map, summarize
from tools.demo_model.score import attributes, fresh_scenes, has_both
from tools.demo_model.world import render, sample_scene

WEIGHTS = Path(__file__).parents[2] / "models" / "demo" / "reader" / "demo_reader.safetensors"


@pytest.fixture(scope="module")
def network() -> DemoReaderNetwork:
    return load_reader(WEIGHTS)


def test_every_output_has_the_size_that_it_says():
    net = DemoReaderNetwork(skies=3, grounds=4, segments=15, colours=8).eval()
    with torch.inference_mode():
        reading = net(torch.zeros(2, 3, READER_SIZE, READER_SIZE))
    assert reading.sky.shape == (2, 3)
    assert reading.ground.shape == (2, 4)
    assert reading.segments.shape == (2, 15, READER_SIZE, READER_SIZE)
    assert reading.colours.shape == (2, 9, READER_SIZE, READER_SIZE)
    assert reading.depth.shape == (2, READER_SIZE, READER_SIZE)
    assert reading.depth.min() >= 0
    assert reading.depth.max() <= 1


def test_missing_weights_are_said():
    with pytest.raises(FileNotFoundError):
        load_demo_reader(Path("nowhere.safetensors"), skies=3, grounds=4, segments=15, colours=8)


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
