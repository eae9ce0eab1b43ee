"""What people work on, kept as they work: pictures and drawings as files by hash, values as JSON by document and part.

A document belongs to one browser tab. A new kind of thing to keep is a part with a new name: nothing changes here.
"""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.domain.errors import BadRequest, UnknownName
from studio.store.database import Database
from studio.store.disk import refusals

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS parts (
    document TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, changed REAL NOT NULL,
    PRIMARY KEY (document, name)
);
"""
HASH = re.compile(r"\b[0-9a-f]{64}\b")
DOCUMENT = re.compile(r"[0-9a-f]{32}")
DAY = 24 * 60 * 60.0


class Documents:
    """`folder` must lie outside every folder that is served. Any thread may call. What writes raises DiskRefused."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._files.mkdir(parents=True, exist_ok=True)
        self._database = Database(folder / "documents.sqlite", TABLES)

    def keep(self, data: bytes) -> str:
        """The key to read the bytes by: their SHA-256. The same bytes are kept once."""
        key = hashlib.sha256(data).hexdigest()
        path = self._place(key)
        if path.exists():
            path.touch()  # `sweep` goes by the age
            return key
        with refusals():
            path.parent.mkdir(exist_ok=True)
            half_written = path.with_suffix(f".{time.monotonic_ns()}.part")
            half_written.write_bytes(data)
            half_written.replace(path)
        return key

    def path(self, key: str) -> Path:
        """Where the bytes lie. Raises UnknownName where there are none (any more)."""
        path = self._place(key)
        if not path.is_file():
            raise UnknownName("This picture is not kept here any more: put it in again", key=key)
        return path

    def read(self, key: str) -> bytes:
        return self.path(key).read_bytes()

    def save(self, document: str, name: str, content: Mapping[str, Any]) -> None:
        """One part of a document, replacing what it held. Raises BadRequest for an id that is not 32 hex digits."""
        if not DOCUMENT.fullmatch(document):
            raise BadRequest("A document's id has 32 hexadecimal digits", field="document")
        with self._database.open() as db:
            row = (document, name, json.dumps(content), time.time())
            db.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)", row)

    def load(self, document: str) -> dict[str, Any]:
        """The parts by name; empty for a document that nobody saved."""
        with self._database.open() as db:
            rows = db.execute("SELECT name, content FROM parts WHERE document = ?", (document,)).fetchall()
        return {name: json.loads(content) for name, content in rows}

    def copy(self, source: str, target: str) -> None:
        """The target holds what the source holds now; from here on each goes its own way."""
        for name, content in self.load(source).items():
            self.save(target, name, content)

    def sweep(self, *, documents_after: float = 60 * DAY, files_after: float = DAY) -> int:
        """Forgets documents that nobody touched for so many seconds, then files that no document names.

        Returns how many files went. Young files stay: their document may be about to name them.
        """
        now = time.time()
        with self._database.open() as db:
            old = "SELECT document FROM parts GROUP BY document HAVING MAX(changed) < ?"
            db.execute(f"DELETE FROM parts WHERE document IN ({old})", (now - documents_after,))
            used = {key for (content,) in db.execute("SELECT content FROM parts") for key in HASH.findall(content)}
        unused = [path for path in self._files.glob("*/*") if path.name not in used]
        gone = [path for path in unused if path.stat().st_mtime < now - files_after]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _place(self, key: str) -> Path:
        if not HASH.fullmatch(key):
            raise BadRequest("A picture's key has 64 hexadecimal digits", field="key")
        return self._files / key[:2] / key
