"""One studio per data folder: two that share a database would run each job twice."""

import os
import sys
from pathlib import Path

from studio.domain.errors import StudioError


def lock_folder(folder: Path) -> int:
    """Claims a folder until the process ends, however it ends; gives the file descriptor. Raises StudioError."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    try:
        claim(descriptor)
    except OSError as error:
        os.close(descriptor)
        message = f"Another studio works in {folder.parent}. Stop it, or start this one with another --data-dir"
        raise StudioError(message, folder=str(folder)) from error
    return descriptor


if sys.platform == "win32":
    import msvcrt

    def claim(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def claim(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
