"""What a network adds to a weight at full strength, one function for each kind; a new kind is one more row of KINDS.

Sources: LoRA (Hu et al. 2021, arXiv 2106.09685), LoHa from FedPara (Hyeon-Woo et al. 2021, arXiv 2108.06098), LoKr and
the files of LyCORIS (Yeh et al. 2023, arXiv 2309.14859), (IA)3 (Liu et al. 2022, arXiv 2205.05638), DoRA (Liu et al.
2024, arXiv 2402.09353), GLoRA (Chavan et al. 2023, arXiv 2306.07967); OFT and BOFT stand in `orthogonal.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.engine.orthogonal import rotations, turned, turned_as_butterfly

Roles = Mapping[str, Tensor]
"""A module's tensors in a file, float32, on the weight's device, by the roles of `catalog/network_keys.py`."""


@dataclass(frozen=True, slots=True)
class Added:
    """`rank` is what `alpha` is divided by; None where alpha says nothing."""

    value: Tensor
    rank: int | None


class Unfit(Exception):
    """A module of a file does not fit the layer that it is for."""


def lora(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    """Up times down; `dimension` cuts to the first ranks. With a middle (Tucker decomposition of a convolution)."""
    up, down = roles["up"], roles["down"]
    rank = down.shape[0]
    if "mid" in roles:
        value = torch.einsum("nmkl,in,mj->ijkl", roles["mid"], up.flatten(1), down.flatten(1))
    else:
        kept = slice(None, dimension)
        value = (up.flatten(1)[:, kept] @ down.flatten(1)[kept]).reshape(up.shape[0], *down.shape[1:])
    return Added(value, rank)


def loha(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    """Two products of low rank, multiplied number by number."""
    first, second = (tucker(roles.get(f"hada_t{n}"), roles[f"hada_w{n}_a"], roles[f"hada_w{n}_b"]) for n in (1, 2))
    return Added(first * second, roles["hada_w1_b"].shape[0])


def lokr(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    """The Kronecker product of two matrices, each whole or of low rank."""
    factors = [roles[name] if name in roles else composed(roles, name) for name in ("lokr_w1", "lokr_w2")]
    small, large = factors
    for _ in range(large.dim() - small.dim()):
        small = small.unsqueeze(-1)
    lower = [roles[name] for name in ("lokr_w2_b", "lokr_w1_b") if name in roles]
    return Added(torch.kron(small, large.contiguous()), lower[0].shape[0] if lower else None)


def composed(roles: Roles, name: str) -> Tensor:
    return tucker(roles.get(name.replace("_w", "_t")), roles[f"{name}_a"], roles[f"{name}_b"])


def tucker(core: Tensor | None, a: Tensor, b: Tensor) -> Tensor:
    """a times b; with a core (rank x rank x height x width) both have the rank first."""
    return a @ b.flatten(1) if core is None else torch.einsum("ijkl,ip,jr->prkl", core, a, b)


def ia3(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    """The weight itself, scaled by input or by output."""
    scale = roles["ia3"].flatten()
    ones = [1] * (weight.dim() - 2)
    is_by_input = bool(roles["on_input"])
    if scale.numel() != weight.shape[1 if is_by_input else 0]:
        raise Unfit
    return Added(weight * (scale.view(1, -1, *ones) if is_by_input else scale.view(-1, 1, *ones)), None)


def full(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    return Added(roles["diff"], None)


def norm(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    return Added(roles["w_norm"], None)


def glora(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    """B2 B1 + W A2 A1."""
    flat = weight.flatten(1)
    if flat.shape[1] != roles["a2"].flatten(1).shape[0]:
        raise Unfit
    a1, a2, b1, b2 = (roles[name].flatten(1) for name in ("a1", "a2", "b1", "b2"))
    return Added((b2 @ b1 + flat @ a2 @ a1).reshape(weight.shape), b1.shape[0])


def oft(roles: Roles, weight: Tensor, dimension: int | None) -> Added:
    """The weight turned, less the weight; `alpha` is no scale here but the constraint for each output."""
    if "oft_blocks" in roles:
        limit = float(roles["alpha"]) * weight.shape[0] if "alpha" in roles else 0.0
        blocks = rotations(roles["oft_blocks"], limit)
    else:  # the first LyCORIS wrote the rotations themselves
        blocks = roles["oft_diag"]
    if blocks.shape[-3] * blocks.shape[-2] != weight.shape[0]:
        raise Unfit
    result = turned_as_butterfly(weight, blocks) if blocks.dim() == 4 else turned(weight, blocks)
    if "rescale" in roles:
        result = result * roles["rescale"].reshape(-1, *[1] * (weight.dim() - 1))
    return Added(result - weight, None)


Kind = Callable[[Roles, Tensor, int | None], Added]
KINDS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    (("up", "down"), lora),
    (("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"), loha),
    (("lokr_w1",), lokr),
    (("lokr_w1_a", "lokr_w1_b"), lokr),
    (("ia3", "on_input"), ia3),
    (("a1", "a2", "b1", "b2"), glora),
    (("oft_blocks",), oft),
    (("oft_diag",), oft),
    (("diff",), full),
    (("w_norm",), norm),
)
"""The roles that a kind must have; the first row that holds."""

BIAS = ("diff_b", "b_norm")


def weight_change(roles: Roles, weight: Tensor, dimension: int | None = None) -> Tensor | None:
    """What is added to `weight` (float32) at strength 1; None where the file only changes the bias. Raises Unfit."""
    work_out = next((kind for needed, kind in KINDS if all(role in roles for role in needed)), None)
    if work_out is None:
        if any(role in roles for role in BIAS):
            return None
        raise Unfit
    try:
        added = work_out(roles, weight, dimension)
    except (RuntimeError, IndexError, KeyError) as error:  # shapes that do not go together
        raise Unfit from error
    change = fitted(added.value, weight) * scale_of(roles, added.rank)
    return decomposed(change, weight, roles["dora_scale"]) if "dora_scale" in roles else change


def bias_change(roles: Roles) -> Tensor | None:
    return next((roles[role] for role in BIAS if role in roles), None)


def scale_of(roles: Roles, rank: int | None) -> float:
    if "scale" in roles:
        return float(roles["scale"])
    return float(roles["alpha"]) / rank if rank and "alpha" in roles else 1.0


def fitted(change: Tensor, weight: Tensor) -> Tensor:
    """In the weight's shape. Inpainting models have 5 more input channels, of which the file knows nothing."""
    if change.numel() == weight.numel():
        return change.reshape(weight.shape)
    if change.dim() == 4 and change.shape[1] == 4 and weight.dim() == 4 and weight.shape[1] == 9:
        padded = torch.zeros_like(weight)
        if change.shape[0] == weight.shape[0] and change.shape[2:] == weight.shape[2:]:
            padded[:, :4] = change
            return padded
    raise Unfit


def decomposed(change: Tensor, weight: Tensor, magnitude: Tensor) -> Tensor:
    """DoRA: the changed weight's direction at a learned length, by output, or by input where the file has it so."""
    merged = (weight + change).flatten(1)
    is_by_output = magnitude.numel() == weight.shape[0] and not (magnitude.dim() > 1 and magnitude.shape[0] == 1)
    if not is_by_output:
        by_input = (weight + change).transpose(0, 1).flatten(1).norm(dim=1)
        if magnitude.numel() != by_input.numel():
            raise Unfit
        ratio = (magnitude.flatten() / by_input).view(1, -1, *[1] * (weight.dim() - 2))
    else:
        ratio = (magnitude.flatten() / merged.norm(dim=1)).view(-1, 1, *[1] * (weight.dim() - 2))
    return (weight + change) * ratio - weight
