"""Writing to a disk that may refuse: what the system says becomes an error of the studio here."""

import contextlib
import os
import sqlite3
from collections.abc import Generator
from pathlib import Path

from studio.domain.errors import DiskRefused


@contextlib.contextmanager
def refusals() -> Generator[None]:
    """Around what writes, or as its decorator. Raises DiskRefused for what the system and SQLite say of the disk."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise DiskRefused.because(error) from error


@refusals()
def write_whole(path: Path, data: bytes) -> None:
    """A file that appears whole or stays as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
