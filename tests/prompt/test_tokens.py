"""Tokens are CLIP's: golden ids are those of open_clip's SimpleTokenizer (open_clip_torch 3), run once."""

import time
from pathlib import Path

import pytest

from studio.prompt.tokens import LETTERS, Vocabulary, read_vocabulary

GOLDEN = [
    ("a photo of a cat", [320, 1125, 539, 320, 2368]),
    ("A  Photo,\n of a CAT!", [320, 1125, 267, 539, 320, 2368, 256]),
    ("it's 1024 px", [585, 568, 272, 271, 273, 275, 10262]),
    ("naïve “café” ﬁne", [1097, 35689, 563, 257, 15304, 257, 3797]),
    ("&amp;lt;b&gt;", [283, 321, 285]),
    ("日本語 😀", [39121, 44353, 34002, 508, 7334]),
    ("we'll see... (really)", [649, 1342, 862, 678, 263, 1414, 264]),
    ("antidisestablishmentarianism", [3120, 4262, 7726, 12658, 1585, 44351]),
    ("", []),
    ("C:\\dir ½ ²٣", [322, 25, 315, 8478, 33613, 41175, 149, 352]),
    ("İstanbul ß", [328, 16384, 11231, 127, 509]),
]


@pytest.mark.parametrize(("text", "ids"), GOLDEN)
def test_ids_are_those_of_open_clip(clip: Vocabulary, text: str, ids: list[int]):
    assert clip.encode(text) == ids


def test_marks_are_the_last_two_tokens(clip: Vocabulary):
    assert (clip.start, clip.end, len(clip.ids)) == (49406, 49407, 49408)


def test_the_vocabulary_of_a_tokenizer_folder_is_the_same(clip: Vocabulary, tmp_path: Path):
    merges = "\n".join(" ".join(pair) for pair in clip.ranks)
    (tmp_path / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
    assert read_vocabulary(tmp_path) == clip


def test_every_byte_has_a_letter_of_its_own():
    assert len(set(LETTERS.values())) == 256


def test_words_without_end_are_read_at_once(clip: Vocabulary):
    began = time.process_time()
    assert len(clip.encode("qz" * 20_000)) > 1000
    assert time.process_time() - began < 5
