"""Wildcards: a line of a file for each, by the seed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import BrokenFile
from studio.prompt.wildcards import expand, has_wildcards, read_lists

LISTS = {"colour": ("red", "blue", "green"), "places/forest": ("a __colour__ wood",), "round": ("__round__",)}


def test_a_wildcard_is_a_line_of_its_list():
    found = {expand("a __colour__ barn", LISTS, seed)[0] for seed in range(50)}
    assert found == {"a red barn", "a blue barn", "a green barn"}


@given(st.integers())
def test_the_seed_decides(seed: int):
    prompt = "__colour__ __colour__ __Colour__"
    assert expand(prompt, LISTS, seed) == expand(prompt, LISTS, seed)


def test_each_wildcard_draws_for_itself():
    assert any(len(set(expand("__colour__ __colour__", LISTS, seed)[0].split())) == 2 for seed in range(20))


def test_lines_may_hold_wildcards():
    assert expand("__places/forest__", LISTS, 1)[0] in {"a red wood", "a blue wood", "a green wood"}


def test_a_list_that_names_itself_ends():
    assert expand("__round__", LISTS, 1) == ("__round__", [])


def test_names_without_a_list_stay_and_are_told():
    assert expand("a __shape__ of __shape__ and __colour", LISTS, 1) == (
        "a __shape__ of __shape__ and __colour",
        ["shape"],
    )


def test_lists_are_the_text_files_of_a_folder(tmp_path: Path):
    (tmp_path / "places").mkdir()
    (tmp_path / "Colour.txt").write_text("red\n\n# not this\n  blue \n", "utf-8")
    (tmp_path / "places" / "forest.txt").write_text("oak", "utf-8")
    assert read_lists(tmp_path) == {"colour": ("red", "blue"), "places/forest": ("oak",)}
    assert read_lists(tmp_path / "missing") == {}


def test_a_file_that_is_no_text_is_named(tmp_path: Path):
    (tmp_path / "colour.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(BrokenFile, match=r"colour\.txt"):
        read_lists(tmp_path)


def test_names_of_networks_are_no_wildcards():
    assert expand("<lora:my__colour__name:1>", LISTS, 1) == ("<lora:my__colour__name:1>", [])
    assert not has_wildcards("<lora:my__colour__name:1> a__b")
    assert has_wildcards("<lora:x:1> __colour__")


def test_of_two_lists_with_one_name_the_first_folders_counts(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "colour.txt").write_text(name, "utf-8")
    assert read_lists(tmp_path / "one", tmp_path / "two") == {"colour": ("one",)}
