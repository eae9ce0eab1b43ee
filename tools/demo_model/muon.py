"""Muon: momentum whose matrices are made orthogonal before each step, for the inner layers of a network.

Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; steps as large as AdamW's by Liu et al. 2025,
arXiv:2502.16982. Weights of a convolution count as a matrix of (out, in * height * width).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

ROUNDS = 5
QUINTIC = (3.4445, -4.7750, 2.0315)
"""Jordan's coefficients: they bring singular values between 0.7 and 1.2 in five rounds."""
STEP = 0.2
"""The root mean square of AdamW's usual step."""


def orthogonal(matrices: Tensor) -> Tensor:
    """The nearest semi-orthogonal matrices of (n, rows, columns) with rows <= columns, by Newton and Schulz."""
    a, b, c = QUINTIC
    x = matrices.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.float()


class Muon(torch.optim.Optimizer):
    """For parameters of two and more dimensions; those of equal shape are worked on at once."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": 0.95, "weight_decay": 0.01})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            alike: dict[tuple[int, int], list[tuple[nn.Parameter, Tensor]]] = {}
            for parameter in group["params"]:
                wide = self._direction(parameter, group["momentum"])
                alike.setdefault((wide.shape[0], wide.shape[1]), []).append((parameter, wide))
            for (_, columns), rows in alike.items():
                steps = orthogonal(torch.stack([wide for _, wide in rows])) * (STEP * columns**0.5)
                for (parameter, _), step in zip(rows, steps, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(turned(step, parameter).reshape(parameter.shape), alpha=-group["lr"])

    def _direction(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """Nesterov's momentum, as a matrix that is not higher than wide."""
        assert parameter.grad is not None
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        state["momentum"].lerp_(parameter.grad, 1 - momentum)
        matrix = parameter.grad.lerp(state["momentum"], momentum).flatten(1)
        return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T


def turned(step: Tensor, parameter: nn.Parameter) -> Tensor:
    """Back to the parameter's own order of rows and columns."""
    return step if len(parameter) == len(step) else step.T


def optimizers(net: nn.Module, others: Iterable[nn.Module], rate: float) -> list[torch.optim.Optimizer]:
    """Muon for what lies inside `net`; AdamW for its first and last layers, its biases and the other networks."""
    edges = ("conv_in", "conv_out", "controlnet_cond_embedding")
    inner = [p for name, p in net.named_parameters() if p.ndim > 1 and not name.startswith(edges)]
    known = {id(p) for p in inner}
    rest = [p for each in (net, *others) for p in each.parameters() if id(p) not in known]
    return [Muon(inner, rate), torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)]


def load_all(each: list[torch.optim.Optimizer], states: list[dict[str, Any]]) -> None:
    for optimizer, state in zip(each, states, strict=True):
        optimizer.load_state_dict(state)


def set_rate(each: list[torch.optim.Optimizer], rate: float) -> None:
    for optimizer in each:
        for group in optimizer.param_groups:
            group["lr"] = rate


def step_all(each: list[torch.optim.Optimizer]) -> None:
    """A step, and the gradients are gone."""
    for optimizer in each:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
