"""Weight files as tensors, safely: nothing in them runs, and what is loaded does not hang on the file any more.

A new format is a branch in `read_weights`. Safetensors are read into memory of our own rather than mapped: a mapped
file that is replaced or truncated while it is loaded kills the process.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, cast

import torch
from torch import Tensor

from studio.catalog.headers import Layout, read_header, read_safetensors_layout
from studio.catalog.pickles import PICKLE_STARTS, Refused, safe_stand_in
from studio.domain.errors import BrokenFile

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}
ALLOWED_TORCH = (
    "torch._utils",
    "torch.nn.parameter",
    "torch.storage",
    "torch.serialization",
    "torch.nn.modules.container",
)


def read_weights(
    path: Path, dtype: torch.dtype | None = None, wanted: Callable[[str], bool] | None = None
) -> dict[str, Tensor]:
    """Tensors by name, on the CPU; floating ones cast to `dtype`. Raises BrokenFile, before memory is spent."""
    read_header(path)
    with path.open("rb") as file:
        start = file.read(9)
    if start.startswith(PICKLE_STARTS) and start[8:9] != b"{":
        return {
            name: cast_to(tensor, dtype) for name, tensor in read_pickle(path).items() if not wanted or wanted(name)
        }
    return read_safetensors(path, dtype, wanted)


def read_safetensors(path: Path, dtype: torch.dtype | None, wanted: Callable[[str], bool] | None) -> dict[str, Tensor]:
    layouts, _, begin = read_safetensors_layout(path)
    chosen = sorted((each for each in layouts.items() if not wanted or wanted(each[0])), key=lambda each: each[1].start)
    tensors: dict[str, Tensor] = {}
    with path.open("rb", buffering=0) as file:
        for name, layout in chosen:
            file.seek(begin + layout.start)
            tensors[name] = cast_to(read_tensor(file, layout, path), dtype)
    return tensors


def read_tensor(file: Any, layout: Layout, path: Path) -> Tensor:
    tensor = torch.empty(layout.info.shape, dtype=DTYPES[layout.info.dtype])
    if not tensor.numel():
        return tensor
    place: Any = tensor.view(-1).view(torch.uint8).numpy()
    view = memoryview(place)
    while view:
        count = file.readinto(view)
        if not count:
            raise BrokenFile(f"{path.name} became shorter while it was read. Load it again", file=path.name)
        view = view[count:]
    return tensor


def cast_to(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    return tensor.to(dtype) if dtype and tensor.is_floating_point() else tensor


class TensorUnpickler(pickle.Unpickler):
    """Builds tensors, by torch's own functions for that, and nothing else."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        is_plain = module_name == "torch" and (global_name.endswith("Storage") or hasattr(torch, global_name))
        if is_plain and is_harmless(getattr(torch, global_name, None)):
            return super().find_class(module_name, global_name)
        if module_name in ALLOWED_TORCH and global_name.startswith(("_rebuild_", "Parameter", "UntypedStorage")):
            return super().find_class(module_name, global_name)
        return safe_stand_in(module_name, global_name)


def restricted_load(file: IO[bytes], **named: Any) -> object:
    return TensorUnpickler(file, **named).load()


def is_harmless(value: object) -> bool:
    """A dtype, a shape, a device or a kind of storage: no function that does something."""
    is_kind = isinstance(value, type) and (value.__name__.endswith("Storage") or value in (torch.Size, torch.device))
    return is_kind or isinstance(value, torch.dtype)


def read_pickle(path: Path) -> dict[str, Tensor]:
    """Through torch's own safe reader; where by-standers of a training program are in it, through ours."""
    try:
        try:
            tree = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            restricted: Any = SimpleNamespace(Unpickler=TensorUnpickler, load=restricted_load, __name__="pickle")
            tree = torch.load(path, map_location="cpu", weights_only=False, pickle_module=restricted)
    except Refused as error:
        message = f"{path.name} holds code ({error}) and is refused. Ask for it as .safetensors"
        raise BrokenFile(message, file=path.name, code=str(error)) from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, TypeError, AttributeError) as error:
        raise BrokenFile(f"{path.name} is truncated or damaged. Download it again", file=path.name) from error
    return flattened(tree)


def flattened(tree: object, prefix: str = "", depth: int = 4) -> dict[str, Tensor]:
    """Every tensor by its dotted name, named as `catalog.pickles` names it."""
    if isinstance(tree, Tensor):
        return {prefix.removesuffix("."): tree.detach()}
    if isinstance(tree, torch.nn.ParameterDict):
        tree = dict(tree.items())
    if not isinstance(tree, dict) or not depth:
        return {}
    found: dict[str, Tensor] = {}
    for key, value in cast("dict[object, object]", tree).items():
        inner = prefix if key == "state_dict" and not prefix else f"{prefix}{key}."
        found |= flattened(value, inner, depth - 1)
    return found
