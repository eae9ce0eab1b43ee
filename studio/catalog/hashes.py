"""SHA-256 of weight files, worked out in the background and kept in a file. A new kind of hash is a method here."""

import contextlib
import hashlib
import json
import queue
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from studio.domain.errors import StudioError

BLOCK = 2**22


class Hashes:
    """`store` is the file that keeps them, by path, time and size. Thread safe."""

    def __init__(self, store: Path) -> None:
        self._store, self._lock = store, threading.Lock()
        self._known = loaded(store)
        self._waiting: queue.Queue[Path] = queue.Queue()
        self._asked: set[str] = set()
        self._worker: threading.Thread | None = None

    def known(self, path: Path) -> str:
        """Empty while it is not known; asking sets the background to work."""
        key = key_of(path)
        with self._lock:
            if key in self._known or key in self._asked:
                return self._known.get(key, "")
            self._asked.add(key)
            self._waiting.put(path)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="hashes", daemon=True)
                self._worker.start()
        return ""

    def of(self, path: Path) -> str:
        """Now, however long it takes."""
        return self._kept(key_of(path), lambda: sha256_of(path))

    def _kept(self, key: str, work_out: Callable[[], str]) -> str:
        if key not in self._known:
            value = work_out()
            with self._lock:
                self._known[key] = value
                write_atomically(self._store, self._known)
        return self._known[key]

    def of_weights(self, path: Path) -> str:
        """Of what follows the header of a .safetensors, so that other metadata make no other hash."""
        return self._kept(f"weights:{key_of(path)}", lambda: sha256_of_weights(path))

    def wait(self) -> None:
        """Until all that was asked for is known, or its file is gone."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            path = self._waiting.get()
            with contextlib.suppress(OSError, StudioError):
                self.of(path)
            self._waiting.task_done()


def key_of(path: Path) -> str:
    about = [each.stat() for each in sorted(weight_files(path))]
    return f"{path}|{max((a.st_mtime_ns for a in about), default=0)}|{sum(a.st_size for a in about)}"


def weight_files(path: Path) -> list[Path]:
    """The file itself, or the weights in a folder."""
    if not path.is_dir():
        return [path]
    return [file for file in path.glob("*/*") if file.suffix in (".safetensors", ".bin")]


def sha256_of(path: Path) -> str:
    total = hashlib.sha256()
    for each in sorted(weight_files(path)):
        with each.open("rb") as file:
            while block := file.read(BLOCK):
                total.update(block)
    return total.hexdigest()


def sha256_of_weights(path: Path) -> str:
    with path.open("rb") as file:
        first = file.read(8)
        file.seek(8 + struct.unpack("<Q", first)[0] if len(first) == 8 else 0)
        return hashlib.file_digest(file, "sha256").hexdigest()


def loaded(store: Path) -> dict[str, str]:
    try:
        content = json.loads(store.read_text())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, str]", content) if isinstance(content, dict) else {}


def write_atomically(store: Path, known: Mapping[str, str]) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    beside = store.with_suffix(".new")
    beside.write_text(json.dumps(known, indent=1))
    beside.replace(store)
