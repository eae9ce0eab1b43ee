"""The loaded models, kept within a budget, the one that was used last the longest. Thread safe.

A new kind of model needs nothing here: whoever loads it says its key, its bytes and how to load it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

T = TypeVar("T")
SHARE = 0.6  # of what the machine has free at the start


@dataclass(frozen=True, slots=True)
class Kept:
    value: Any
    size: int


class ModelMemory:
    """`budget` in bytes. What is in use stays alive while it is used, kept here or not."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, load: Callable[[], T], size: Callable[[T], int], expected: int = 0) -> T:
        """The value of a key, loaded at most once. Room for `expected` bytes is made before loading."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key].value
            self._make_room(expected)
            value = load()
            self._kept[key] = Kept(value, size(value))
            self._make_room(0, keep=key)
            return value

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def keep_only(self, is_wanted: Callable[[Hashable], bool]) -> None:
        with self._lock:
            for key in [key for key in self._kept if not is_wanted(key)]:
                del self._kept[key]
            release()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            release()

    @property
    def used(self) -> int:
        with self._lock:
            return sum(each.size for each in self._kept.values())

    def keys(self) -> list[Hashable]:
        """Those that would be dropped first stand first."""
        with self._lock:
            return list(self._kept)

    def _make_room(self, needed: int, keep: Hashable = None) -> None:
        dropped = False
        while self._kept and self.used + needed > self.budget:
            oldest = next(iter(self._kept))
            if oldest == keep:
                break
            del self._kept[oldest]
            dropped = True
        if dropped:
            release()


def release() -> None:
    """Gives freed GPU memory back, so that it can be used for other shapes."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def is_out_of_memory(error: RuntimeError) -> bool:
    """Of a card, or of the processor, whose allocator has no error of its own."""
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)


def default_budget(device: torch.device) -> int:
    """Bytes for models on a device: a share of what is free now."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0] * SHARE)
    return int(free_memory() * SHARE)


def free_memory() -> int:
    """Bytes of main memory that can be had without swapping."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            facts = dict(line.split(":") for line in file if ":" in line)
        return int(facts["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 8 * 2**30


def bytes_of(*modules: torch.nn.Module) -> int:
    """Of parameters and buffers."""
    tensors = [tensor for module in modules for tensor in (*module.parameters(), *module.buffers())]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
