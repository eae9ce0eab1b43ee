"""Attention as A1111's wiki ("Features", attention/emphasis) describes it: 1.1 a bracket, exact weights, escapes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.prompt.weights import Weighted, parse_weights


def plain(prompt: str) -> list[tuple[str, float]]:
    return [("BREAK" if part.is_break else part.text, round(part.weight, 6)) for part in parse_weights(prompt)]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a red barn", [("a red barn", 1)]),
        ("a (red) barn", [("a ", 1), ("red", 1.1), (" barn", 1)]),
        ("((red)) barn", [("red", 1.21), (" barn", 1)]),
        ("(red:1.5) barn", [("red", 1.5), (" barn", 1)]),
        ("(red:.5)", [("red", 0.5)]),
        ("(red : 1.5 )", [("red ", 1.5)]),
        ("(red:-1)", [("red", -1)]),
        ("[red] barn", [("red", 0.909091), (" barn", 1)]),
        ("([red])", [("red", 1)]),
        ("((red:1.3), (blue:0.5))", [("red", 1.43), (", ", 1.1), ("blue", 0.55)]),
        ("(red)(blue)", [("redblue", 1.1)]),
        ("(red", [("red", 1.1)]),
        ("[(red", [("red", 1)]),
        ("red) blue]", [("red) blue]", 1)]),
        (r"\(red\) \[blue\] \\", [(r"(red) [blue] " + "\\", 1)]),
        (r"(red\)) blue", [("red)", 1.1), (" blue", 1)]),
        ("red: blue :2)", [("red: blue :2)", 1)]),
        ("(red:x)", [("red:x", 1.1)]),
        ("", [("", 1)]),
        ("()", [("", 1)]),
    ],
)
def test_brackets_say_how_much_a_text_counts(prompt: str, parts: list[tuple[str, float]]):
    assert plain(prompt) == parts


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("sky BREAK sea", [("sky", 1), ("BREAK", 1), ("sea", 1)]),
        ("sky\nBREAK\nBREAK sea", [("sky", 1), ("BREAK", 1), ("BREAK", 1), ("sea", 1)]),
        ("(sky BREAK sea)", [("sky", 1.1), ("BREAK", 1), ("sea", 1.1)]),
        ("BREAKFAST break", [("BREAKFAST break", 1)]),
    ],
)
def test_break_stands_between_parts(prompt: str, parts: list[tuple[str, float]]):
    assert plain(prompt) == parts


@given(st.text(alphabet="ab ()[]:1.5\\", max_size=60))
def test_any_text_gives_parts_of_which_neighbours_differ(prompt: str):
    parts = parse_weights(prompt)
    assert parts
    assert all(one.weight != other.weight for one, other in itertools.pairwise(parts))


@given(st.text(alphabet=st.characters(exclude_characters="()[]:\\", exclude_categories=["Cs"])))
def test_text_without_brackets_is_itself(prompt: str):
    if "BREAK" not in prompt:
        assert parse_weights(prompt) == [Weighted(prompt, 1.0)]
