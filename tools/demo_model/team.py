"""Several single-threaded processes that train one network together; a stage joins by taking a Team.

On shared cores quicker than threads that wait for each other at every operation. Each process sees its own samples;
gradients are averaged before every step.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
from torch import Tensor, nn


class Team:
    """One process's place among `size`; a team of one does nothing."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size
        self._flat: Tensor | None = None

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def wait(self) -> None:
        """Until every member is here."""
        if self.size > 1:
            distributed.barrier()

    @torch.no_grad()
    def average_gradients(self, parameters: list[nn.Parameter]) -> None:
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        count = sum(g.numel() for g in gradients)
        if self._flat is None or self._flat.numel() != count:
            self._flat = torch.empty(count)
        parts = list(self._flat.split([g.numel() for g in gradients]))
        views = [part.as_strided(g.shape, g.stride()) for part, g in zip(parts, gradients, strict=True)]
        torch._foreach_copy_(views, gradients)
        distributed.all_reduce(self._flat)
        self._flat /= self.size
        torch._foreach_copy_(gradients, views)


def leave_with(parent: int) -> None:
    """Ends this process when the one that made it is gone: a killed team would go on, and write over the next one's."""
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(1)


def _member(rank: int, size: int, meeting: str, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=leave_with, args=(os.getppid(),), daemon=True).start()
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)
    try:
        work(Team(rank, size), *arguments)
    finally:
        distributed.destroy_process_group()


def run_team(size: int, work: Callable[..., None], *arguments: Any) -> None:
    """Calls work(team, *arguments) in `size` processes, or here for a team of one."""
    if size == 1:
        work(Team(), *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = str(Path(folder) / "meeting")
        multiprocessing.spawn(_member, (size, meeting, work, arguments), nprocs=size)
