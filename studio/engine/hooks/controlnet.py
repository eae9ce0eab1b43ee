"""ControlNet units at work: what each adds to the UNet's skip connections, step by step (features.md 3.7).

The networks come from `control_loading.py`, the numbers from `control_weights.py`. Other kinds of control are rows of
KINDS.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from studio.catalog.controlnets import ControlKind, ControlNet
from studio.domain.request import UnionControl
from studio.engine.adapter_loading import load_adapter
from studio.engine.content_cache import ContentCache
from studio.engine.control_loading import load_controlnet
from studio.engine.control_weights import acts_in_pass, residual_weights
from studio.engine.hooks.hook import Evaluation, Hook, MakeHooks, Residuals, Scene
from studio.engine.hooks.t2i_adapter import AdapterHook
from studio.engine.hooks.unit import Load, UnitHook, made, spread

REMEMBERED = 16


@dataclass(slots=True, kw_only=True)
class ControlNetHook(UnitHook):
    """The network sees what the UNet sees, and the hint, in every step."""

    @torch.no_grad()
    def residuals(self, evaluation: Evaluation) -> Residuals | None:
        rows = self.rows(evaluation, is_pooled=self.network.pools_everything)
        if not rows:
            return None
        found = self._run(evaluation, rows)
        if self.network.pools_everything:
            found = [each.mean(dim=(2, 3), keepdim=True).expand_as(each) for each in found]
        weights = residual_weights(self.control.unit, len(found), self.is_second)
        full = [spread(each, rows, len(evaluation.is_conditional)) for each in self.shaped(found, weights)]
        return Residuals(down=full[:-1], middle=full[-1])

    def _run(self, evaluation: Evaluation, rows: Sequence[int]) -> list[Tensor]:
        """All residuals of some rows, the middle's last."""
        hint = self.remember(lambda: self.network.controlnet_cond_embedding(self.hint))
        down, middle = self.network(**self._seen(evaluation, rows), controlnet_cond=hint)
        return [*down, middle]

    def _seen(self, evaluation: Evaluation, rows: Sequence[int]) -> dict[str, Any]:
        return {
            "sample": evaluation.latent[rows],
            "timestep": evaluation.time,
            "encoder_hidden_states": evaluation.text[rows],
            "added_cond_kwargs": {name: value[rows] for name, value in evaluation.added.items()} or None,
            "return_dict": False,
        }


@dataclass(slots=True, kw_only=True)
class UnionHook(ControlNetHook):
    """A ControlNet-Union, which is told what the hint shows. What shall be painted is black to it."""

    masked: ClassVar[float | None] = 0.0

    def _run(self, evaluation: Evaluation, rows: Sequence[int]) -> list[Tensor]:
        hint = self.remember(lambda: self.network.controlnet_cond_embedding(self.hint))
        place = list(UnionControl).index(self.control.unit.union_control)
        shown = hint.new_zeros(len(rows), self.network.config.num_control_type)
        shown[:, place] = 1
        down, middle = self.network(
            **self._seen(evaluation, rows),
            controlnet_cond=[hint.expand(len(rows), -1, -1, -1)],
            control_type=shown,
            control_type_idx=[place],
            conditioning_scale=[1.0],
        )
        return [*down, middle]


KINDS: Mapping[ControlKind, tuple[type[UnitHook], Load]] = {
    ControlKind.controlnet: (ControlNetHook, load_controlnet),
    ControlKind.union: (UnionHook, load_controlnet),
    ControlKind.t2i_adapter: (AdapterHook, load_adapter),
}


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
                found = find(unit.model)
                if found.kind in KINDS:
                    yield made(scene, control, found, *KINDS[found.kind], embedded)

    return make
