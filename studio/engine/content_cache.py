"""Results that are worth keeping between jobs, by what they were made of: encoded prompts, encoded pictures.

Nothing new is needed for a new kind of result: its maker asks with a key that names all that it depends on.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from PIL import Image

T = TypeVar("T")
MOST = 64


class ContentCache:
    """The `most` results that were used last. Thread safe; two threads may both make a result that is missing."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value


def fingerprint(image: Image.Image) -> str:
    """Equal for equal pixels."""
    return hashlib.sha256(f"{image.mode}{image.size}".encode() + image.tobytes()).hexdigest()
