"""The demo world's reader on the device, loaded at the first use, for whoever reads pictures with it."""

from typing import TYPE_CHECKING

from studio.controlnet.weights import Weights

if TYPE_CHECKING:
    from studio.networks.demo_reader_network import DemoReaderNetwork

READER = "demo_reader.safetensors"


def demo_reader(weights: Weights) -> "DemoReaderNetwork":
    """Raises ModelMissing."""
    from studio.networks.demo_reading import load_reader

    path = weights.path(READER)
    return weights.network(str(path), lambda device: load_reader(path, device))
