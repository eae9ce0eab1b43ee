"""Networks that turn a weight's outputs among themselves instead of adding to them.

Sources: OFT (Qiu et al. 2023, arXiv 2306.07280), BOFT (Liu et al. 2023, arXiv 2311.06243), in the layouts of kohya's
scripts and LyCORIS (arXiv 2309.14859), worked out as A1111 does.
"""

import torch
from torch import Tensor


def rotations(skew: Tensor, limit: float) -> Tensor:
    """Cayley's transform (1 + Q)(1 - Q)^-1 of Q = S - S^T, for matrices ... x size x size.

    `limit` is the greatest length of all Q together (the constraint of COFT); 0 for none.
    """
    q = skew - skew.transpose(-1, -2)
    length = float(q.norm())
    if 0 < limit < length:
        q = q * (limit / length)
    one = torch.eye(q.shape[-1], device=q.device, dtype=q.dtype)
    return torch.linalg.solve(one - q, one + q)


def turned(weight: Tensor, blocks: Tensor) -> Tensor:
    """Each run of `size` outputs turned by its own matrix; `blocks` is runs x size x size. Raises RuntimeError."""
    runs, size, _ = blocks.shape
    apart = weight.reshape(runs, size, -1)
    return (blocks.transpose(1, 2) @ apart).reshape(weight.shape)


def turned_as_butterfly(weight: Tensor, blocks: Tensor) -> Tensor:
    """As often as `blocks` has levels, over outputs that lie ever further apart; levels x runs x size x size.

    Raises RuntimeError.
    """
    _, runs, size, _ = blocks.shape
    rows = weight.reshape(weight.shape[0], -1)
    for level, matrices in enumerate(blocks):
        stride = 2**level * (size // 2)
        mixed = rows.reshape(-1, 2, stride, rows.shape[1]).transpose(1, 2).reshape(runs, size, -1)
        rows = (matrices @ mixed).reshape(-1, stride, 2, rows.shape[1]).transpose(1, 2).reshape(rows.shape)
    return rows.reshape(weight.shape)
