"""Annotators' weights from where they are published, with progress, and on from where it stopped.

Only addresses of `configs/annotators.json` are asked. Another kind of address is a branch in `wanted`.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from studio.catalog.headers import SUFFIXES, read_header
from studio.controlnet.weights import Weights
from studio.domain.errors import BrokenFile, ModelMissing, StudioError

Tell = Callable[[str, int, int], None]
"""(file name, bytes that are here, all of them; 0 while unknown); may raise Cancelled."""

FOLDER_FILES = ("config.json", "model.safetensors")
"""What a model in transformers' layout consists of."""
BLOCK = 2**20
PATIENCE = 30.0  # seconds without a byte
PART = ".part"
COMPLETE_ALREADY = 416


def download(weights: Weights, name: str, tell: Tell) -> Path:
    """The file or folder of a name, in the first folder of `weights`. Raises ModelMissing, BrokenFile, StudioError."""
    address, folder = weights.addresses.get(name, ""), weights.folders[0]
    if not address:
        message = f"It is not known where {name!r} comes from. Put it into {folder}"
        raise ModelMissing(message, file=name, folder=str(folder), address="")
    for source, target in wanted(address, folder / name):
        if not target.is_file():
            fetch(source, target, tell)
    return folder / name


def wanted(address: str, target: Path) -> list[tuple[str, Path]]:
    """(address, place) of every file."""
    if target.suffix in SUFFIXES:
        return [(address, target)]
    return [(f"{address}/resolve/main/{file}", target / file) for file in FOLDER_FILES]


def fetch(address: str, target: Path, tell: Tell) -> None:
    """Into `<target>.part`, which becomes the target when it is whole; an old part goes on where it ends."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    try:
        receive(address, part, lambda here, whole: tell(target.name, here, whole))
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", error)
        message = (
            f"{target.name} cannot be downloaded ({reason}). Get it from {address} and put it into {target.parent}"
        )
        raise StudioError(message, file=target.name, address=address, folder=str(target.parent)) from error
    check(part, target)
    part.replace(target)


def receive(address: str, part: Path, tell: Callable[[int, int], None]) -> None:
    start = part.stat().st_size if part.exists() else 0
    asked = urllib.request.Request(address, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        answer = urllib.request.urlopen(asked, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        if start and error.code == COMPLETE_ALREADY:
            return
        raise
    with answer:
        is_rest = answer.status == 206
        start = start if is_rest else 0
        length = int(answer.headers.get("Content-Length") or 0)
        with part.open("ab" if is_rest else "wb") as file:
            copy(answer, file, start, start + length if length else 0, tell)


def copy(answer: Any, file: IO[bytes], here: int, whole: int, tell: Callable[[int, int], None]) -> None:
    while block := answer.read(BLOCK):
        file.write(block)
        here += len(block)
        tell(here, whole)
    if whole and here < whole:
        raise OSError(f"the connection ended at {here} of {whole} bytes")


def check(part: Path, target: Path) -> None:
    """A page that says "not found" is no weight file, and goes. Raises BrokenFile."""
    try:
        if target.suffix in SUFFIXES:
            read_header(part)
    except BrokenFile:
        part.unlink()
        raise
