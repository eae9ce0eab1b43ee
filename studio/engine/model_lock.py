"""Who may use a model now, and whether networks are merged into it. Another way of using a model is a method here."""

import threading
from collections.abc import Generator, Hashable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(slots=True)
class Layer:
    """What is merged into some of a model's networks (`key`, () for nothing; `outcome` as the merger left it)."""

    key: Hashable = ()
    outcome: Any = ()
    own: dict[int, tuple[nn.Parameter, Tensor]] = field(default_factory=dict[int, tuple[nn.Parameter, Tensor]])


@dataclass(slots=True)
class Merging:
    """What is merged into a model, and its own weights; the UNet and the text encoders apart.

    A weight's own tensor is set aside rather than copied, so that putting it back is exact and takes no time. From a
    GPU it goes to main memory, where there is room. `dtype` is that of the values in their place, None for their own:
    in eight bits a small change would be lost.
    """

    unet: Layer = field(default_factory=Layer)
    text: Layer = field(default_factory=Layer)
    dtype: torch.dtype | None = None

    def put(self, layer: Layer, parameter: nn.Parameter, value: Tensor) -> None:
        """Another value (of any precision) in the place of a weight's own, which is kept."""
        own = parameter.data
        if id(parameter) not in layer.own:
            layer.own[id(parameter)] = parameter, own if own.device.type == "cpu" else own.cpu()
        parameter.data = torch.empty_like(own, dtype=self.dtype).copy_(value)

    def restore(self, *layers: Layer) -> None:
        """Every weight as it was, bit for bit; of all layers where none is named."""
        for layer in layers or (self.unet, self.text):
            with torch.inference_mode(False), torch.no_grad():
                for parameter, own in layer.own.values():
                    parameter.data = own.to(parameter.device)
            layer.own.clear()
            layer.key, layer.outcome = (), ()

    @property
    def count(self) -> int:
        """Of weights that are not their own now."""
        return len(self.unet.own) + len(self.text.own)


class ModelLock:
    """Held by whoever runs or changes a model, by one thread at a time.

    `with model.lock:` the model has its own weights. Who merges networks itself enters `model.lock.keeping()`, and
    finds what was merged the last time, so that a next picture with the same networks need not wait.
    """

    def __init__(self) -> None:
        self.merging = Merging()
        self._lock = threading.RLock()
        self._depth = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            self.merging.restore()

    def __exit__(self, *_about: object) -> None:
        self._depth -= 1
        self._lock.release()

    @contextmanager
    def keeping(self) -> Generator[None]:
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
