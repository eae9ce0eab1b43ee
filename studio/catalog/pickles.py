"""Pickled weights (.ckpt, .pt, .pth, .bin) without running them. What else may stand in a pickle is a row of INERT.

Only names that build tensors are honoured. Known by-standers of old training programs become inert values, and
everything else is refused, so that nothing in a file is ever called.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from studio.catalog.tensors import Header, TensorInfo
from studio.domain.errors import BrokenFile

PICKLE_STARTS = (b"PK\x03\x04", b"\x80")
INERT = ("pytorch_lightning.", "lightning.", "lightning_fabric.", "numpy.", "torchmetrics.", "omegaconf.")
PLAIN: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
}
BY_STANDERS = (
    ("_codecs", "encode"),
    ("builtins", "object"),
    ("copyreg", "_reconstructor"),
    ("pathlib", "PosixPath"),
    ("collections", "defaultdict"),
)
OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
STORAGES = {
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "DoubleStorage": "F64",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}


class Inert:
    """Stands where an object of a training program stood; whatever is done to it does nothing."""

    def __init__(self, *args: object, **named: object) -> None: ...
    def __setstate__(self, state: object) -> None: ...
    def __call__(self, *args: object, **named: object) -> "Inert":
        return self

    def __hash__(self) -> int:
        return id(self)

    def append(self, item: object) -> None: ...
    def extend(self, items: object) -> None: ...
    def __setitem__(self, key: object, value: object) -> None: ...


class Refused(pickle.UnpicklingError):
    """The pickle asks for something that weights have no need of."""


def safe_stand_in(module: str, name: str) -> Any:
    """What a pickle gets for a global that builds no tensor. Raises Refused for all but known by-standers."""
    module = OLD_NAMES.get(module, module)
    if (module, name) in PLAIN:
        return PLAIN[module, name]
    if f"{module}.".startswith(INERT) or (module, name) in BY_STANDERS:
        return Inert
    raise Refused(f"{module}.{name}")


class HeaderUnpickler(pickle.Unpickler):
    """Reads a pickle of tensors as a tree with a TensorInfo for each tensor."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if module_name == "torch" and global_name in STORAGES:
            return STORAGES[global_name]
        if module_name.startswith("torch"):
            return builder(module_name, global_name)
        return safe_stand_in(module_name, global_name)

    def persistent_load(self, pid: Any, /) -> Any:
        return pid[1]


def builder(module: str, name: str) -> Callable[..., Any]:
    """How tensors are put together from a dtype (which stands for the storage), an offset and a shape."""
    known: dict[tuple[str, str], Callable[..., Any]] = {
        ("torch._utils", "_rebuild_tensor_v2"): rebuilt_tensor,
        ("torch._utils", "_rebuild_tensor"): rebuilt_tensor,
        ("torch._utils", "_rebuild_parameter"): first_argument,
        ("torch._utils", "_rebuild_parameter_with_state"): first_argument,
        ("torch.nn.parameter", "Parameter"): first_argument,
        ("torch", "Size"): tuple,
        ("torch", "device"): Inert,
        ("torch.nn.modules.container", "ParameterDict"): StateHolder,
    }
    if (module, name) in known:
        return known[module, name]
    if module == "torch" and name.islower():  # a dtype: torch.float16 and the like are pickled by name
        return Inert()
    if module in ("torch.storage", "torch.serialization") or module.startswith("torch.optim"):
        return Inert
    raise Refused(f"{module}.{name}")


class StateHolder(Inert):
    """A module whose state is kept, as old embeddings are stored."""

    def __setstate__(self, state: object) -> None:
        self.state = state


def rebuilt_tensor(storage: object, _offset: object, shape: object, *_rest: object) -> TensorInfo:
    dtype = storage if isinstance(storage, str) else "F32"
    return TensorInfo(dtype=dtype, shape=tuple(cast("tuple[int, ...]", shape)))


def first_argument(first: object, *_rest: object) -> object:
    return first


def read_pickle_header(path: Path) -> Header:
    """Names, shapes and dtypes of a .ckpt, .pt, .pth or .bin. Raises BrokenFile, also for a pickle that holds code."""
    try:
        tree = zipped_tree(path) if zipfile.is_zipfile(path) else bare_tree(path)
    except Refused as error:
        message = f"{path.name} holds code ({error}) and is refused. Ask for it as .safetensors"
        raise BrokenFile(message, file=path.name, code=str(error)) from error
    except (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise broken(path) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError, MemoryError) as error:
        raise broken(path) from error
    return Header(tensors=dict(flattened(tree)), metadata={})


def broken(path: Path) -> BrokenFile:
    return BrokenFile(f"{path.name} is truncated or damaged. Download it again", file=path.name)


def zipped_tree(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl") or name == "data.pkl"]
        if not pickles:
            raise zipfile.BadZipFile("no data.pkl")
        with archive.open(pickles[0]) as file:
            return unpickled(file)


def bare_tree(path: Path) -> object:
    """A plain pickle, or torch's format before 1.6: magic number, version, machine, then the tree."""
    if path.read_bytes()[:2] == b"PK":
        raise zipfile.BadZipFile("the end is missing")
    with path.open("rb") as file:
        first = unpickled(file)
        if not isinstance(first, int):
            return first
        for _ in range(2):
            unpickled(file)
        return unpickled(file)


def unpickled(file: IO[bytes]) -> object:
    return HeaderUnpickler(file).load()


def flattened(tree: object, prefix: str = "", depth: int = 4) -> list[tuple[str, TensorInfo]]:
    """Every tensor by its dotted name; the wrappings `state_dict` and the like are left out of names."""
    if isinstance(tree, TensorInfo):
        return [(prefix.removesuffix("."), tree)]
    if isinstance(tree, StateHolder):
        return flattened(vars(tree).get("state"), prefix, depth)
    if not isinstance(tree, Mapping) or not depth:
        return []
    found: list[tuple[str, TensorInfo]] = []
    for key, value in cast("Mapping[object, object]", tree).items():
        inner = prefix if key == "state_dict" and not prefix else f"{prefix}{key}."
        found += flattened(value, inner, depth - 1)
    return found
