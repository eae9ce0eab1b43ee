"""How annotators' networks come to work: the package's class, our safe reading of weights, the one memory of models.

Import a network class by `package_module` inside of a function: importing controlnet_aux takes seconds, and fails as a
whole beside some versions of mediapipe.
"""

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels
from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile, StudioError

Network = Any
"""A torch module, or a model of transformers."""


def package_module(name: str) -> Any:
    """A module of an annotators' package, "controlnet_aux.hed" say. Raises StudioError where it cannot be imported."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except (ImportError, AttributeError, NameError) as error:
        package = name.partition(".")[0]
        message = f"The package {package} cannot be used here ({error}). Install it anew; mediapipe must not be there"
        raise StudioError(message, package=package) from error


def network(
    weights: Weights,
    file: str,
    build: Callable[[], Network],
    rename: Callable[[str], str] = lambda name: name,
    *,
    is_shortened: bool = False,
) -> Network:
    """The network with the weights of a file, kept for the next time. Raises ModelMissing, BrokenFile.

    `is_shortened`: the file's names lack the first part of the network's (OpenPose's files come from Caffe).
    """
    path = weights.path(file)

    def load(device: Any) -> Network:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = build()
        full = {name.partition(".")[2]: name for name in made.state_dict()} if is_shortened else {}
        state = {full.get(name, rename(name)): tensor for name, tensor in read_weights(path, torch.float32).items()}
        fill(made, state, path.name)
        return made.to(device).eval().requires_grad_(False)

    return weights.network(f"{path}|{path.stat().st_mtime_ns}", load)


def fill(made: Network, state: Mapping[str, Tensor], file: str) -> None:
    known = made.state_dict()
    lacking = [name for name in known if name not in state and not name.endswith(("num_batches_tracked", "attn_mask"))]
    wrong = [name for name, tensor in state.items() if name in known and tensor.shape != known[name].shape]
    if lacking or wrong:
        message = f"{file} holds other weights than its preprocessor needs ({(lacking or wrong)[0]}). Download it again"
        raise BrokenFile(message, file=file)
    made.load_state_dict(state, strict=False)


def from_folder(weights: Weights, folder: str, load: Callable[[str], Network]) -> Network:
    """A model in transformers' layout, kept for the next time. Raises ModelMissing, BrokenFile."""
    path = weights.path(folder)

    def loaded(device: Any) -> Network:
        try:
            made = load(str(path))
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise BrokenFile(
                f"{path.name} cannot be loaded: {error}. Download the folder again", file=path.name
            ) from error
        return made.to(device).eval().requires_grad_(False)

    return weights.network(f"{path}|{path.stat().st_mtime_ns}", loaded)


def device_of(made: Network) -> torch.device:
    return next(iter(made.parameters())).device


def as_tensor(pixels: Pixels, made: Network, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    """1 x 3 x height x width, pixels / scale + shift, on the network's device."""
    tensor = torch.from_numpy(pixels.copy()).float().permute(2, 0, 1)[None]
    return (tensor / scale + shift).to(device_of(made))
