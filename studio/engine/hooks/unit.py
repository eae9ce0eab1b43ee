"""What all units with a network share: when and on which rows they act, what they look at, where they are kept.

Another kind of control is a class that extends `UnitHook`, in a file of its own, and a row of `KINDS` in
`hooks/controlnet.py`.
"""

from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from studio.catalog.controlnets import ControlNet, total_size, weights_of
from studio.devices.memory import bytes_of
from studio.domain.plan import ControlMap
from studio.engine.content_cache import ContentCache, fingerprint
from studio.engine.control_loading import load_controlnet
from studio.engine.control_weights import acts_on_negative, is_active
from studio.engine.hooks.hook import Evaluation, Hook, Scene
from studio.engine.models import Model, Network

if TYPE_CHECKING:
    from studio.engine.pipeline_manager import PipelineManager

MASKED = -1.0
"""What the inpainting networks were trained to see where they shall paint."""
Load = Callable[[ControlNet, Model], Network]


@dataclass(slots=True, kw_only=True)
class UnitHook(Hook):
    """One unit in one pass. `hint`: 1 x 3 x height x width in 0..1; `remember` keeps what it is embedded as.

    `region`: 1 x 1 x height x width in 0..1, how much of the unit each place gets, or None. `text_width` is what the
    checkpoint's texts have. `masked`: what the network sees where it shall paint; None where it knows no masks.
    """

    masked: ClassVar[float | None] = MASKED
    control: ControlMap
    network: Network
    hint: Tensor
    region: Tensor | None
    is_second: bool
    text_width: int
    parked: AbstractContextManager[None]
    note: Callable[[str], None]
    remember: Callable[[Callable[[], Any]], Any]

    @classmethod
    def look(cls, image: Image.Image, mask: Image.Image | None) -> Tensor:
        """The hint."""
        return hint_of(image, mask, cls.masked)

    def around(self) -> AbstractContextManager[None]:
        return self.parked

    def rows(self, evaluation: Evaluation, *, is_pooled: bool = False) -> list[int]:
        """On which it acts; none outside of its steps, and where a refiner of another architecture is at work."""
        unit = self.control.unit
        if not is_active(unit, evaluation.share):
            return []
        if evaluation.text.shape[-1] != self.text_width:
            self.note(f"{unit.model} does not fit the refiner, and ends where that takes over")
            return []
        acts_on_all = acts_on_negative(unit, is_pooled)
        return [row for row, conditional in enumerate(evaluation.is_conditional) if acts_on_all or conditional]

    def shaped(self, residuals: Sequence[Tensor], weights: Sequence[float]) -> list[Tensor]:
        """By its weights, and within its region."""
        return [self._within(each) * weight for each, weight in zip(residuals, weights, strict=True)]

    def _within(self, residual: Tensor) -> Tensor:
        if self.region is None:
            return residual
        return residual * functional.interpolate(self.region, residual.shape[2:], mode="bilinear").to(residual)


H = TypeVar("H", bound=UnitHook)


def spread(residual: Tensor, rows: Sequence[int], count: int) -> Tensor:
    """The rows in their places among `count`, the others zero."""
    if len(rows) == count:
        return residual
    result = residual.new_zeros(count, *residual.shape[1:])
    result[list(rows)] = residual
    return result


def made(
    scene: Scene,
    control: ControlMap,
    found: ControlNet,
    kind: type[H],
    load: Load,
    embedded: ContentCache,
    **more: Any,
) -> H:
    """The hook of a unit, with `more` that its kind has; `load` reads its network where that is not in memory."""
    model = scene.model
    network = kept_network(found, model, scene.models, load)
    if not control.unit.low_vram:
        network.to(model.torch_device)  # another job may have parked it
    image = control.hires_image if scene.is_second and control.hires_image else control.image
    mask = control.mask if kind.masked is not None else None
    key = (*key_of(found, model), str(model.torch_device), fingerprint(image), mask and fingerprint(mask))
    return kind(
        control=control,
        network=network,
        hint=kind.look(image, mask).to(model.torch_device, model.device.dtype),
        region=region_of(control.region, model.torch_device),
        is_second=scene.is_second,
        text_width=int(model.unet.config.cross_attention_dim),
        parked=parking(network, model.torch_device) if control.unit.low_vram else nullcontext(),
        note=scene.note,
        remember=lambda embed: embedded.get(key, embed),
        **more,
    )


def kept_network(found: ControlNet, model: Model, models: "PipelineManager", load: Load = load_controlnet) -> Network:
    """Loaded once for all passes and jobs. A file of differences belongs to one checkpoint."""
    return models.keep(key_of(found, model), lambda: load(found, model), bytes_of, total_size(found.path))


def key_of(found: ControlNet, model: Model) -> tuple[Hashable, ...]:
    about = weights_of(found.path).stat()
    return "controlnet", found.path, about.st_mtime_ns, about.st_size, model.key if found.is_difference else None


@contextmanager
def parking(network: Network, device: torch.device) -> Generator[None]:
    """On the device during the pass only, in main memory before and after."""
    network.to(device)
    try:
        yield
    finally:
        network.to("cpu")


def hint_of(image: Image.Image, mask: Image.Image | None, masked: float | None = MASKED) -> Tensor:
    """1 x 3 x height x width in 0..1; `masked` where the mask is white."""
    pixels = torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32) / 255).permute(2, 0, 1)[None]
    if mask is None or masked is None:
        return pixels
    sized = mask if mask.size == image.size else mask.resize(image.size, Image.Resampling.NEAREST)
    is_masked = torch.from_numpy(np.asarray(sized.convert("L"), dtype=np.float32) / 255 > 0.5)
    return torch.where(is_masked[None, None], masked, pixels)


def region_of(region: Image.Image | None, device: torch.device) -> Tensor | None:
    if region is None:
        return None
    return torch.from_numpy(np.asarray(region.convert("L"), dtype=np.float32) / 255)[None, None].to(device)
