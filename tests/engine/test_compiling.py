"""Compiled blocks: made beside drawing, used where they are exactly what would be drawn, and never else.

`aot_eager` captures and traces as the true compiler does, and runs torch's own operators, so it takes little time and
rounds as they do. The true compiler and its folder: `test_compiled_pictures.py`.
"""

import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch._dynamo.backends.registry import lookup_backend

from studio.catalog.controlnets import ControlNets
from studio.devices.device import DeviceOptions, choose_device
from studio.domain.request import ControlMode
from studio.domain.settings import Settings
from studio.engine.compiled_blocks import blocks_of
from studio.engine.compiling import Compiler
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.reference import reference_hooks
from studio.engine.hooks.token_merging import token_merging_hooks
from studio.engine.packing import pack, unpack
from studio.studio import random_seed
from tests.engine.hooks.scenes import UNIT, control_map, noise_picture
from tests.engine.test_regions import region
from tests.engine.tiny_models import Watching, manager, pass_plan, plan_of, prepared, samplers, upscale

CONTROL = replace(UNIT, model="one", preprocessor="canny")
REFERENCE = replace(UNIT, model="None", preprocessor="reference_adain+attn", mode=ControlMode.control)
ROUNDING = 1  # level of 255


class Counting:
    """A compiler of torch that counts what it is asked for, and how often its code runs."""

    def __init__(self, problem=None):
        self.made, self.runs, self.threads, self.problem = 0, 0, set(), problem

    def __call__(self, graph, inputs):
        if self.problem:
            raise self.problem
        inner = lookup_backend("aot_eager")(graph, inputs)
        self.made += 1
        self.threads.add(threading.current_thread().name)

        def run(*given):
            self.runs += 1
            return inner(*given)

        return run


class Studio:
    def __init__(self, folder, nets, problem=None):
        known = ControlNets()
        makers = [controlnet_hooks(lambda name: known.list([nets])[name]), reference_hooks, token_merging_hooks]
        device = replace(choose_device(DeviceOptions(uses_cpu=True, is_half_allowed=False)), is_packed=False)
        self.models = manager(folder)
        self.models.device = device
        self.backend = Counting(problem)
        self.compiler = Compiler(backend=self.backend)
        self.engine = DenoisingEngine(self.models, samplers(), upscale, makers, self.compiler)

    def run(self, *units, compiles=True, settings=None, regions=(), seeds=(1,), **plan):
        maps = tuple(control_map(unit, noise_picture(seed)) for seed, unit in enumerate(units))
        settings = replace(settings or Settings(), compiles=compiles)
        given = replace(prepared(plan_of(seeds=seeds, settings=settings, **plan)), controls=maps, regions=regions)
        return list(self.engine.run(given, Watching()))

    def draw(self, *units, **asked):
        """The picture, and how often compiled code ran for it."""
        before = self.backend.runs
        drawn = self.run(*units, **asked)
        return np.asarray(drawn[0].image).astype(int), self.backend.runs - before


@pytest.fixture(scope="module")
def studio(models, nets):
    """Compiled for the usual picture, which was drawn `first` before anything was."""
    made = Studio(models, nets)
    made.first, _ = made.draw()
    made.compiler.wait()
    return made


def agrees(studio, *units, **asked):
    """Whether compiled code ran, where the picture is the plain one."""
    plain, none = studio.draw(*units, compiles=False, **asked)
    compiled, runs = studio.draw(*units, **asked)
    assert none == 0
    assert abs(compiled - plain).max() <= ROUNDING
    return runs > 0


@contextmanager
def amid_compiling(studio):
    """After a first picture, which it gives, while a compiler works that gives up at the end."""
    begun, goes_on = threading.Event(), threading.Event()

    def stuck(graph, inputs):
        begun.set()
        goes_on.wait(60)
        raise RuntimeError("given up")

    studio.compiler = studio.engine._compiler = Compiler(backend=stuck)
    first, _ = studio.draw()
    assert begun.wait(60)
    try:
        yield first
    finally:
        goes_on.set()
        studio.compiler.wait()


def test_the_first_job_is_drawn_plainly_and_the_next_one_compiled(studio):
    assert (studio.first == studio.draw(compiles=False)[0]).all()
    assert agrees(studio)
    assert studio.backend.threads == {"compiler"}


def test_a_job_that_cannot_be_compiled_yet_waits_for_nothing(models, nets):
    studio = Studio(models, nets)
    with amid_compiling(studio) as first:
        again, _ = studio.draw()
    assert (first == again).all()


def test_one_code_serves_equal_blocks_steps_seeds_prompts_and_sizes(studio):
    made = studio.backend.made
    unet = studio.models.load("tiny").unet
    assert made == len({block.build for block in blocks_of(unet)}) < len(list(blocks_of(unet)))
    assert agrees(studio, first=pass_plan(prompt="a tree", steps=6), seeds=(5,))
    for size in (96, 128):
        studio.run(first=pass_plan(size=size))
        studio.compiler.wait()
        assert agrees(studio, first=pass_plan(size=size))
    assert studio.backend.made == made


def test_a_model_of_the_same_build_needs_nothing_new(studio):
    made = studio.backend.made
    assert agrees(studio, first=pass_plan(model="inpaint"))
    assert studio.backend.made == made
    assert (studio.draw(first=pass_plan(model="inpaint"))[0] != studio.draw()[0]).any()


def test_changed_weights_count_at_once_and_the_old_ones_when_they_are_back(studio):
    before, _ = studio.draw()
    for block in blocks_of(studio.models.load("tiny").unet):
        weight = block.module.attn2.to_v.weight
        own, weight.data = weight.data, weight.data * 3
        block.module.own = own
    try:
        assert agrees(studio)
        assert abs(studio.draw()[0] - before).max() > ROUNDING
    finally:
        for block in blocks_of(studio.models.load("tiny").unet):
            block.module.attn2.to_v.weight.data = block.module.own
            del block.module.own
    assert (studio.draw()[0] == before).all()


def test_what_leaves_blocks_alone_goes_with_compiled_ones(studio):
    assert agrees(studio, CONTROL)
    assert agrees(studio, settings=Settings(caching_interval=2))
    assert agrees(studio, REFERENCE, CONTROL) is False


@pytest.mark.parametrize(
    ("units", "settings"),
    [
        ((), Settings(token_merging=0.5)),
        ((), Settings(tiling=True)),
        ((REFERENCE,), Settings()),
        ((REFERENCE, CONTROL), Settings(caching_interval=2)),
    ],
    ids=["token merging", "tiling", "reference", "several"],
)
def test_what_changes_blocks_acts_as_without(studio, units, settings):
    agrees(studio, *units, settings=settings)
    assert abs(studio.draw(*units, settings=settings)[0] - studio.draw()[0]).max() > ROUNDING
    assert agrees(studio)


def test_hooks_inside_of_a_block_make_it_a_plain_one(studio):
    unet = studio.models.load("tiny").unet
    block = next(blocks_of(unet)).module
    handle = block.attn2.to_v.register_forward_hook(lambda module, given, output: output * 3)
    try:
        agrees(studio)
        assert abs(studio.draw()[0] - studio.first).max() > ROUNDING
    finally:
        handle.remove()


def test_regions_are_drawn_as_without(studio):
    assert agrees(studio, regions=(region("a blue sea", (0, 0, 24, 64)),))


def test_weights_in_eight_bits(studio):
    asked = {"settings": Settings(fp8="Enable")}
    studio.run(**asked)
    studio.compiler.wait()
    assert agrees(studio, **asked)
    assert agrees(studio)


def test_packed_weights_stay_packed(studio):
    unet = studio.models.load("tiny").unet
    try:
        pack(unet)
        assert not agrees(studio)
    finally:
        unpack(unet)
    assert agrees(studio)


def test_pictures_of_a_batch_are_the_single_ones(studio):
    both = [np.asarray(each.image) for each in studio.run(seeds=(1, 2))]
    assert (both[1] == studio.draw(seeds=(2,))[0]).all()


def test_a_job_that_is_drawn_while_something_gets_ready_stays_plain(studio):
    session = studio.compiler.session()
    ready = session.ready
    studio.run(first=pass_plan(size=72))
    studio.compiler.wait()
    assert session.ready == ready < studio.compiler.session().ready


def test_the_network_is_left_as_it_was(studio):
    studio.run()
    unet = studio.models.load("tiny").unet
    assert not any("forward" in vars(module) for module in unet.modules())


def test_what_cannot_be_compiled_is_said_once_in_the_log_and_with_each_result(models, nets, caplog):
    studio = Studio(models, nets, problem=RuntimeError("no compiler was found\nat all"))
    (plain, _), (first, _) = studio.draw(compiles=False), studio.draw()
    studio.compiler.wait()
    drawn = studio.run()
    assert (first == plain).all()
    assert (np.asarray(drawn[0].image) == plain).all()
    assert "no compiler was found" in drawn[0].notes[0]
    assert "torch_compile" in drawn[0].notes[0]
    assert len([each for each in caplog.records if "could not be compiled" in each.message]) == 1
    assert studio.run(compiles=False)[0].notes == ()


def test_a_model_is_loaded_between_two_blocks(models, nets):
    studio, seen = Studio(models, nets), []

    def looking(graph, inputs):
        other = threading.Thread(target=lambda: seen.append(studio.models.loading.acquire(blocking=False)))
        other.start()
        other.join()
        return graph

    studio.compiler = studio.engine._compiler = Compiler(backend=looking, loading=studio.models.loading)
    studio.run()
    studio.compiler.wait()
    assert seen
    assert not any(seen)
    assert studio.models.loading.acquire(blocking=False)
    studio.models.loading.release()


def test_seeds_are_drawn_anew_while_something_is_compiled(models, nets):
    """Torch puts Python's own random numbers back to where they were when it began."""
    with amid_compiling(Studio(models, nets)):
        seed = random_seed()
    assert seed != random_seed()


def test_more_threads_than_it_was_made_for_are_no_error(studio):
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        agrees(studio)
    finally:
        torch.set_num_threads(before)
