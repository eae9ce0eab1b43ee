"""The file of styles: what is saved is there, what others wrote into it stays."""

from pathlib import Path

import pytest

from studio.domain.errors import BadRequest
from studio.store.styles import StylesFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """As A1111 writes it, with a row that is switched off."""
    path = tmp_path / "styles.csv"
    path.write_text('name,prompt,negative_prompt\nFilm,"film grain, {prompt}",blur\n#Old,old,\nInk,ink,\n')
    return path


def texts(styles: StylesFile) -> list[tuple[str, str, str]]:
    return [(each.name, each.prompt, each.negative_prompt) for each in styles.list()]


def test_a_style_is_made_changed_in_its_place_and_deleted(path: Path):
    styles = StylesFile(path)
    styles.save(" Night ", "at night\nwith stars", "sun")
    styles.save("Film", "grain", "")
    assert texts(styles) == [("Film", "grain", ""), ("Ink", "ink", ""), ("Night", "at night\nwith stars", "sun")]
    styles.delete("Ink")
    assert texts(StylesFile(path)) == [("Film", "grain", ""), ("Night", "at night\nwith stars", "sun")]
    assert "#Old,old," in path.read_text("utf-8-sig"), "what is switched off stays"
    assert "Ink,ink," in path.with_name("styles.csv.bak").read_text("utf-8-sig")


def test_the_first_style_makes_the_file(tmp_path: Path):
    styles = StylesFile(tmp_path / "new" / "styles.csv")
    assert texts(styles) == []
    styles.save("Ink", "ink", "")
    assert texts(styles) == [("Ink", "ink", "")]


@pytest.mark.parametrize("name", ["", "  ", "#off"])
def test_a_name_that_would_not_come_back_is_refused(path: Path, name: str):
    before = path.read_bytes()
    with pytest.raises(BadRequest, match="name"):
        StylesFile(path).save(name, "x", "")
    assert path.read_bytes() == before


def test_the_file_of_a_webui_is_only_read(path: Path, tmp_path: Path):
    before = path.read_bytes()
    styles = StylesFile(tmp_path / "own.csv", path)
    styles.save("Ink", "my ink", "")
    assert ("Ink", "my ink", "") in texts(styles)
    styles.delete("Ink")
    assert ("Ink", "ink", "") in texts(styles)
    with pytest.raises(BadRequest, match="Delete it there"):
        styles.delete("Ink")
    with pytest.raises(BadRequest, match="There is no style Nope"):
        styles.delete("Nope")
    assert path.read_bytes() == before
