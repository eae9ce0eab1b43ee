"""Annotators' weights from where they are published, with progress, and on from where it stopped.

Only addresses of `configs/models.json` are asked. Another kind of address is a branch in `wanted`.
"""

from collections.abc import Callable
from pathlib import Path

from studio.catalog.fetch import fetch
from studio.catalog.headers import SUFFIXES
from studio.controlnet.weights import Weights
from studio.domain.errors import ModelMissing

Tell = Callable[[str, int, int], None]
"""(file name, bytes that are here, all of them; 0 while unknown); may raise Cancelled."""

FOLDER_FILES = ("config.json", "model.safetensors")
"""What a model in transformers' layout consists of."""


def download(weights: Weights, name: str, tell: Tell) -> Path:
    """The file or folder of a name, in the first folder of `weights`. Raises ModelMissing, BrokenFile, StudioError."""
    address, folder = weights.addresses.get(name, ""), weights.folders[0]
    if not address:
        message = f"It is not known where {name!r} comes from. Put it into {folder}"
        raise ModelMissing(message, file=name, folder=str(folder), address="")
    for source, target in wanted(address, folder / name):
        if not target.is_file():
            fetch(source, target, lambda here, whole, file=target.name: tell(file, here, whole))
    return folder / name


def wanted(address: str, target: Path) -> list[tuple[str, Path]]:
    """(address, place) of every file."""
    if target.suffix in SUFFIXES:
        return [(address, target)]
    return [(f"{address}/resolve/main/{file}", target / file) for file in FOLDER_FILES]
