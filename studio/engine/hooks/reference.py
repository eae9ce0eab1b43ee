"""Reference units: a picture whose features the UNet sees while it draws, without a network (features.md 3.10).

reference_only: self-attention looks at the reference too. reference_adain: feature maps take its mean and deviation.
In each evaluation the noised reference goes through the UNet once to fill the banks, which the real call then reads.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import torch
from torch import Tensor

from studio.domain.plan import ControlMap
from studio.domain.request import ControlMode, ControlUnit
from studio.engine.control_weights import acts_in_pass, is_active
from studio.engine.hooks.hook import Evaluation, Hook, Scene, attached
from studio.engine.models import Model, Network

USUAL_FIDELITY = 0.5
SMALLEST_VARIANCE = 1e-6


class Doing(Enum):
    """What the taps in the UNet do with what passes by."""

    filling = "filling"
    reading = "reading"


@dataclass(slots=True)
class Reference:
    """One unit: its latent (1 x 4 x height x width), and how much the negative prompt is left alone (0..1)."""

    unit: ControlUnit
    latent: Tensor
    fidelity: float

    @property
    def attends(self) -> bool:
        return self.unit.preprocessor != "reference_adain"

    @property
    def normalises(self) -> bool:
        return self.unit.preprocessor != "reference_only"


@dataclass(slots=True)
class Tap:
    """A place in the UNet with what was seen there. Units heavier than `threshold` take part."""

    threshold: float
    bank: list[Tensor] = field(default_factory=list[Tensor])
    fidelities: list[float] = field(default_factory=list[float])

    def fill(self, seen: Tensor, weight: float, fidelity: float) -> None:
        if weight > self.threshold:
            self.bank.append(seen)
            self.fidelities.append(fidelity)

    def mixed(self, changed: Tensor, plain: Tensor, negative: Sequence[int]) -> Tensor:
        """Rows of the prompt get the change whole, those of the negative prompt less the more fidelity is asked."""
        share = sum(self.fidelities) / len(self.fidelities)
        result = changed.clone()
        result[list(negative)] = share * plain[list(negative)] + (1 - share) * changed[list(negative)]
        return result


@dataclass(slots=True)
class State:
    """Shared by all taps during one evaluation."""

    doing: Doing
    negative: tuple[int, ...]
    reference: Reference | None = None


class AttentionTap:
    """An attention processor around another: remembers what the layer attends to, or lets it attend to the bank too."""

    def __init__(self, inner: Any, tap: Tap, state: State) -> None:
        self.inner, self.tap, self.state = inner, tap, state

    def __call__(
        self, attn: Network, hidden_states: Tensor, encoder_hidden_states: Tensor | None = None, **more: Any
    ) -> Tensor:
        plain: Tensor = self.inner(attn, hidden_states, encoder_hidden_states=encoder_hidden_states, **more)
        reference = self.state.reference
        if self.state.doing is Doing.filling:
            if reference and reference.attends:
                self.tap.fill(hidden_states, reference.unit.weight, reference.fidelity)
            return plain
        if not self.tap.bank:
            return plain
        context = torch.cat([hidden_states, *self.tap.bank], dim=1)
        changed: Tensor = self.inner(attn, hidden_states, encoder_hidden_states=context, **more)
        return self.tap.mixed(changed, plain, self.state.negative)


@dataclass(slots=True)
class NormTap:
    """A forward hook on a layer: remembers its feature maps, or gives them the bank's mean and deviation."""

    tap: Tap
    state: State

    def __call__(self, _layer: Network, _inputs: Any, output: Any) -> Any:
        maps: Tensor = output if isinstance(output, Tensor) else output[0]
        reference = self.state.reference
        if self.state.doing is Doing.filling:
            if reference and reference.normalises:
                self.tap.fill(maps, reference.unit.weight, reference.fidelity)
            return output
        if not self.tap.bank:
            return output
        changed = self.tap.mixed(renormed(maps, self.tap.bank), maps, self.state.negative)
        return changed if isinstance(output, Tensor) else (changed, *output[1:])


def renormed(maps: Tensor, bank: Sequence[Tensor]) -> Tensor:
    """With the bank's mean and deviation, channel by channel (Huang and Belongie, AdaIN, 2017)."""
    deviation, mean = moments(maps)
    wanted = [moments(each) for each in bank]
    new_deviation = sum(each[0] for each in wanted) / len(wanted)
    new_mean = sum(each[1] for each in wanted) / len(wanted)
    return (maps - mean) / deviation * new_deviation + new_mean


def moments(maps: Tensor) -> tuple[Tensor, Tensor]:
    variance, mean = torch.var_mean(maps, dim=(2, 3), keepdim=True, correction=0)
    return variance.clamp(min=SMALLEST_VARIANCE).sqrt(), mean


@dataclass(slots=True)
class ReferenceHook(Hook):
    """All reference units of a pass. `sources` give the noise on the references, one for each picture."""

    model: Model
    references: Sequence[Reference]
    sources: Sequence[torch.Generator]

    @contextmanager
    def during(self, evaluation: Evaluation) -> Generator[None]:
        active = [each for each in self.references if is_active(each.unit, evaluation.share)]
        is_base = evaluation.text.shape[-1] == int(self.model.unet.config.cross_attention_dim)  # no refiner of SDXL
        if not active or not is_base:
            yield
            return
        state = State(Doing.filling, tuple(i for i, positive in enumerate(evaluation.is_conditional) if not positive))
        with ExitStack() as taps, torch.no_grad():
            for tapped in (attention_taps(self.model.unet, state), norm_taps(self.model.unet, state)):
                taps.enter_context(tapped)
            for reference in active:
                state.reference = reference
                self._look_at(reference, evaluation)
            state.doing = Doing.reading
            yield

    def _look_at(self, reference: Reference, evaluation: Evaluation) -> None:
        """The reference at the evaluation's noise, through the UNet under the same texts."""
        clean = reference.latent
        noises = [torch.randn(clean.shape, generator=source) for source in self.sources]
        noisy = torch.cat([clean + evaluation.sigma * noise.to(clean) for noise in noises])
        rows = [picture % len(noises) for picture in evaluation.pictures]
        latent = noisy[rows] / (evaluation.sigma**2 + 1) ** 0.5
        if self.model.in_channels == 9:  # inpainting models: nothing of it is masked
            whole = clean.expand(len(rows), -1, -1, -1)
            latent = torch.cat([latent, torch.zeros_like(latent[:, :1]), whole], dim=1)
        self.model.unet(
            latent.to(evaluation.latent.dtype),
            evaluation.time,
            encoder_hidden_states=evaluation.text,
            added_cond_kwargs=evaluation.added or None,
            return_dict=False,
        )


@contextmanager
def attention_taps(unet: Network, state: State) -> Generator[None]:
    """On the self-attention of every transformer block; the widest take part at the least weight."""
    blocks = [module for module in unet.modules() if hasattr(module, "attn1") and hasattr(module, "norm1")]
    blocks.sort(key=lambda block: -int(block.attn1.to_q.in_features))
    before = [block.attn1.processor for block in blocks]
    try:
        for index, block in enumerate(blocks):
            block.attn1.processor = AttentionTap(block.attn1.processor, Tap(index / len(blocks)), state)
        yield
    finally:
        for block, processor in zip(blocks, before, strict=True):
            block.attn1.processor = processor


def norm_taps(unet: Network, state: State) -> AbstractContextManager[None]:
    return attached(
        layer.register_forward_hook(NormTap(Tap(threshold), state)) for layer, threshold in norm_layers(unet)
    )


def norm_layers(unet: Network) -> Iterator[tuple[Network, float]]:
    """The middle, every layer of the way down but the first level's, of the way up but the last level's."""
    yield unet.mid_block, 0.0
    down = [layer for block in unet.down_blocks[1:] for layer in layers_of(block)]
    up = [layer for block in unet.up_blocks[:-1] for layer in layers_of(block)]
    yield from ((layer, 1 - index / len(down)) for index, layer in enumerate(down))
    yield from ((layer, index / len(up)) for index, layer in enumerate(up))


def layers_of(block: Network) -> Sequence[Network]:
    return list(getattr(block, "attentions", None) or block.resnets)


def reference_hooks(scene: Scene) -> Iterator[Hook]:
    """One hook for all reference units, so that their banks are read together."""
    has_second = scene.prepared.plan.hires is not None
    controls = [
        control
        for control in scene.prepared.controls
        if control.unit.is_reference and acts_in_pass(control.unit, scene.is_second, has_second)
    ]
    if controls:
        yield ReferenceHook(
            model=scene.model,
            references=[reference_of(scene, control) for control in controls],
            sources=[torch.Generator().manual_seed(seed % 2**63) for seed in scene.seeds],
        )


def reference_of(scene: Scene, control: ControlMap) -> Reference:
    image = control.hires_image if scene.is_second and control.hires_image else control.image
    fidelity = fidelity_of(control.unit, scene.is_second, is_sdxl=scene.model.architecture == "sdxl")
    latent = scene.encode(image).to(scene.model.torch_device)
    return Reference(unit=control.unit, latent=latent, fidelity=fidelity)


def fidelity_of(unit: ControlUnit, is_second: bool, *, is_sdxl: bool) -> float:
    """Style Fidelity counts in Balanced mode only."""
    if is_second or unit.mode is ControlMode.prompt:
        return 0.0
    if unit.mode is ControlMode.control:
        return 1.0
    asked = unit.threshold_a if 0 <= unit.threshold_a <= 1 else USUAL_FIDELITY
    return asked**3 if is_sdxl else asked
