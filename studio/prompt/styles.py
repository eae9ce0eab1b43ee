"""Styles: named pieces of prompts, in CSV files as A1111 keeps them. A new column is a field of `Style`.

A style's text takes the prompt in at `{prompt}`, and otherwise follows it after a comma.
"""

import csv
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.domain.errors import BrokenFile

PLACE = "{prompt}"
HIDDEN = "#"
"""Rows whose name begins so are notes, or styles that are switched off."""
COLUMNS = ("name", "prompt", "negative_prompt")


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """`path` is the file that it stands in."""

    name: str
    prompt: str
    negative_prompt: str
    path: Path | None = None


def apply_styles(prompt: str, styles: Iterable[str]) -> str:
    """The prompt with the texts of some styles (their prompts, or their negative prompts) put to it, in order."""
    for text in styles:
        if PLACE in text:
            prompt = text.replace(PLACE, prompt)
        else:
            prompt = ", ".join(part for part in (prompt.strip(), text.strip()) if part)
    return prompt


def extract_styles(prompt: str, negative_prompt: str, styles: Sequence[Style]) -> tuple[list[str], str, str]:
    """The names of the styles that were applied to a pasted pair of prompts, and the pair as it was before."""
    found: list[str] = []
    left = [style for style in styles if style.prompt or style.negative_prompt]
    while True:
        for style in left:
            without = removed(style.prompt, prompt), removed(style.negative_prompt, negative_prompt)
            if without[0] is not None and without[1] is not None:
                prompt, negative_prompt = without[0], without[1]
                found.insert(0, style.name)
                left.remove(style)
                break
        else:
            return found, prompt, negative_prompt


def removed(style: str, prompt: str) -> str | None:
    """The prompt without a style's text; None if it is not there."""
    style, tidy = tidied(style), tidied(prompt)
    if not style:
        return prompt
    before, place, after = style.partition(PLACE)
    if place:
        fits = tidy.startswith(before) and tidy.endswith(after) and len(tidy) >= len(before) + len(after)
        return tidy[len(before) : len(tidy) - len(after)] if fits else None
    if not tidy.endswith(style):
        return None
    return tidy[: len(tidy) - len(style)].removesuffix(", ")


def tidied(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def read_styles(paths: Iterable[Path]) -> list[Style]:
    """The styles of all files that are there; of two with one name, the first. Raises BrokenFile."""
    by_name: dict[str, Style] = {}
    for path in paths:
        for style in styles_in(path) if path.is_file() else ():
            by_name.setdefault(style.name, style)
    return list(by_name.values())


def styles_in(path: Path) -> list[Style]:
    """Without the rows that somebody has switched off."""
    return [row for row in rows_in(path) if not row.name.startswith(HIDDEN)]


def rows_in(path: Path) -> list[Style]:
    """Also of old files, where the prompt's column is called text. Raises BrokenFile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BrokenFile(f"{path.name} cannot be read as a CSV file of styles: {error}", path=str(path)) from error
    return [
        Style(
            name=row["name"],
            prompt=row.get("prompt", row.get("text", "")),
            negative_prompt=row.get("negative_prompt", ""),
            path=path,
        )
        for row in rows
        if row.get("name")
    ]


def write_styles(path: Path, styles: Iterable[Style]) -> None:
    """The file as a whole; what was there is kept beside it as .bak."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        shutil.copyfile(path, path.with_name(f"{path.name}.bak"))
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((style.name, style.prompt, style.negative_prompt) for style in styles)
    part.replace(path)
