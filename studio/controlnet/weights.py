"""Where annotators' weights lie and where they come from. A new file is an entry of `configs/models.json`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from studio.catalog.bringing import Tell, bring
from studio.catalog.hub import Wish
from studio.controlnet.weight_files import OTHER_NAMES
from studio.domain.errors import ModelMissing

N = TypeVar("N")

Load = Callable[[Any], Any]
"""(device) -> a network on it."""
Keep = Callable[[str, Load], Any]
"""(key, load) -> the network, from the one memory of loaded networks or freshly loaded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """`folders` are searched in order, with their subfolders; new files go to the first.

    By file name: `addresses`, where a person finds it, and `wishes`, what can be brought.
    """

    folders: tuple[Path, ...]
    addresses: Mapping[str, str]
    keep: Keep
    wishes: Mapping[str, Wish] = field(default_factory=dict[str, Wish])

    def path(self, name: str) -> Path:
        """Of a weight file, or of a folder in transformers' layout. Raises ModelMissing, which says what to do."""
        found = self.find(name)
        if found is None:
            folder, address = self.folders[0], self.addresses.get(name, "")
            origin = f" Download it from {address} and" if address else " Please"
            message = f"The preprocessor's weights {name!r} are missing.{origin} put it into {folder}"
            raise ModelMissing(message, file=name, folder=str(folder), address=address)
        return found

    def find(self, name: str) -> Path | None:
        names = (name, *OTHER_NAMES.get(name, ()))
        return next((found for each in names for folder in self.folders if (found := found_in(folder, each))), None)

    def fetch(self, name: str, tell: Tell) -> Path:
        """Into the first folder, from where it is published. Raises ModelMissing, BrokenFile, StudioError."""
        wish, folder = self.wishes.get(name), self.folders[0]
        if wish is None:
            message = f"It is not known where {name!r} comes from. Put it into {folder}"
            raise ModelMissing(message, file=name, folder=str(folder), address="")
        return bring(wish, folder, tell)

    def network(self, key: str, load: Callable[[Any], N]) -> N:
        """What `load` gives on the device, kept under `key` for the next time."""
        return cast("N", self.keep(key, load))


def found_in(folder: Path, name: str) -> Path | None:
    if (folder / name).exists():
        return folder / name
    return next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None


def forgetful(key: str, load: Load) -> Any:
    """Keeps nothing, and works on the CPU: for tools and tests."""
    return load("cpu")
