"""An SQLite file with its tables."""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path

from studio.store.disk import refusals

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds, where another thread writes


class Database:
    """A connection per transaction, so any thread may open one.

    A file that is no database (any more) is set aside, and a new one begins. Raises DiskRefused.
    """

    def __init__(self, path: Path, tables: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            self._create(tables)
        except sqlite3.DatabaseError as error:
            aside = path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}")
            log.warning("%s cannot be read (%s). It now lies at %s, and a new one begins", path, error, aside)
            path.replace(aside)
            self._create(tables)

    @contextlib.contextmanager
    def open(self) -> Generator[sqlite3.Connection, None, None]:
        """One transaction, on the disk when the block ends. Raises DiskRefused where it cannot be."""
        with refusals(), contextlib.closing(sqlite3.connect(self._path, timeout=PATIENCE)) as db, db:
            yield db

    def _create(self, tables: str) -> None:
        with self.open() as db:
            db.executescript(tables)
