"""The device as a whole: what is loaded ahead and what is freed on demand."""

import gc
import weakref

import pytest

from studio.domain.errors import ModelMissing
from studio.engine.lazy import LazyMachine
from studio.engine.machine import DeviceMachine
from tests.engine.tiny_models import manager


def test_a_model_can_be_loaded_ahead_and_freed_on_demand(models):
    one = manager(models)
    machine = DeviceMachine(one, {})
    machine.warm("tiny", "Automatic", "Disable")
    unet = weakref.ref(one.load("tiny", "Automatic").unet)
    machine.warm("tiny", "Automatic", "Disable")
    assert unet() is one.load("tiny", "Automatic").unet
    machine.unload()
    gc.collect()
    assert unet() is None
    machine.warm("tiny", "Automatic", "Disable")


def test_a_model_that_is_gone_is_named(models):
    with pytest.raises(ModelMissing, match="ghost"):
        DeviceMachine(manager(models), {}).warm("ghost", "Automatic", "Disable")


def test_nothing_is_made_to_be_freed():
    LazyMachine(lambda: pytest.fail("torch was loaded to free nothing")).unload()
