"""The reader's names are the world's, and true maps are read as what they show."""

import random

import cv2
import numpy as np
import torch

from studio.networks import demo_reading
from studio.networks.demo_reader_network import Reading
from tools.demo_model import world
from tools.demo_model.people import DETAILS
from tools.demo_model.stage_reader import labels


def true_reading(scene: world.Scene) -> Reading:
    """What a reader without a mistake would say."""
    segments, colours, details = labels(scene, world.render(scene, 128, 128, truth=True), 128)

    def sure(index: int, count: int) -> torch.Tensor:
        return 20.0 * torch.nn.functional.one_hot(torch.tensor([index]), count).float()

    def dense(values: np.ndarray, count: int) -> torch.Tensor:
        wide = torch.nn.functional.one_hot(torch.from_numpy(values.astype(np.int64)), count)
        return 20.0 * wide.permute(2, 0, 1)[None].float()

    return Reading(
        sky=sure(list(world.SKIES).index(scene.sky), len(world.SKIES)),
        ground=sure(list(world.GROUNDS).index(scene.ground), len(world.GROUNDS)),
        segments=dense(segments, len(world.SEGMENTS)),
        colours=dense(colours, len(world.COLOURS) + 1),
        details=dense(details, len(demo_reading.DETAILS) + 1),
        joints=torch.zeros(1, demo_reading.JOINTS, 128, 128),
        depth=torch.zeros(1, 128, 128),
    )


def do_touch(scene: world.Scene) -> bool:
    """Whether two things have grown into one piece at the reader's size."""
    picture = world.render(scene, 128, 128, truth=True)
    count, _ = cv2.connectedComponents((np.max(picture.masks, axis=0) > 127).astype(np.uint8))
    return count - 1 < len(scene.things)


def test_names_stand_in_the_worlds_order():
    assert tuple(world.SKIES) == demo_reading.SKIES
    assert tuple(world.GROUNDS) == demo_reading.GROUNDS
    assert tuple(world.COLOURS) == demo_reading.COLOURS
    assert world.KINDS == demo_reading.KINDS
    assert tuple(demo_reading.SEGMENT_COLOURS) == world.SEGMENTS
    assert world.CAST == demo_reading.CAST
    assert demo_reading.DETAILS_OF == DETAILS


def test_true_maps_are_read_as_the_scene_they_come_from():
    rng = random.Random(8)
    for _ in range(40):
        scene = world.sample_scene(rng, 0.5, 0.5)
        read = demo_reading.summarize(true_reading(scene))[0]
        assert (read.sky, read.ground) == (scene.sky, scene.ground)
        wanted = sorted((t.kind, t.colour, t.place, t.detail) for t in scene.things)
        seen = sorted((t.kind, t.colour, t.place, t.detail) for t in read.things)
        assert seen == wanted or do_touch(scene)


def test_a_reading_is_told_as_a_prompt():
    thing = world.make_thing(random.Random(1), "boat", "orange", "left", pair=False)
    scene = world.Scene(sky="night", ground="sand", things=(thing,), horizon=0.62, seed=3)
    words = demo_reading.describe(demo_reading.summarize(true_reading(scene))[0])
    assert words == "an orange boat on the left, on the beach, at night"
