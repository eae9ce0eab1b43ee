"""A prompt's tokens in chunks of 75, as the text encoder takes them. A new rule for their ends goes into `Chunking`.

As A1111 does it (features.md 2.17): a chunk that would end within 20 tokens after a comma ends at that comma; BREAK
fills the rest of a chunk; a textual inversion's name, matched by its tokens, takes as many places as it has vectors.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from studio.prompt.comments import strip_comments
from studio.prompt.composition import split_prompt
from studio.prompt.networks import NETWORK
from studio.prompt.schedule import resolve_schedule
from studio.prompt.tokens import Vocabulary
from studio.prompt.weights import Weighted, parse_weights

LENGTH = 75
BACKTRACK = 20


class EmbeddingPlace(NamedTuple):
    """`name`'s vectors stand at `offset` (0 is the first place after the start mark)."""

    offset: int
    name: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """75 tokens between the start and end marks, filled up with end marks, and as many weights (77 of each)."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]
    embeddings: tuple[EmbeddingPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Textual inversions by the tokens of their names; `vectors` says how many places each takes."""

    vectors: Mapping[str, int] = field(default_factory=dict[str, int])
    _by_first: dict[int, list[tuple[tuple[int, ...], str]]] = field(
        default_factory=dict[int, list[tuple[tuple[int, ...], str]]]
    )

    def at(self, tokens: Sequence[int], place: int) -> tuple[str, int] | None:
        """The longest name that stands there, and how many tokens it is."""
        for ids, name in self._by_first.get(tokens[place], ()):
            if tuple(tokens[place : place + len(ids)]) == ids:
                return name, len(ids)
        return None


def embeddings(vectors: Mapping[str, int], vocabulary: Vocabulary) -> Embeddings:
    by_first: dict[int, list[tuple[tuple[int, ...], str]]] = {}
    for name in vectors:
        if ids := tuple(vocabulary.encode(name)):
            by_first.setdefault(ids[0], []).append((ids, name))
    for names in by_first.values():
        names.sort(key=lambda each: len(each[0]), reverse=True)
    return Embeddings(vectors, by_first)


class Chunking:
    """The chunks so far, and the one that is being filled."""

    def __init__(self, vocabulary: Vocabulary, known: Embeddings, backtrack: int) -> None:
        self.chunks: list[Chunk] = []
        self.count = 0
        self._vocabulary, self._known, self._backtrack = vocabulary, known, backtrack
        self._tokens: list[int] = []
        self._weights: list[float] = []
        self._places: list[EmbeddingPlace] = []
        self._comma = -1

    def add(self, part: Weighted) -> None:
        if part.is_break:
            self._end()
            return
        tokens = self._vocabulary.encode(part.text)
        place = 0
        while place < len(tokens):
            self._make_room(tokens[place])
            found = self._known.at(tokens, place)
            if found:
                self._put_embedding(found[0], part.weight)
            else:
                self._put(tokens[place], part.weight)
            place += found[1] if found else 1

    def finish(self) -> None:
        if self._tokens or not self.chunks:
            last = len(self._tokens)
            self._end()
            self.count += last - LENGTH

    def _put(self, token: int, weight: float) -> None:
        self._tokens.append(token)
        self._weights.append(weight)

    def _put_embedding(self, name: str, weight: float) -> None:
        size = min(self._known.vectors[name], LENGTH)
        if len(self._tokens) + size > LENGTH:
            self._end()
        self._places.append(EmbeddingPlace(len(self._tokens), name))
        for _ in range(size):
            self._put(0, weight)

    def _make_room(self, token: int) -> None:
        if token == self._vocabulary.comma:
            self._comma = len(self._tokens)
        elif len(self._tokens) == LENGTH and self._comma >= 0 and LENGTH - self._comma <= self._backtrack:
            self._end_at(self._comma + 1)
        if len(self._tokens) == LENGTH:
            self._end()

    def _end_at(self, place: int) -> None:
        """What stands from there on begins the next chunk, but for embeddings, which stay whole where they are."""
        tokens, weights = self._tokens[place:], self._weights[place:]
        moved = [EmbeddingPlace(each.offset - place, each.name) for each in self._places if each.offset >= place]
        self._places = [each for each in self._places if each.offset < place]
        del self._tokens[place:], self._weights[place:]
        self._end()
        self._tokens, self._weights, self._places = tokens, weights, moved

    def _end(self) -> None:
        room = LENGTH - len(self._tokens)
        start, end = self._vocabulary.start, self._vocabulary.end
        self.chunks.append(
            Chunk(
                tokens=(start, *self._tokens, *[end] * (room + 1)),
                weights=(1.0, *self._weights, *[1.0] * (room + 1)),
                embeddings=tuple(self._places),
            )
        )
        self.count += LENGTH
        self._tokens, self._weights, self._places, self._comma = [], [], [], -1


def chunked(
    parts: Iterable[Weighted],
    vocabulary: Vocabulary,
    known: Embeddings | None = None,
    *,
    backtrack: int = BACKTRACK,
) -> list[Chunk]:
    """At least one chunk. `backtrack` 0 never moves words that follow a comma."""
    return filled(parts, vocabulary, known or Embeddings(), backtrack).chunks


def filled(parts: Iterable[Weighted], vocabulary: Vocabulary, known: Embeddings, backtrack: int) -> Chunking:
    chunking = Chunking(vocabulary, known, backtrack)
    for part in parts:
        chunking.add(part)
    chunking.finish()
    return chunking


def count_tokens(
    prompt: str, vocabulary: Vocabulary, *, steps: int = 20, known: Embeddings | None = None
) -> tuple[int, int]:
    """(tokens, places of the chunks they fill), of the longest of the texts that a prompt becomes: (80, 150)."""
    text = NETWORK.sub("", strip_comments(prompt))
    texts = {each.text for part in split_prompt(text) for each in resolve_schedule(part.text, steps)}
    counts = [filled(parse_weights(each), vocabulary, known or Embeddings(), BACKTRACK).count for each in texts]
    count = max(counts)
    return count, math.ceil(max(count, 1) / LENGTH) * LENGTH
