"""Where annotators' weights lie and where they come from. A new file is an entry of `configs/models.json`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from studio.controlnet.weight_files import OTHER_NAMES
from studio.domain.errors import ModelMissing

N = TypeVar("N")

Load = Callable[[Any], Any]
"""(device) -> a network on it."""
Keep = Callable[[str, Load], Any]
"""(key, load) -> the network, from the one memory of loaded networks or freshly loaded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """`folders` are searched in order, with their subfolders; new files go to the first. `addresses` by file name."""

    folders: tuple[Path, ...]
    addresses: Mapping[str, str]
    keep: Keep

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
        found = (self._find_in(folder, each) for folder in self.folders for each in names)
        return next((path for path in found if path), None)

    def _find_in(self, folder: Path, name: str) -> Path | None:
        if (folder / name).exists():
            return folder / name
        return next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None

    def network(self, key: str, load: Callable[[Any], N]) -> N:
        """What `load` gives on the device, kept under `key` for the next time."""
        return cast("N", self.keep(key, load))


def forgetful(key: str, load: Load) -> Any:
    """Keeps nothing, and works on the CPU: for tools and tests."""
    return load("cpu")
