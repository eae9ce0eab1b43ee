"""ControlNet units at work: what each adds to the UNet's skip connections, step by step (features.md 3.7).

The networks come from `control_loading.py`, the numbers from `control_weights.py`.
"""

from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from studio.engine.control_weights import acts_in_pass, acts_on_negative, is_active, residual_weights
from studio.engine.hooks.hook import Evaluation, Hook, MakeHooks, Residuals, Scene
from studio.engine.models import Model, Network

if TYPE_CHECKING:
    from studio.engine.pipeline_manager import PipelineManager

REMEMBERED = 16
MASKED = -1.0
"""What the inpainting networks were trained to see where they shall paint."""


@dataclass(slots=True)
class ControlNetHook(Hook):
    """One unit in one pass. `hint`: 1 x 3 x height x width in 0..1; `remember` keeps what it is embedded as.

    `region`: 1 x 1 x height x width in 0..1, how much of the unit each place gets, or None.
    """

    control: ControlMap
    network: Network
    hint: Tensor
    region: Tensor | None
    is_second: bool
    parked: AbstractContextManager[None]
    note: Callable[[str], None]
    remember: Callable[[Callable[[], Tensor]], Tensor]

    def around(self) -> AbstractContextManager[None]:
        return self.parked

    @torch.no_grad()
    def residuals(self, evaluation: Evaluation) -> Residuals | None:
        unit = self.control.unit
        if not is_active(unit, evaluation.share):
            return None
        if evaluation.text.shape[-1] != int(self.network.config.cross_attention_dim):
            self.note(f"{unit.model} does not fit the refiner, and ends where that takes over")
            return None
        acts_on_all = acts_on_negative(unit, self.network.pools_everything)
        rows = [row for row, conditional in enumerate(evaluation.is_conditional) if acts_on_all or conditional]
        if not rows:
            return None
        found = self._run(evaluation, rows)
        weights = residual_weights(unit, len(found), self.is_second)
        shaped = [self._shaped(each, weight) for each, weight in zip(found, weights, strict=True)]
        full = [spread(each, rows, len(evaluation.is_conditional)) for each in shaped]
        return Residuals(down=full[:-1], middle=full[-1])

    def _run(self, evaluation: Evaluation, rows: Sequence[int]) -> list[Tensor]:
        """All residuals of some rows, the middle's last."""
        hint = self.remember(lambda: self.network.controlnet_cond_embedding(self.hint))
        down, middle = self.network(
            evaluation.latent[rows],
            evaluation.time,
            encoder_hidden_states=evaluation.text[rows],
            controlnet_cond=hint,
            added_cond_kwargs={name: value[rows] for name, value in evaluation.added.items()} or None,
            return_dict=False,
        )
        return [*down, middle]

    def _shaped(self, residual: Tensor, weight: float) -> Tensor:
        if self.network.pools_everything:
            residual = residual.mean(dim=(2, 3), keepdim=True).expand_as(residual)
        if self.region is not None:
            residual = residual * functional.interpolate(self.region, residual.shape[2:], mode="bilinear").to(residual)
        return residual * weight


def spread(residual: Tensor, rows: Sequence[int], count: int) -> Tensor:
    """The rows in their places among `count`, the others zero."""
    if len(rows) == count:
        return residual
    result = residual.new_zeros(count, *residual.shape[1:])
    result[list(rows)] = residual
    return result


def controlnet_hooks(find: Callable[[str], ControlNet]) -> MakeHooks:
    """The maker of hooks for all units that have a model. `find` looks a model's name up.

    A hint is embedded once, however many pictures, passes and jobs it serves.
    """
    embedded = ContentCache(REMEMBERED)

    def make(scene: Scene) -> Iterator[Hook]:
        has_second = scene.prepared.plan.hires is not None
        for control in scene.prepared.controls:
            unit = control.unit
            if unit.model.lower() != "none" and acts_in_pass(unit, scene.is_second, has_second):
                yield made(scene, control, find(unit.model), embedded)

    return make


def made(scene: Scene, control: ControlMap, found: ControlNet, embedded: ContentCache) -> ControlNetHook:
    model = scene.model
    network = kept_network(found, model, scene.models)
    if not control.unit.low_vram:
        network.to(model.torch_device)  # another job may have parked it
    image = control.hires_image if scene.is_second and control.hires_image else control.image
    mask = control.mask and fingerprint(control.mask)
    key = (*key_of(found, model), str(model.torch_device), fingerprint(image), mask)
    parked = parking(network, model.torch_device) if control.unit.low_vram else nullcontext()
    return ControlNetHook(
        control=control,
        network=network,
        hint=hint_of(image, control.mask).to(model.torch_device, model.device.dtype),
        region=region_of(control.region, model.torch_device),
        is_second=scene.is_second,
        parked=parked,
        note=scene.note,
        remember=lambda embed: embedded.get(key, embed),
    )


def kept_network(found: ControlNet, model: Model, models: "PipelineManager") -> Network:
    """Loaded once for all passes and jobs. A file of differences belongs to one checkpoint."""
    return models.keep(key_of(found, model), lambda: load_controlnet(found, model), bytes_of, total_size(found.path))


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


def hint_of(image: Image.Image, mask: Image.Image | None) -> Tensor:
    """1 x 3 x height x width in 0..1; MASKED where the mask is white."""
    pixels = torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32) / 255).permute(2, 0, 1)[None]
    if mask is None:
        return pixels
    sized = mask if mask.size == image.size else mask.resize(image.size, Image.Resampling.NEAREST)
    is_masked = torch.from_numpy(np.asarray(sized.convert("L"), dtype=np.float32) / 255 > 0.5)
    return torch.where(is_masked[None, None], MASKED, pixels)


def region_of(region: Image.Image | None, device: torch.device) -> Tensor | None:
    if region is None:
        return None
    return torch.from_numpy(np.asarray(region.convert("L"), dtype=np.float32) / 255)[None, None].to(device)
