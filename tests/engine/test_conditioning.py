"""Prompts as the network sees them, against transformers itself and the rules of A1111's prompt language."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from studio.domain.geometry import Size
from studio.domain.settings import Settings
from studio.engine.conditioning import (
    PromptEncoder,
    PromptOptions,
    SizeFacts,
    emphasized,
    prompt_options,
    size_facts,
    size_ids,
)
from studio.engine.content_cache import ContentCache
from tests.engine.tiny_models import CONFIGS, shared_manager

SIZE = SizeFacts(size=Size(64, 64))


def encoder(folder, name="tiny", vectors=None, **options):
    model = shared_manager(folder).load(name)
    return PromptEncoder(model, PromptOptions(**options), vectors or {}, ContentCache())


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import CLIPTokenizer

    return CLIPTokenizer.from_pretrained(CONFIGS / "tokenizer")


def tokens(tokenizer, text, pad=49407):
    ids = tokenizer(text, padding="max_length", max_length=77, truncation=True)["input_ids"]
    ends = ids.index(49407)
    return torch.tensor([ids[: ends + 1] + [pad] * (76 - ends)])


def test_a_plain_text_is_encoded_as_transformers_does(models, tokenizer):
    one = encoder(models)
    network = one.model.encoders[0].network
    with torch.no_grad():
        expected = network(tokens(tokenizer, "a red house, night")).last_hidden_state[0]
    assert torch.allclose(one.encode("a red house, night").text, expected, atol=1e-6)


def test_clip_skip_takes_an_earlier_layer_with_the_final_norm(models, tokenizer):
    one = encoder(models, clip_skip=2)
    network = one.model.encoders[0].network
    core = getattr(network, "text_model", network)
    with torch.no_grad():
        layers = core(tokens(tokenizer, "a house"), output_hidden_states=True).hidden_states
        expected = core.final_layer_norm(layers[-2])[0]
    assert torch.allclose(one.encode("a house").text, expected, atol=1e-6)
    assert not torch.allclose(encoder(models).encode("a house").text, expected, atol=1e-3)


def test_sdxl_takes_the_last_layer_but_one_of_both_and_one_vector_for_the_whole(models, tokenizer):
    one = encoder(models, "xl", clip_skip=2)
    first, second = (each.network for each in one.model.encoders)
    with torch.no_grad():
        left = first(tokens(tokenizer, "a house"), output_hidden_states=True).hidden_states[-2]
        right = second(tokens(tokenizer, "a house", pad=0), output_hidden_states=True)
    encoded = one.encode("a house")
    assert torch.allclose(encoded.text, torch.cat([left, right.hidden_states[-2]], dim=-1)[0], atol=1e-6)
    assert torch.allclose(encoded.pooled, right.text_embeds[0], atol=1e-6)


def test_weights_multiply_and_the_mean_stays(models):
    plain, weighted = encoder(models).encode("a house").text, encoder(models).encode("a (house:1.5)").text
    assert torch.allclose(weighted.mean(), plain.mean(), atol=1e-6)
    no_norm = encoder(models, emphasis="No norm").encode("a (house:1.5)").text
    assert torch.allclose(no_norm[2], plain[2] * 1.5, atol=1e-5)
    assert torch.allclose(no_norm[1], plain[1])
    literal = encoder(models, emphasis="None").encode("a (house:1.5)").text
    assert not torch.allclose(literal, plain, atol=1e-3)
    assert torch.equal(encoder(models, emphasis="Ignore").encode("a (house:1.5)").text, plain)


def test_nothing_is_normalised_where_nothing_is_weighted():
    text = torch.randn(77, 8) - torch.randn(77, 8).mean()
    assert torch.equal(emphasized(text, torch.ones(77), "Original"), text)


def test_long_prompts_are_chunks_side_by_side(models):
    long = ", ".join(f"word {n}" for n in range(40))
    assert len(encoder(models).encode(long).text) == 2 * 77
    both = encoder(models).encode("a house BREAK a tree").text
    single = encoder(models).encode("a house").text
    assert torch.equal(both[:77], single)


def test_and_makes_parts_with_weights(models):
    found = encoder(models).conditioning(("a cat AND a dog :0.4", "bad"), 10, None, SIZE)
    assert [part.weight for part in found.positive] == [1.0, 0.4]
    assert torch.equal(found.positive[1].at(0).text, encoder(models).encode("a dog").text)


def test_a_schedule_changes_after_its_step(models):
    """As A1111 counts: [cat:dog:0.5] of 10 steps shows the dog from the evaluation after the 6th."""
    found = encoder(models).conditioning(("a [cat:dog:0.5]", ""), 10, None, SIZE)
    one = encoder(models)
    for done in range(10):
        expected = one.encode("a cat" if done <= 5 else "a dog").text
        assert torch.equal(found.positive[0].at(done).text, expected)


def test_an_empty_negative_prompt_of_sdxl_is_nothing(models):
    found = encoder(models, "xl").conditioning(("a house", ""), 10, None, SIZE)
    assert not found.negative.at(0).text.any()
    assert not found.negative.at(0).pooled.any()
    assert encoder(models, "xl").conditioning(("a house", "x"), 10, None, SIZE).negative.at(0).text.any()
    assert found.positive_ids == (64, 64, 0, 0, 64, 64)


def test_an_embedding_stands_in_place_of_its_name(models):
    generator = torch.Generator().manual_seed(0)
    vectors, others = ({"my-style": {"clip_l": torch.randn(2, 32, generator=generator)}} for _ in range(2))
    with_it = encoder(models, vectors=vectors).encode("a house, my-style, night").text
    without = encoder(models).encode("a house, my-style, night").text
    assert not torch.allclose(with_it, without, atol=1e-3)
    assert not torch.allclose(
        with_it, encoder(models, vectors=others).encode("a house, my-style, night").text, atol=1e-3
    )
    assert torch.equal(encoder(models, vectors=vectors).encode("a house").text, encoder(models).encode("a house").text)


def test_equal_texts_are_encoded_once(models):
    one = encoder(models)
    assert one.encode("a house") is one.encode("a house")


def test_sdxls_first_encoder_obeys_clip_skip_where_that_is_wished_for(models):
    plain = encoder(models, "xl", clip_skip=3).encode("a house").text
    skipped = encoder(models, "xl", clip_skip=3, sdxl_clip_skip=True).encode("a house").text
    assert not torch.allclose(plain[:, :32], skipped[:, :32], atol=1e-3)
    assert torch.equal(plain[:, 32:], skipped[:, 32:])


def test_sdxl_is_told_its_crop(models):
    told = SizeFacts(size=Size(64, 32), crop=(8, 16))
    assert encoder(models, "xl").conditioning(("a", ""), 10, None, told).positive_ids == (32, 64, 8, 16, 32, 64)


def test_how_far_a_chunk_reaches_back_for_a_comma_is_a_setting(models):
    text = "word " * 60 + ", " + "word " * 20
    model = shared_manager(models).load("tiny")
    near, none = (
        PromptEncoder(model, prompt_options(replace(Settings(), comma_backtrack=most)), {}, ContentCache()).encode(text)
        for most in (20, 0)
    )
    assert near.text.shape == none.text.shape
    assert not torch.allclose(near.text, none.text, atol=1e-3)


def test_the_refiner_is_told_the_scores_of_the_settings():
    told = size_facts(Size(64, 32), replace(Settings(), high_score=7.0, low_score=1.5))
    positive, negative = size_ids(SimpleNamespace(architecture="refiner"), told)
    assert (positive, negative) == ((32, 64, 0, 0, 7.0), (32, 64, 0, 0, 1.5))
