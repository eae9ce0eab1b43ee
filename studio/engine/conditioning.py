"""Prompts as the network takes them: schedules, parts joined by AND, weights, chunks of 75 tokens.

The result equals A1111's for the same text (features.md 2.17). A new way to apply weights is a branch in `emphasized`.
"""

import contextlib
from collections.abc import Generator, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.domain.geometry import Size
from studio.domain.settings import Settings
from studio.engine.content_cache import ContentCache
from studio.engine.models import Model, TextEncoder, resident
from studio.prompt.chunks import Chunk, Embeddings, chunked, embeddings
from studio.prompt.composition import split_prompt
from studio.prompt.schedule import resolve_schedule
from studio.prompt.weights import Weighted, parse_weights

Vectors = Mapping[str, Mapping[str, Tensor]]
"""Textual inversions: by name, then by encoder (clip_l, clip_g), vectors x width."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """`text`: tokens x width. `pooled`: one vector for all of it, where the model takes one."""

    text: Tensor
    pooled: Tensor | None


@dataclass(frozen=True, slots=True)
class Part:
    """One prompt of those that AND joins; `entries` are (last step, encoded), as the schedule says."""

    weight: float
    entries: tuple[tuple[int, Encoded], ...]

    def at(self, done: int) -> Encoded:
        """After `done` evaluations."""
        return next((encoded for until, encoded in self.entries if done <= until), self.entries[-1][1])


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Of one pass. `added_ids` is what SDXL is told about sizes, positive then negative; empty for others."""

    positive: tuple[Part, ...]
    negative: Part
    positive_ids: tuple[float, ...] = ()
    negative_ids: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptOptions:
    clip_skip: int = 1
    emphasis: str = "Original"
    backtrack: int = 20
    sdxl_clip_skip: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeFacts:
    """What SDXL is told beside the text: the picture's size and crop (top, left); its refiner, scores of beauty."""

    size: Size
    crop: tuple[int, int] = (0, 0)
    scores: tuple[float, float] = (6.0, 2.5)


def prompt_options(settings: Settings) -> PromptOptions:
    return PromptOptions(
        clip_skip=settings.clip_skip,
        emphasis=settings.emphasis,
        backtrack=settings.comma_backtrack,
        sdxl_clip_skip=settings.sdxl_clip_skip,
    )


def size_facts(size: Size, settings: Settings) -> SizeFacts:
    crop = (settings.sdxl_crop_top, settings.sdxl_crop_left)
    return SizeFacts(size=size, crop=crop, scores=(settings.high_score, settings.low_score))


@dataclass(slots=True)
class PromptEncoder:
    """Encodes with one model, as it is while this is in use; equal texts are encoded once.

    `state` names what has been done to the model's text encoders (networks and their weights). `used` collects the
    textual inversions that were met.
    """

    model: Model
    options: PromptOptions
    vectors: Vectors
    cache: ContentCache
    state: Hashable = ()
    used: set[str] = field(default_factory=set[str])
    _known: Embeddings | None = None

    def conditioning(
        self, prompts: tuple[str, str], steps: int, first_steps: int | None, told: SizeFacts
    ) -> Conditioning:
        """`prompts`: positive, negative. `first_steps`: this is the second pass, after so many."""
        positive = tuple(
            Part(part.weight, self._entries(part.text, steps, first_steps)) for part in split_prompt(prompts[0])
        )
        negative = Part(1.0, self._entries(prompts[1], steps, first_steps))
        if not any(encoder.has_pooled for encoder in self.model.encoders):
            return Conditioning(positive, negative)
        if not prompts[1].strip() and self.model.architecture == "sdxl":
            negative = Part(1.0, tuple((until, zeros_like(encoded)) for until, encoded in negative.entries))
        return Conditioning(positive, negative, *size_ids(self.model, told))

    def _entries(self, text: str, steps: int, first_steps: int | None) -> tuple[tuple[int, Encoded], ...]:
        schedule = resolve_schedule(text, steps, first_pass_steps=first_steps)
        return tuple((each.until, self.encode(each.text)) for each in schedule)

    def _layer(self, encoder: TextEncoder) -> int:
        """Counted from the last, which is 1."""
        if encoder.takes_penultimate:
            obeys = self.options.sdxl_clip_skip and not encoder.has_pooled
            return self.options.clip_skip if obeys and self.options.clip_skip > 1 else 2
        return self.options.clip_skip if encoder.obeys_clip_skip else 1

    def encode(self, text: str) -> Encoded:
        """A text without schedules."""
        chunks = self._chunks(text)
        self.used.update(place.name for chunk in chunks for place in chunk.embeddings)
        key = ("text", self.model.key, self.state, self.options, tuple(self.vectors), text)
        return self.cache.get(key, lambda: self._encode(chunks))

    def _chunks(self, text: str) -> list[Chunk]:
        if self._known is None:
            counts = {name: largest(of_encoder) for name, of_encoder in self.vectors.items()}
            self._known = embeddings(counts, self.model.vocabulary)
        parts = [Weighted(text, 1.0)] if self.options.emphasis == "None" else parse_weights(text)
        return chunked(parts, self.model.vocabulary, self._known, backtrack=self.options.backtrack)

    def _encode(self, chunks: Sequence[Chunk]) -> Encoded:
        outputs = [[self._one(encoder, chunk) for encoder in self.model.encoders] for chunk in chunks]
        text = torch.cat([torch.cat([output.text for output in row], dim=-1) for row in outputs])
        pooled = [output.pooled for output in outputs[0] if output.pooled is not None]
        return Encoded(text, pooled[-1] if pooled else None)

    def _one(self, encoder: TextEncoder, chunk: Chunk) -> Encoded:
        device = self.model.device
        with torch.inference_mode(), resident(encoder.network, device), inverted(encoder, chunk, self.vectors):
            encoded = hidden(
                encoder, padded(chunk.tokens, self.model.vocabulary.end, encoder.pad), self._layer(encoder)
            )
        weights = torch.tensor(chunk.weights, device=encoded.text.device, dtype=encoded.text.dtype)
        return Encoded(emphasized(encoded.text, weights, self.options.emphasis), encoded.pooled)


def largest(of_encoder: Mapping[str, Tensor]) -> int:
    return max(len(vectors) for vectors in of_encoder.values())


def padded(tokens: Sequence[int], end: int, pad: int) -> list[int]:
    """What stands after the first end mark is the encoder's own filler."""
    first = list(tokens).index(end)
    return [*tokens[: first + 1], *[pad] * (len(tokens) - first - 1)]


def hidden(encoder: TextEncoder, tokens: Sequence[int], layer: int) -> Encoded:
    """77 tokens through the encoder, as float32; `layer` counts from the last, which is 1."""
    network = encoder.network
    core = getattr(network, "text_model", network)  # newer versions of transformers have no inner model
    ids = torch.tensor([tokens], device=next(network.parameters()).device)
    output = core(input_ids=ids, output_hidden_states=True)
    chosen = output.hidden_states[-min(layer, len(output.hidden_states) - 1)]
    if encoder.takes_penultimate:
        text = chosen
    else:
        text = core.final_layer_norm(chosen) if layer > 1 else output.last_hidden_state
    if not encoder.has_pooled:
        return Encoded(text[0].float(), None)
    end = list(tokens).index(max(tokens))
    return Encoded(text[0].float(), network.text_projection(output.last_hidden_state[0, end]).float())


def emphasized(text: Tensor, weights: Tensor, mode: str) -> Tensor:
    """`Original` keeps the mean of all numbers as it was."""
    if mode == "Ignore" or bool((weights == 1).all()):
        return text
    weighted = text * weights[:, None]
    return weighted if mode == "No norm" else weighted * (text.mean() / weighted.mean())


@contextlib.contextmanager
def inverted(encoder: TextEncoder, chunk: Chunk, vectors: Vectors) -> Generator[None]:
    """The chunk's textual inversions in place of the tokens that hold their places."""
    found = [(place.offset, vectors[place.name].get(encoder.name)) for place in chunk.embeddings]
    if not found:
        yield
        return
    core: Any = getattr(encoder.network, "text_model", encoder.network)

    def put(module: Any, inputs: Any, output: Tensor) -> Tensor:
        output = output.clone()
        for offset, rows in found:
            if rows is not None:
                room = output.shape[1] - offset - 2
                output[0, offset + 1 : offset + 1 + len(rows[:room])] = rows[:room].to(output)
        return output

    handle = core.embeddings.token_embedding.register_forward_hook(put)
    try:
        yield
    finally:
        handle.remove()


def zeros_like(encoded: Encoded) -> Encoded:
    """An empty negative prompt of SDXL is nothing at all."""
    pooled = None if encoded.pooled is None else torch.zeros_like(encoded.pooled)
    return Encoded(torch.zeros_like(encoded.text), pooled)


def size_ids(model: Model, told: SizeFacts) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of the positive and the negative prompt: original size and crop, then the target size, or the refiner's score."""
    start = (told.size.height, told.size.width, *told.crop)
    if model.architecture == "refiner":
        return (*start, told.scores[0]), (*start, told.scores[1])
    return (*start, told.size.height, told.size.width), (*start, told.size.height, told.size.width)
