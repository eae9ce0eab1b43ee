"""Pictures whose opposite edges fit together: convolutions that look round the edge. Another way is a mode here."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from torch import nn

from studio.engine.models import Network


@contextmanager
def seamless(*networks: Network) -> Generator[None]:
    """Every convolution that fills its edges with zeros takes them from the other side, until the end."""
    modules = [module for network in networks for module in cast("nn.Module", network).modules()]
    changed = [module for module in modules if isinstance(module, nn.Conv2d) and is_padded(module)]
    for module in changed:
        module.padding_mode = "circular"
    try:
        yield
    finally:
        for module in changed:
            module.padding_mode = "zeros"


def is_padded(module: nn.Conv2d) -> bool:
    return module.padding_mode == "zeros" and any(side != 0 for side in module.padding)
