"""Chunks as features.md 2.17 has them. `word` and `,` are one token each."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from studio.prompt.chunks import EmbeddingPlace, chunked, count_tokens, embeddings
from studio.prompt.tokens import Vocabulary
from studio.prompt.weights import parse_weights


def lengths(prompt: str, clip: Vocabulary, **options: int) -> list[int]:
    """How many tokens of the prompt stand in each chunk."""
    return [
        sum(token != clip.end for token in chunk.tokens[1:])
        for chunk in chunked(parse_weights(prompt), clip, **options)
    ]


def test_a_chunk_is_filled_up_with_end_marks(clip: Vocabulary):
    (chunk,) = chunked(parse_weights("a (cat:1.5)"), clip)
    assert chunk.tokens == (clip.start, 320, 2368, *[clip.end] * 74)
    assert chunk.weights == (1.0, 1.0, 1.5, *[1.0] * 74)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", [0]),
        ("word " * 75, [75]),
        ("word " * 76, [75, 1]),
        ("word " * 60 + ", " + "word " * 20, [61, 20]),
        ("word " * 50 + ", " + "word " * 30, [75, 6]),
        ("word " * 75 + ", word", [75, 2]),
        ("word BREAK word word", [1, 2]),
        ("word BREAK", [1]),
        ("BREAK word", [0, 1]),
    ],
)
def test_chunks_end_at_75_at_a_comma_near_it_or_at_break(clip: Vocabulary, prompt: str, expected: list[int]):
    assert lengths(prompt, clip) == expected


def test_without_backtrack_commas_do_not_matter(clip: Vocabulary):
    assert lengths("word " * 60 + ", " + "word " * 20, clip, backtrack=0) == [75, 6]


def test_an_embedding_takes_its_places_and_is_found_inside_of_a_sentence(clip: Vocabulary):
    known = embeddings({"easy-x": 8, "easy-x two": 3}, clip)
    (chunk,) = chunked(parse_weights("a (easy-x:1.2) cat, EASY-X two"), clip, known)
    assert chunk.embeddings == (EmbeddingPlace(1, "easy-x"), EmbeddingPlace(11, "easy-x two"))
    assert chunk.weights[2:10] == (1.2,) * 8
    assert chunk.tokens[2:11] == (*[0] * 8, 2368)


def test_an_embedding_is_not_part_of_a_longer_word(clip: Vocabulary):
    (chunk,) = chunked(parse_weights("an easy-xtra cat"), clip, embeddings({"easy-x": 8}, clip))
    assert chunk.embeddings == ()


def test_an_embedding_is_never_torn(clip: Vocabulary):
    first, second = chunked(parse_weights("word " * 70 + "easy"), clip, embeddings({"easy": 8}, clip))
    assert first.embeddings == ()
    assert second.embeddings == (EmbeddingPlace(0, "easy"),)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("", (0, 75)),
        ("a photo of a cat", (5, 75)),
        ("word " * 75, (75, 75)),
        ("word " * 80, (80, 150)),
        ("word BREAK word", (76, 150)),
        ("a <lora:ink:1> cat # a comment", (2, 75)),
        ("[a cat:a big red dog:5]", (4, 75)),
        ("a cat AND a big dog :1.2", (3, 75)),
    ],
)
def test_counters_tell_the_longest_text_and_the_chunks_it_fills(clip: Vocabulary, prompt: str, count: tuple[int, int]):
    assert count_tokens(prompt, clip) == count


@examples(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["word", ",", "BREAK", "(word", ")", "easy"]), max_size=200))
def test_every_chunk_is_77_long_and_no_token_is_lost(clip: Vocabulary, pieces: list[str]):
    parts = parse_weights(" ".join(pieces))
    chunks = chunked(parts, clip, embeddings({"easy": 4}, clip))
    assert all(len(chunk.tokens) == len(chunk.weights) == 77 for chunk in chunks)
    put = sum(len(clip.encode(part.text)) for part in parts) + 3 * pieces.count("easy")
    assert sum(token != clip.end for chunk in chunks for token in chunk.tokens[1:]) == put
