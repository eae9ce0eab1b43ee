"""The short list of known good models, `configs/models.json`: a new one is an entry there.

An entry has a kind, a title, the file's name here, and where it comes from: a hub id (with `path` where the file has
another place there, `files` where it is a folder in transformers' layout), or an `address`. A ControlNet names the
`architecture` that it is for. Its size in bytes (rounded where only that is known) and its SHA-256 stand there where
they are known for certain.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from studio.catalog.hub import Hub, Remote, Wish
from studio.catalog.kinds import Kind, Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """`file` is its name here; `files` are what a folder of that name consists of."""

    kind: Kind
    title: str
    file: str
    licence: str
    architecture: str = ""
    hub: str = ""
    path: str = ""
    files: tuple[str, ...] = ()
    address: str = ""
    size: int = 0
    sha256: str = ""

    def source(self, hub: Hub) -> str:
        """Where a person finds it: the file's address, or a folder's page."""
        if self.files:
            return f"{hub.endpoint}/{self.hub}"
        return self.address or hub.file(self.hub, self.path or self.file).address

    def wish(self, hub: Hub) -> Wish:
        if self.files:
            parts = (Remote(address=f"{self.source(hub)}/resolve/main/{each}", name=each) for each in self.files)
            return Wish(files=tuple(parts), folder=self.file)
        file = Remote(address=self.source(hub), name=self.file, size=self.size, sha256=self.sha256)
        return Wish(files=(file,))


def read_known(table: Path) -> tuple[Known, ...]:
    entries = cast("list[dict[str, Any]]", json.loads(table.read_text("utf-8")))
    return tuple(known_of(each) for each in entries)


def known_of(entry: Mapping[str, Any]) -> Known:
    values: dict[str, Any] = {**entry, "kind": Kind(entry["kind"]), "files": tuple(entry.get("files", ()))}
    return Known(**values)


def annotator_sources(known: Sequence[Known], hub: Hub) -> dict[str, str]:
    """Where each preprocessor's weights come from, by the names of the files."""
    return {each.file: each.source(hub) for each in known if each.kind is Kind.annotator}


def annotator_wishes(known: Sequence[Known], hub: Hub) -> dict[str, Wish]:
    """What is to be brought for each of them."""
    return {each.file: each.wish(hub) for each in known if each.kind is Kind.annotator}


def names_by_kind(places: Places) -> dict[Kind, set[str]]:
    """The names of all files and folders in the places, and below."""
    return {kind: {name for folder in folders for name in names_below(folder)} for kind, folders in places.items()}


def names_below(folder: Path) -> Iterator[str]:
    for _, inner, files in os.walk(folder):
        inner[:] = [each for each in inner if not each.startswith(".")]
        yield from (*inner, *files)


def is_here(known: Known, names: Mapping[Kind, set[str]]) -> bool:
    """Whether a file of its name lies in a folder of its kind."""
    return known.file in names.get(known.kind, ())
