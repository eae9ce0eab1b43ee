"""Compiling beside drawing: what was drawn plainly once is compiled in the background, and is faster in later jobs.

Drawing never compiles and never waits. It runs compiled code only where torch's own guards on it hold, and the plain
block everywhere else, so a picture is right whatever is ready. Compiling works on blocks of its own, without the model.
Another compiler of torch is another `backend`.

Compiling puts back what was set in the whole process when it began: torch's default precision, which loading changes
for a while (so each waits for the other), and the common random generators, which nothing here draws from.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Generator, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch

from studio.engine.compiled_blocks import Block, Example, Form, blocks_of, code_of, example_of, form_of
from studio.engine.models import Network

log = logging.getLogger(__name__)
INDUCTOR = "inductor"
OPTIONS = {"compile_threads": 1}  # in this process; else torch starts one more for each core, and keeps them
CACHE = "TORCHINDUCTOR_CACHE_DIR"
FAILED = (
    "The network could not be compiled ({reason}), so it draws as it is. Switch torch_compile off, or see what"
    " `python app.py --doctor` says of a C++ compiler"
)


@dataclass(frozen=True, slots=True)
class Code:
    """For all blocks of one build: `make` compiles where needed, `run` runs what is there, or the plain block."""

    make: Callable[..., Any]
    run: Callable[..., Any]


class Compiler:
    """One for a device. `folder` keeps compiled code for later starts, torch's own place where there is none.

    `loading` is held while a block is compiled, and by whoever loads a model. `failure` says why nothing is compiled
    any more, and is empty until then. Thread safe.
    """

    def __init__(
        self,
        folder: Path | None = None,
        backend: Any = INDUCTOR,
        loading: AbstractContextManager[object] | None = None,
    ) -> None:
        self.failure = ""
        self._loading = loading or contextlib.nullcontext()
        self._folder, self._backend = folder, backend
        self._codes: dict[Hashable, Code] = {}
        self._ready: frozenset[Form] = frozenset()
        self._asked: set[Form] = set()
        self._wanted: dict[Form, Example] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def session(self) -> "Session":
        """What is compiled now, for one job."""
        with self._lock:
            return Session(self, self._ready)

    def code(self, build: Hashable, kind: type[torch.nn.Module]) -> Code:
        with self._lock:
            if build not in self._codes:
                own = code_of(kind, f"compiled_{len(self._codes)}")
                options = {"options": OPTIONS} if self._backend == INDUCTOR else {}
                make = cast("Any", torch).compile(own, backend=self._backend, dynamic=True, **options)
                self._codes[build] = Code(make=make, run=cast("Any", torch)._dynamo.run(own))
            return self._codes[build]

    def want(self, form: Form, example: Callable[[], Example]) -> None:
        """Compiles for this form, once, in the background."""
        with self._lock:
            if self.failure or form in self._asked:
                return
            self._asked.add(form)
            self._wanted[form] = example()
            if self._thread is None:
                threads = torch.get_num_threads()
                self._thread = threading.Thread(target=self._work, args=(threads,), name="compiler", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Until nothing is left to compile."""
        while thread := self._thread:
            thread.join()

    def _work(self, threads: int) -> None:
        """Everything that is wanted becomes ready together, so that a picture is not half compiled.

        Code is only good for as many threads as it was made under.
        """
        if self._folder:
            os.environ[CACHE] = str(self._folder)  # torch itself names one of its own there when it is imported
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        done: set[Form] = set()
        while found := self._next(done):
            form, example = found
            try:
                with self._loading:
                    example.run(self.code(form.build, example.kind).make)
            except (RuntimeError, OSError, AssertionError) as error:
                self._fail(error)
                return
            done.add(form)

    def _next(self, done: set[Form]) -> tuple[Form, Example] | None:
        with self._lock:
            if self._wanted:
                form = next(iter(self._wanted))
                return form, self._wanted.pop(form)
            self._ready |= done
            self._thread = None
        log.info("Compiled: %d kinds of blocks and of what they take", len(done))
        return None

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self.failure = FAILED.format(reason=reason_of(error))
            self._wanted.clear()
            self._thread = None
        log.warning("%s", self.failure)
        log.debug("What torch said", exc_info=error)


def reason_of(error: Exception) -> str:
    """The first line of what began it; torch wraps what its compilers raise."""
    while isinstance(inner := getattr(error, "inner_exception", None), Exception):
        error = inner
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")


@dataclass(slots=True)
class Session:
    """One job's view of what is compiled, the same from its first picture to its last."""

    compiler: Compiler
    ready: frozenset[Form]
    blocks: dict[int, tuple[Network, list[Block]]] = field(default_factory=dict[int, tuple[Network, list[Block]]])

    @contextlib.contextmanager
    def within(self, network: Network) -> Generator[None]:
        """Its plain blocks run compiled where that is ready, until the end; what is not ready is asked for."""
        plain = [block for block in self._blocks(network) if block.is_plain]
        try:
            for block in plain:
                block.module.forward = Stand(self, block)
            yield
        finally:
            for block in plain:
                vars(block.module).pop("forward", None)

    def _blocks(self, network: Network) -> list[Block]:
        if id(network) not in self.blocks:
            self.blocks[id(network)] = network, list(blocks_of(network))
        return self.blocks[id(network)][1]


@dataclass(frozen=True, slots=True)
class Stand:
    """Stands in a block's `forward`."""

    session: Session
    block: Block

    def __call__(self, *given: Any, **named: Any) -> Any:
        module, compiler = self.block.module, self.session.compiler
        form = form_of(self.block, given, named)
        if form in self.session.ready:
            return compiler.code(form.build, type(module)).run(module, *given, **named)
        compiler.want(form, lambda: example_of(module, given, named))
        return type(module).forward(module, *given, **named)
