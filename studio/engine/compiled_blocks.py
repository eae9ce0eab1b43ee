"""The repeated blocks of a network, told by their build, so that one compiled code serves all that are built alike.

Weights are inputs of that code, not part of it: another checkpoint, or networks merged into this one, run through it as
they are. (`inductor.freezing` makes them part of it: a replaced weight had no effect, equal blocks were compiled one by
one and nothing was kept on the disk, for no gain over this; `packing.py` has what it gains.) What the code cannot know
of is what is hung on a block from outside, so only plain blocks (`is_plain`) are run by it.
Another kind of block is a name in KINDS, another way of changing one a line of `is_untouched`.
"""

import copy
import types
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from studio.engine.models import Network
from studio.engine.packing import PackedConv2d, PackedLinear

KINDS = ("BasicTransformerBlock",)
"""Those that diffusers compiles too (`_repeated_blocks`). ResNet blocks gained nothing on the processor."""
PROCESSORS = "diffusers.models.attention_processor"


@dataclass(frozen=True, slots=True)
class Block:
    """`build` is equal for blocks that the same code can run. `parts` are all modules of it, itself first."""

    module: Network
    build: Hashable
    parts: tuple[Network, ...]

    @property
    def is_plain(self) -> bool:
        """Nothing but its own layers acts in it now: no hook, no other attention, no packed or borrowed layer."""
        return "forward" not in vars(self.module) and all(is_untouched(part, self.module) for part in self.parts)


def is_untouched(part: Network, block: Network) -> bool:
    """Hooks on the block itself stand outside of its code."""
    own = vars(part)
    is_hooked = part is not block and (part._forward_hooks or part._forward_pre_hooks or "forward" in own)
    is_turned = own.get("padding_mode", "zeros") != "zeros" or isinstance(part, PackedConv2d | PackedLinear)
    processor = own.get("processor")
    is_foreign = processor is not None and type(processor).__module__ != PROCESSORS
    return not (is_hooked or is_turned or is_foreign)


def blocks_of(network: Network) -> Iterator[Block]:
    for module in cast("nn.Module", network).modules():
        if type(module).__name__ in KINDS:
            yield Block(module, build_of(module), tuple(module.modules()))


def build_of(module: nn.Module) -> Hashable:
    """Classes of its layers, with form, layout, precision and place of its weights."""
    layers = tuple((name, type(each)) for name, each in module.named_modules())
    return layers, tuple((name, described(each)) for name, each in module.named_parameters())


def described(value: Any) -> Hashable:
    """What code is made for: of a tensor all but its numbers, of anything else how it is written."""
    if isinstance(value, Tensor):
        return value.shape, value.stride(), value.dtype, value.device
    return repr(value)


@dataclass(frozen=True, slots=True)
class Form:
    """What a block takes: its build, and what its inputs look like."""

    build: Hashable
    given: tuple[Hashable, ...]
    named: tuple[tuple[str, Hashable], ...]


def form_of(block: Block, given: tuple[Any, ...], named: Mapping[str, Any]) -> Form:
    return Form(
        block.build,
        tuple(described(each) for each in given),
        tuple((name, described(each)) for name, each in named.items()),
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A block like one that was called, and inputs like its own; neither has any numbers."""

    block: nn.Module
    given: tuple[Any, ...]
    named: Mapping[str, Any]

    @property
    def kind(self) -> type[nn.Module]:
        return type(self.block)

    def run(self, code: Callable[..., Any]) -> None:
        """Once, on zeros, for what the code is made into by that."""
        device = next(each.device for each in (*self.given, *self.named.values()) if isinstance(each, Outline))
        block = self.block.to_empty(device=device)
        for parameter in block.parameters():
            parameter.data.zero_()
        with torch.inference_mode():
            code(block, *map(zeros_like, self.given), **{name: zeros_like(each) for name, each in self.named.items()})


def example_of(module: nn.Module, given: tuple[Any, ...], named: Mapping[str, Any]) -> Example:
    """Shares nothing with the block, which goes on drawing."""
    memo: dict[int, Any] = {id(vars(module).get("forward")): None}
    with torch.inference_mode(False):
        for parameter in module.parameters():
            memo[id(parameter)] = nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=False)
        twin = copy.deepcopy(module, memo)
    vars(twin).pop("forward", None)
    return Example(twin, tuple(map(outline, given)), {name: outline(each) for name, each in named.items()})


@dataclass(frozen=True, slots=True)
class Outline:
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device


def outline(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return value
    return Outline(tuple(value.shape), value.stride(), value.dtype, value.device)


def zeros_like(value: Any) -> Any:
    if not isinstance(value, Outline):
        return value
    return torch.empty_strided(value.shape, value.stride, dtype=value.dtype, device=value.device).zero_()


def code_of(kind: type[nn.Module], name: str) -> Callable[..., Any]:
    """A block's own computation as a function of it. Torch keeps what it compiles by code, so each has its own."""
    forward = kind.forward

    def call(block: nn.Module, *given: Any, **named: Any) -> Any:
        return forward(block, *given, **named)

    code = call.__code__.replace(co_name=name)
    return types.FunctionType(code, call.__globals__, name, None, call.__closure__)
