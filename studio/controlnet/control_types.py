"""The control types that people choose by: which preprocessors and models belong to each. A new type is one row.

What a preprocessor belongs to stands with it (`types`); features.md 3.4 is where the table comes from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from studio.domain.registry import Registry
from studio.domain.things import Preprocessor

NONE = "None"
"""The model list's first entry: no model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlType:
    """`words`: what the names of its models contain, in small letters. `needs_model` is False for reference types."""

    name: str
    default: str
    words: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    needs_model: bool = True


ALL = ControlType(name="All", default="none", words=())
CONTROL_TYPES: Registry[ControlType] = Registry(
    "control type",
    (
        ALL,
        ControlType(name="Canny", default="canny", words=("canny",)),
        ControlType(name="Depth", default="depth", words=("depth",)),
        ControlType(name="IP-Adapter", default="ip-adapter-auto", words=("ip-adapter", "ip_adapter")),
        ControlType(name="Inpaint", default="inpaint_only", words=("inpaint",)),
        ControlType(name="InstructP2P", default="none", words=("ip2p", "instructp2p")),
        ControlType(name="Lineart", default="lineart_standard", words=("lineart",)),
        ControlType(name="MLSD", default="mlsd", words=("mlsd",)),
        ControlType(name="NormalMap", default="normal_bae", words=("normal",), aliases=("Normal",)),
        ControlType(name="OpenPose", default="openpose_full", words=("openpose", "pose")),
        ControlType(name="Recolor", default="recolor_luminance", words=("recolor",)),
        ControlType(name="Reference", default="reference_only", words=(), needs_model=False),
        ControlType(
            name="Scribble", default="pidinet_scribble", words=("scribble", "sketch"), aliases=("Scribble/Sketch",)
        ),
        ControlType(name="Segmentation", default="segmentation", words=("seg",), aliases=("Seg",)),
        ControlType(name="Shuffle", default="shuffle", words=("shuffle",)),
        ControlType(name="SoftEdge", default="pidinet", words=("softedge", "hed", "pidi")),
        ControlType(name="T2I-Adapter", default="color", words=("t2i",)),
        ControlType(name="Tile", default="tile_resample", words=("tile", "blur"), aliases=("Tile/Blur",)),
    ),
)


def preprocessors_of(kind: ControlType, preprocessors: Registry[Preprocessor]) -> list[Preprocessor]:
    """none first, then the type's default, then the others by label. Everything, for All."""
    belonging = [each for each in preprocessors if kind is ALL or kind.name in each.types or each.name == "none"]
    return sorted(belonging, key=lambda each: (each.name != "none", each.name != kind.default, each.label))


def default_preprocessor(
    kind: ControlType,
    preprocessors: Registry[Preprocessor],
    is_ready: Callable[[Preprocessor], bool] = lambda preprocessor: True,
) -> str:
    """The type's own default; where that has no weights yet, one of the type alone that is ready, the demo's first.

    Those of several types (invert) are for special pictures: silently taken, they would spoil the others.
    """
    if kind is ALL or kind.default not in preprocessors or is_ready(preprocessors[kind.default]):
        return kind.default if kind.default in preprocessors else "none"
    own = [each for each in preprocessors_of(kind, preprocessors) if each.types == (kind.name,) and is_ready(each)]
    return min(own, key=lambda each: not each.name.startswith("demo_")).name if own else kind.default


def models_of(kind: ControlType, names: Iterable[str]) -> list[str]:
    """None, and those whose name says that they belong to the type (union models belong to all)."""
    words = (*kind.words, "union")
    return [NONE, *(name for name in names if is_listed(kind, name, words))]


def is_listed(kind: ControlType, name: str, words: Sequence[str]) -> bool:
    return kind.needs_model and (kind is ALL or any(word in name.lower() for word in words))


def default_model(kind: ControlType, names: Iterable[str]) -> str:
    """The first of version 1.1, else the first at all; None for All and for types that need no model."""
    fitting = models_of(kind, names)[1:]
    if kind is ALL or not fitting:
        return NONE
    return next((name for name in fitting if "11" in name), fitting[0])
