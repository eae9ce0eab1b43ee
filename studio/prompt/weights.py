"""Attention: (stronger), ((twice)), (exactly:1.3), [weaker], and BREAK. A new bracket is a branch of `Reading.take`.

The grammar is A1111's (features.md 2.17): `(x)` is 1.1, `[x]` 1 / 1.1, `(x:n)` n, nested ones multiply; `\\(` is a
bracket that is meant; a bracket that is never closed acts to the end.
"""

import re
from typing import NamedTuple

ROUND = 1.1
SQUARE = 1 / 1.1
PIECE = re.compile(
    r"""
    \\[()\[\]\\]                                     # a bracket or backslash that is meant
    | :\s*(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))\s*\)  # an exact weight
    | [()\[\]\\:]
    | [^()\[\]\\:]+
    """,
    re.VERBOSE,
)
BREAK = re.compile(r"\s*\bBREAK\b\s*")


class Weighted(NamedTuple):
    """A stretch of text and how much it counts. `is_break` (without text): a new chunk begins here."""

    text: str
    weight: float
    is_break: bool = False


class Reading:
    """The parts so far, and where in them brackets have been opened."""

    def __init__(self) -> None:
        self.parts: list[Weighted] = []
        self._round: list[int] = []
        self._square: list[int] = []

    def take(self, piece: str, weight: str | None) -> None:
        if piece.startswith("\\") and len(piece) > 1:
            self.parts.append(Weighted(piece[1:], 1.0))
        elif piece == "(":
            self._round.append(len(self.parts))
        elif piece == "[":
            self._square.append(len(self.parts))
        elif weight is not None and self._round:
            self._multiply(self._round.pop(), float(weight))
        elif piece == ")" and self._round:
            self._multiply(self._round.pop(), ROUND)
        elif piece == "]" and self._square:
            self._multiply(self._square.pop(), SQUARE)
        else:
            self._add(piece)

    def close(self) -> None:
        while self._round:
            self._multiply(self._round.pop(), ROUND)
        while self._square:
            self._multiply(self._square.pop(), SQUARE)

    def _add(self, text: str) -> None:
        for index, part in enumerate(BREAK.split(text)):
            if index:
                self.parts.append(Weighted("", 1.0, is_break=True))
            self.parts.append(Weighted(part, 1.0))

    def _multiply(self, start: int, factor: float) -> None:
        for index in range(start, len(self.parts)):
            part = self.parts[index]
            if not part.is_break:
                self.parts[index] = part._replace(weight=part.weight * factor)


def parse_weights(prompt: str) -> list[Weighted]:
    """At least one part; neighbours of one weight are one. BREAK works inside brackets too."""
    reading = Reading()
    for match in PIECE.finditer(prompt):
        reading.take(match.group(), match.group("weight"))
    reading.close()
    return merged(reading.parts) or [Weighted("", 1.0)]


def merged(parts: list[Weighted]) -> list[Weighted]:
    joined: list[Weighted] = []
    for part in parts:
        if part.is_break:
            joined.append(part)
        elif joined and not joined[-1].is_break and joined[-1].weight == part.weight:
            joined[-1] = joined[-1]._replace(text=joined[-1].text + part.text)
        elif part.text:
            joined.append(part)
    return joined
