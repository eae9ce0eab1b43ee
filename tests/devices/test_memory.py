"""Loaded models within a budget, and by whom they are used at once."""

import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import torch

from studio.devices.memory import ModelMemory, bytes_of, default_budget, free_memory


class Weights:
    def __init__(self, size=10):
        self.size = size


def get(memory, key, made=None, size=10):
    def load():
        if made is not None:
            made.append(key)
        return Weights(size)

    return memory.get(key, load, lambda value: value.size, size)


def test_a_model_is_loaded_once_and_kept():
    memory, made = ModelMemory(100), []
    assert get(memory, "a", made) is get(memory, "a", made)
    assert made == ["a"]
    assert memory.used == 10


def test_the_one_that_was_used_longest_ago_goes_first():
    memory = ModelMemory(25)
    for key in "aba":
        get(memory, key)
    get(memory, "c")
    assert memory.keys() == ["a", "c"]


def test_room_is_made_before_loading():
    memory = ModelMemory(25)
    first = weakref.ref(get(memory, "a"))
    seen = []
    memory.get("b", lambda: seen.append(first()) or Weights(20), lambda value: value.size, 20)
    assert seen == [None]


def test_one_model_larger_than_the_budget_is_still_served():
    memory = ModelMemory(5)
    get(memory, "small", size=3)
    assert get(memory, "large", size=50).size == 50
    assert memory.keys() == ["large"]


def test_a_dropped_model_lives_on_where_it_is_used():
    memory = ModelMemory(10)
    used = get(memory, "a")
    get(memory, "b")
    assert memory.keys() == ["b"]
    assert used.size == 10


def test_twenty_switches_leave_no_more_than_the_first():
    memory = ModelMemory(15)
    alive = [weakref.ref(get(memory, index)) for index in range(20)]
    assert sum(ref() is not None for ref in alive) == 1


def test_many_threads_load_a_model_once():
    memory, made = ModelMemory(100), []
    barrier = threading.Barrier(8)

    def work(_):
        barrier.wait()
        return memory.get("a", lambda: (time.sleep(0.02), made.append(1), Weights())[2], lambda value: value.size)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(work, range(8)))
    assert len(made) == 1
    assert len({id(value) for value in values}) == 1


def test_a_failed_load_leaves_nothing_behind():
    memory = ModelMemory(100)
    for _ in range(2):
        try:
            memory.get("a", lambda: 1 / 0, lambda value: 1)
        except ZeroDivisionError:
            continue
    assert memory.used == 0
    assert get(memory, "a").size == 10


def test_bytes_are_of_weights_and_buffers():
    assert bytes_of(torch.nn.BatchNorm2d(4)) == 4 * 4 * 4 + 8


def test_the_budget_is_part_of_what_is_free():
    assert 0 < default_budget(torch.device("cpu")) < free_memory()
