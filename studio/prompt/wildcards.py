"""Wildcards: `__colour__` is a line of `colour.txt`, chosen by the seed. Another source of lines is another `Lists`.

As the wildcards extension of A1111 has it; lines may hold wildcards again, `#` begins a comment line.
"""

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from studio.domain.errors import BrokenFile

WILDCARD = re.compile(r"<[^<>]*>|__(\w(?:[\w /.-]*?\w)?)__")
"""What stands in `<lora:...>` is a name, whatever it looks like."""

DEEPEST = 10

Lists = Mapping[str, Sequence[str]]
"""The lines by the lower-case name of their file, with the folders before it: "places/forest"."""


def has_wildcards(prompt: str) -> bool:
    return any(match[1] for match in WILDCARD.finditer(prompt))


def expand(prompt: str, lists: Lists, seed: int) -> tuple[str, list[str]]:
    """The prompt with a line for each wildcard, and the names that have none, which stay as they are written.

    The same seed and lists give the same text; each wildcard draws for itself.
    """
    draw = random.Random(seed)  # a choice of words, nothing secret
    unknown: dict[str, None] = {}

    def line(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0]
        lines = lists.get(match[1].lower())
        if lines:
            return draw.choice(lines)
        unknown[match[1]] = None
        return match[0]

    for _ in range(DEEPEST):
        expanded = WILDCARD.sub(line, prompt)
        if expanded == prompt:
            break
        prompt = expanded
    return prompt, list(unknown)


def read_lists(*folders: Path) -> dict[str, tuple[str, ...]]:
    """Of all text files in some folders and below them; of two with one name, the first. Raises BrokenFile."""
    found: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        for path in files_in(folder):
            name = path.relative_to(folder).with_suffix("").as_posix().lower()
            if name not in found:
                found[name] = lines_of(path)
    return found


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.txt"))


def lines_of(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile(f"{path.name} cannot be read as a list of wildcards: {error}", path=str(path)) from error
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
