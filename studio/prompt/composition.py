"""Several prompts in one: `a cat :1.2 AND a dog`. Another conjunction would be a pattern beside `AND`.

As A1111 does it, the prompt is split before schedules are read, so AND ends what stands in brackets around it.
"""

import re
from typing import NamedTuple

AND = re.compile(r"\bAND\b")
WEIGHT = re.compile(r"(?P<text>.*?)\s*:\s*(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))\s*", re.DOTALL)


class Part(NamedTuple):
    """A prompt of its own and how much its difference from the negative prompt counts."""

    text: str
    weight: float


def split_prompt(prompt: str) -> list[Part]:
    """At least one part, 1.0 where no weight stands."""
    return [part_of(text) for text in AND.split(prompt)]


def part_of(text: str) -> Part:
    weighted = WEIGHT.fullmatch(text)
    return Part(weighted["text"], float(weighted["weight"])) if weighted else Part(text.rstrip(), 1.0)
