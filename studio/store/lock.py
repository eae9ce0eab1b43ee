"""One studio per data folder: two that share a database would run each job twice."""

import os
from pathlib import Path
from typing import IO

from studio.domain.errors import StudioError


def lock_folder(folder: Path) -> IO[str]:
    """The claim on a folder, which holds as long as the file is open, however the process ends. Raises StudioError."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "lock").open("a+", encoding="ascii")
    try:
        claim(file)
    except OSError as error:
        file.close()
        message = f"Another studio works in {folder.parent}. Stop it, or start this one with another --data-dir"
        raise StudioError(message, folder=str(folder)) from error
    return file


if os.name == "nt":
    import msvcrt

    def claim(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def claim(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
