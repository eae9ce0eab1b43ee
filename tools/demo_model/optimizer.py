"""Muon for weight matrices and convolutions, AdamW for the rest: fewer samples for the same loss than AdamW alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # Jordan et al., "Muon", 2024: coefficients of the quintic iteration


def orthogonalized(matrix: Tensor, iterations: int = 5) -> Tensor:
    """The nearest matrix with singular values of about one, by Newton-Schulz iteration."""
    a, b, c = NEWTON_SCHULZ
    flip = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if flip else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if flip else x


class MatrixAndRest:
    """Both optimizers behind the few calls a stage needs; `scale` of `step` is the share of the peak rate."""

    def __init__(
        self, named: Iterable[tuple[str, nn.Parameter]], *, matrix_rate: float, rest_rate: float, decay: float = 0.0
    ) -> None:
        named = list(named)
        self.matrices = [p for n, p in named if is_matrix(n, p)]
        chosen = {id(p) for p in self.matrices}
        rest = [p for _, p in named if id(p) not in chosen]
        self.matrix_rate, self.rest_rate, self.decay = matrix_rate, rest_rate, decay
        self.momentum = [torch.zeros_like(p) for p in self.matrices]
        self.rest = torch.optim.AdamW(rest, lr=rest_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)

    @torch.no_grad()
    def step(self, scale: float) -> None:
        for group in self.rest.param_groups:
            group["lr"] = self.rest_rate * scale
        self.rest.step()
        self.rest.zero_grad(set_to_none=True)
        for parameter, momentum in zip(self.matrices, self.momentum, strict=True):
            if parameter.grad is None:
                continue
            momentum.lerp_(parameter.grad, 0.05)
            ahead = parameter.grad.lerp_(momentum, 0.95)  # Nesterov's step
            flat = ahead.reshape(len(ahead), -1)
            change = orthogonalized(flat).view(parameter.shape)
            size = max(1.0, flat.shape[0] / flat.shape[1]) ** 0.5
            parameter.mul_(1 - self.matrix_rate * scale * self.decay)
            parameter.add_(change, alpha=-self.matrix_rate * scale * size)
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {"rest": self.rest.state_dict(), "momentum": self.momentum}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.rest.load_state_dict(state["rest"])
        for mine, kept in zip(self.momentum, state["momentum"], strict=True):
            mine.copy_(kept)


def is_matrix(name: str, parameter: nn.Parameter) -> bool:
    """Inner weights only: first and last layers and embeddings do better with AdamW."""
    ends = ("conv_in", "conv_out", "quant_conv", "embedding", "time_emb_proj")
    return parameter.ndim >= 2 and not any(end in name for end in ends)
