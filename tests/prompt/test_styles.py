"""Styles: {prompt} is the prompt's place, files are A1111's, and what was applied is found again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import BrokenFile
from studio.prompt.styles import Style, apply_styles, extract_styles, read_styles, write_styles

INK = Style(name="Ink", prompt="ink drawing of {prompt}, hatched", negative_prompt="colour")
SNOW = Style(name="Snow", prompt="in snow", negative_prompt="")


@pytest.mark.parametrize(
    ("prompt", "styles", "result"),
    [
        ("a barn", ["in snow"], "a barn, in snow"),
        ("", ["in snow"], "in snow"),
        ("a barn", [""], "a barn"),
        ("a barn", ["ink of {prompt}, hatched"], "ink of a barn, hatched"),
        ("a barn", ["in snow", "ink of {prompt}"], "ink of a barn, in snow"),
        ("a barn", [], "a barn"),
    ],
)
def test_a_style_takes_the_prompt_in_or_follows_it(prompt: str, styles: list[str], result: str):
    assert apply_styles(prompt, styles) == result


def test_applied_styles_are_found_in_a_pasted_prompt():
    prompt = apply_styles("a barn", [INK.prompt, SNOW.prompt])
    negative = apply_styles("blur", [INK.negative_prompt, SNOW.negative_prompt])
    assert extract_styles(prompt, negative, [INK, SNOW]) == (["Ink", "Snow"], "a barn", "blur")


def test_a_style_counts_only_with_both_of_its_texts():
    assert extract_styles("ink drawing of a barn, hatched", "blur", [INK]) == (
        [],
        "ink drawing of a barn, hatched",
        "blur",
    )


def test_several_files_are_read_and_the_first_of_a_name_counts(tmp_path: Path):
    write_styles(tmp_path / "one.csv", [INK])
    (tmp_path / "two.csv").write_text("name,prompt\nInk,other\n#note,\nSnow,in snow\n")
    styles = read_styles([tmp_path / "one.csv", tmp_path / "missing.csv", tmp_path / "two.csv"])
    assert [(each.name, each.prompt, each.negative_prompt) for each in styles] == [
        ("Ink", INK.prompt, "colour"),
        ("Snow", "in snow", ""),
    ]
    assert [each.path and each.path.name for each in styles] == ["one.csv", "two.csv"]


def test_old_files_call_the_prompt_text(tmp_path: Path):
    (tmp_path / "styles.csv").write_text("name,text\nSnow,in snow\n")
    assert read_styles([tmp_path / "styles.csv"])[0].prompt == "in snow"


def test_a_file_that_is_no_text_is_named(tmp_path: Path):
    (tmp_path / "styles.csv").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(BrokenFile, match=r"styles\.csv"):
        read_styles([tmp_path / "styles.csv"])


def test_writing_keeps_the_file_that_was_there(tmp_path: Path):
    path = tmp_path / "styles.csv"
    write_styles(path, [INK])
    before = path.read_bytes()
    write_styles(path, [SNOW])
    assert (tmp_path / "styles.csv.bak").read_bytes() == before
    assert [each.name for each in read_styles([path])] == ["Snow"]


words = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


names = words.filter(lambda name: name and not name.startswith("#"))


@given(st.lists(st.tuples(names, words, words), max_size=5, unique_by=lambda row: row[0]))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]):
    path = tmp_path_factory.mktemp("styles") / "styles.csv"
    styles = [Style(name=name, prompt=text, negative_prompt=no, path=path) for name, text, no in rows]
    write_styles(path, styles)
    assert read_styles([path]) == styles
