"""Prompt editing as A1111's wiki ("Features": prompt editing, alternating words) and features.md 2.17 describe it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.prompt.schedule import resolve_schedule


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("a barn", [(10, "a barn")]),
        ("a [red:3] barn", [(3, "a  barn"), (10, "a red barn")]),
        ("a [red: 3 ] barn", [(3, "a  barn"), (10, "a red barn")]),
        ("a [red::3] barn", [(3, "a red barn"), (10, "a  barn")]),
        ("a [red:blue:3] barn", [(3, "a red barn"), (10, "a blue barn")]),
        ("a [red:blue:.5] barn", [(5, "a red barn"), (10, "a blue barn")]),
        ("a [red:blue:0.24] barn", [(2, "a red barn"), (10, "a blue barn")]),
        ("[red:blue:0]", [(10, "blue")]),
        ("[red:blue:99]", [(10, "red")]),
        ("[red:[blue:green:7]:3]", [(3, "red"), (7, "blue"), (10, "green")]),
        ("[(red:1.2):3]", [(3, ""), (10, "(red:1.2)")]),
        ("a [[red]:3]", [(3, "a "), (10, "a [red]")]),
        ("[red] barn", [(10, "[red] barn")]),
        (r"\[red:3\]", [(10, r"\[red:3\]")]),
    ],
)
def test_when_is_a_step_or_a_share(prompt: str, texts: list[tuple[int, str]]):
    assert resolve_schedule(prompt, 10) == texts


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("[cow|horse]", [(1, "cow"), (2, "horse"), (3, "cow"), (4, "horse")]),
        ("a[n |] cow", [(1, "an  cow"), (2, "a cow"), (3, "an  cow"), (4, "a cow")]),
        ("[a|b|(c:1.1)]", [(1, "a"), (2, "b"), (3, "(c:1.1)"), (4, "a")]),
        ("[x:[a|b]:2]", [(1, "x"), (2, "x"), (3, "a"), (4, "b")]),
    ],
)
def test_alternatives_take_turns(prompt: str, texts: list[tuple[int, str]]):
    assert resolve_schedule(prompt, 4) == texts


@pytest.mark.parametrize(
    "prompt",
    [
        "a [red",
        "a red:3]",
        "[red:blue]",
        "[red:blue:green:3]",
        "((red][:blue:",
        "a|b",
        "(a|b)",
        "[a:1|b]",
        "[a|b",
        "\\",
    ],
)
def test_what_does_not_parse_is_text(prompt: str):
    assert resolve_schedule(prompt, 10) == [(10, prompt)]


def test_a_stray_bracket_does_not_spoil_what_stands_beside_it():
    assert resolve_schedule("((a][:b:c [d:3]", 10) == [(3, "((a][:b:c "), (10, "((a][:b:c d")]


def test_a_stray_bar_makes_the_whole_prompt_text_as_in_a1111():
    assert resolve_schedule("a|b [c:3]", 10) == [(10, "a|b [c:3]")]


@pytest.mark.parametrize(
    ("prompt", "first", "second"),
    [
        ("[red:.5]", [(5, ""), (10, "red")], [(20, "red")]),
        ("[red:1.5]", [(10, "")], [(10, ""), (20, "red")]),
        ("[red:4]", [(4, ""), (10, "red")], [(20, "red")]),
        ("[red:15]", [(10, "")], [(5, ""), (20, "red")]),
    ],
)
def test_the_second_pass_goes_on_where_the_first_has_ended(
    prompt: str, first: list[tuple[int, str]], second: list[tuple[int, str]]
):
    assert resolve_schedule(prompt, 10) == first
    assert resolve_schedule(prompt, 20, first_pass_steps=10) == second


@given(st.text(alphabet="ab ()[]:|1.5\\", max_size=60), st.integers(1, 30))
def test_any_text_has_a_schedule_that_ends_with_the_last_step(prompt: str, steps: int):
    ends = [until for until, _ in resolve_schedule(prompt, steps)]
    assert ends == sorted(set(ends))
    assert ends[0] >= 1
    assert ends[-1] == steps


def test_brackets_without_end_are_read_at_once():
    began = time.process_time()
    assert len(resolve_schedule("[" * 20_000 + "a" + ":1]" * 20_000, 10)) == 2
    assert resolve_schedule("[(" * 20_000, 10) == [(10, "[(" * 20_000)]
    assert time.process_time() - began < 5
