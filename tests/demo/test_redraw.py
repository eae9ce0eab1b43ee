"""What words, strength and mask do to a picture, over several seeds."""

import numpy as np
from PIL import Image

from tests.demo.conftest import Draw, a_picture, a_scene, sent
from tools.demo_model.stage_reader import Reader
from tools.demo_model.world import Scene

SEEDS = range(6)


def share(answers: list[bool]) -> float:
    return sum(answers) / len(answers)


def drawn_by_words(draw: Draw, words: str) -> np.ndarray:
    return np.stack(draw("txt2img", len(SEEDS), prompt=words))


def test_the_words_for_the_sky_are_obeyed(draw: Draw, reader: Reader):
    for sky, words in (("day", "by day"), ("night", "at night")):
        reads = reader.read(drawn_by_words(draw, f"a red house in the middle, on grass, {words}"))
        assert share([read.sky == sky for read in reads]) >= 0.85


def test_the_words_for_a_thing_are_obeyed(draw: Draw, reader: Reader):
    reads = reader.read(drawn_by_words(draw, "a green tree on the left, in the snow, by day"))
    assert share([bool(read.things) and read.things[0].kind == "tree" for read in reads]) >= 0.8
    assert share([bool(read.things) and read.things[0].colour == "green" for read in reads]) >= 0.8
    assert share([bool(read.things) and read.things[0].place == "left" for read in reads]) >= 0.8
    assert share([read.ground == "snow" for read in reads]) >= 0.85


def test_two_things_stand_where_the_words_put_them(draw: Draw, reader: Reader):
    hits = []
    for first, second, where in (
        ("boat", "cloud", "on the beach, by day"),
        ("tree", "car", "in the snow, by day"),
        ("house", "moon", "on grass, at night"),
    ):
        words = f"a red {first} on the left and a yellow {second} on the right, {where}"
        found = [{(t.kind, t.place) for t in read.things} for read in reader.read(drawn_by_words(draw, words))]
        hits += [{(first, "left"), (second, "right")} <= each for each in found]
    assert share(hits) >= 0.5


def test_the_default_size_of_clients_is_drawn_as_one_scene(draw: Draw, reader: Reader):
    made = draw("txt2img", 4, prompt="a purple bench in the middle, in the snow, by day", width=512, height=512)
    reads = reader.read(np.stack(made))
    assert share([[thing.kind for thing in read.things] == ["bench"] for read in reads]) >= 0.5
    assert share([(read.sky, read.ground) == ("day", "snow") for read in reads]) >= 0.75


def redrawn(draw: Draw, strength: float) -> list[np.ndarray]:
    fields = {"prompt": "a blue tree, in the snow, at night", "denoising_strength": strength}
    pictures = [sent(a_picture(seed)) for seed in SEEDS]
    return [draw("img2img", 1, init_images=[picture], **fields)[0] for picture in pictures]


def test_a_strength_of_0_3_keeps_a_scene_and_0_9_changes_it(draw: Draw, reader: Reader):
    scenes: list[Scene] = [a_scene(seed) for seed in SEEDS]
    kept = reader.read(np.stack(redrawn(draw, 0.3)))
    kinds = [{thing.kind for thing in read.things} for read in kept]
    assert share([scene.things[0].kind in found for scene, found in zip(scenes, kinds, strict=True)]) >= 0.6
    assert share([scene.sky == read.sky for scene, read in zip(scenes, kept, strict=True)]) >= 0.8
    assert share([scene.ground == read.ground for scene, read in zip(scenes, kept, strict=True)]) >= 0.8
    changed = reader.read(np.stack(redrawn(draw, 0.9)))
    assert share([read.sky == "night" for read in changed]) >= 0.7
    assert share([read.ground == "snow" for read in changed]) >= 0.7
    assert share([any(thing.kind == "tree" for thing in read.things) for read in changed]) >= 0.5


def test_a_red_ball_comes_into_the_mask_and_the_rest_stays_byte_for_byte(draw: Draw, reader: Reader):
    picture = a_picture(1)
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[112:240, 136:248] = 255
    fields = {"init_images": [sent(picture)], "mask": sent(mask), "inpainting_fill": 2, "mask_blur": 0}
    made = draw("img2img", len(SEEDS), prompt="a red ball", denoising_strength=0.85, **fields)
    assert all((each[mask == 0] == picture[mask == 0]).all() for each in made)
    inside = [Image.fromarray(each[112:240, 136:248]).resize((8, 8), Image.Resampling.BOX) for each in made]
    redness = [np.asarray(each, int)[2:6, 2:6] for each in inside]
    assert share([bool((each[..., 0] - each[..., 1:].max(-1)).max() > 40) for each in redness]) >= 0.7
    kinds = [{thing.kind for thing in read.things if thing.x > 0.5} for read in reader.read(np.stack(made))]
    assert share(["ball" in found for found in kinds]) >= 0.5
