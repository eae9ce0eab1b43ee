"""T2I-Adapter units at work: the features of a hint, added to what the UNet's blocks hand down (arXiv 2302.08453).

They do not depend on the step, so they are made once for as long as the hint is the same.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from studio.engine.control_weights import adapter_weights, residual_weights
from studio.engine.hooks.hook import Evaluation, Residuals
from studio.engine.hooks.unit import UnitHook, spread


@dataclass(slots=True, kw_only=True)
class AdapterHook(UnitHook):
    """Mou et al. 2023, arXiv 2302.08453; softened and left out of rows as sd-webui-controlnet does."""

    masked: ClassVar[float | None] = None

    @torch.no_grad()
    def residuals(self, evaluation: Evaluation) -> Residuals | None:
        rows = self.rows(evaluation)
        if not rows:
            return None
        features: list[Tensor] = self.remember(lambda: self.network(self._seen()))
        weights = residual_weights(self.control.unit, len(features), self.is_second, adapter_weights)
        shaped = [each.expand(len(rows), -1, -1, -1) for each in self.shaped(features, weights)]
        return Residuals(blocks=[spread(each, rows, len(evaluation.is_conditional)) for each in shaped])

    def _seen(self) -> Tensor:
        """The hint in the adapter's channels (one for grey ones), its border repeated to whole cells."""
        hint = self.hint[:, : self.network.config.in_channels]
        cell = self.network.downscale_factor
        height, width = hint.shape[2:]
        return functional.pad(hint, (0, -width % cell, 0, -height % cell), mode="replicate")
