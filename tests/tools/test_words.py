"""Captions: varied, true to the scene, sometimes none; and every caption's words have a row of their own."""

import random

from studio.networks.demo_reading import ON, WHEN
from tools.demo_model.networks import Tokens
from tools.demo_model.score import prompt_of
from tools.demo_model.vocabulary import Vocabulary
from tools.demo_model.words import PRAISE, caption
from tools.demo_model.world import COLOURS, KINDS, SKIES, sample_scene


def test_a_tenth_of_the_captions_is_left_out():
    rng = random.Random(1)
    captions = [caption(sample_scene(rng), rng) for _ in range(2000)]
    assert 0.07 < captions.count("") / len(captions) < 0.13
    assert len(set(captions)) > 1500


def test_a_caption_names_only_what_the_scene_has():
    rng = random.Random(2)
    for _ in range(500):
        scene = sample_scene(rng, peopled=0.5)
        words = caption(scene, rng, drop=0).lower()
        others = set(COLOURS) - {t.colour for t in scene.things}
        assert not any(f"{colour} {kind}" in words for colour in others for kind in (*KINDS, "hair", "sleeve"))
        assert not any(sky in words for sky in set(SKIES) - {scene.sky} if sky != "day")


def test_the_evaluations_prompt_names_everything():
    rng = random.Random(4)
    for _ in range(40):
        scene = sample_scene(rng, 1.0, 0.5)
        prompt = prompt_of(scene)
        assert all(t.colour in prompt and t.kind in prompt and t.detail in prompt for t in scene.things)
        assert WHEN[scene.sky] in prompt
        assert ON[scene.ground] in prompt


def test_every_word_of_a_caption_has_a_row_and_praise_has_none():
    vocabulary, tokens, rng = Vocabulary(), Tokens(), random.Random(5)
    praise = {int(n) for n in tokens(list(PRAISE)).flatten()}
    for _ in range(300):
        ids = {int(n) for n in tokens([caption(sample_scene(rng, peopled=0.5), rng)]).flatten()}
        assert all(vocabulary.rows[n] > 0 for n in ids - praise)
    assert int(vocabulary.rows[tokens(["zebra"])[0, 1]]) == 0
    assert int(vocabulary.rows[tokens(["dusk"])[0, 1]]) == int(vocabulary.rows[tokens(["sunset"])[0, 1]])
