"""Prompts that change while a picture is drawn: [from:to:when] and [one|other]. A new form is a class beside `Switch`.

The grammar is A1111's (features.md 2.17). `when` without a point is a step, with one a share of the steps; in the
second pass of hires fix steps go on from the first pass, and shares from 1.0 on. What does not parse is plain text:
a stray bracket or colon by itself, and, as there, the whole prompt where a `|` stands outside of square brackets.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

PLAIN = re.compile(r"(?:[^\\\[\]():|]|\\.)+")
WHEN = re.compile(r"\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*")
CLOSES = {"]": "[", ")": "("}


class Scheduled(NamedTuple):
    """`text` is the prompt up to and including step `until` (steps count from 1)."""

    until: int
    text: str


@dataclass(frozen=True, slots=True)
class Switch:
    """`before` up to step `at`, `after` from then on."""

    before: "Items"
    after: "Items"
    at: int

    def parts(self) -> tuple["Items", ...]:
        return self.before, self.after

    def ends(self, steps: int) -> Iterable[int]:
        return (self.at,) if 1 <= self.at <= steps else ()

    def chosen(self, step: int) -> "Items":
        return self.before if step <= self.at else self.after


@dataclass(frozen=True, slots=True)
class Alternation:
    """Another choice at each step, in turn."""

    choices: tuple["Items", ...]

    def parts(self) -> tuple["Items", ...]:
        return self.choices

    def ends(self, steps: int) -> Iterable[int]:
        return range(1, steps + 1)

    def chosen(self, step: int) -> "Items":
        return self.choices[(step - 1) % len(self.choices)]


Item = str | Switch | Alternation
Items = Sequence[Item]


@dataclass(frozen=True, slots=True)
class Counting:
    """How `when` becomes a step: shares are of `steps`, from `first_share` on, whole numbers from `first_step` on."""

    steps: int
    first_step: int
    first_share: float

    def step(self, when: str) -> int:
        number = float(when)
        exact = (number - self.first_share) * self.steps if "." in when else number - self.first_step
        return min(self.steps, int(exact))


class Group:
    """An open bracket and what has come in it: parts, and the separators between them."""

    def __init__(self, bracket: str) -> None:
        self.bracket = bracket
        self.parts: list[list[Item]] = [[]]
        self.separators: list[str] = []

    def separate(self, by: str) -> None:
        self.separators.append(by)
        self.parts.append([])

    def closed(self, counting: Counting) -> list[Item] | None:
        """What it means, None where it means nothing."""
        if not self.separators or (self.bracket == "(" and self.separators == [":"]):
            return self.literal()
        if self.bracket == "(":
            return None
        if set(self.separators) == {"|"}:
            return [Alternation(tuple(tuple(part) for part in self.parts))]
        return self._switch(counting) if self.separators in ([":"], [":", ":"]) else None

    def _switch(self, counting: Counting) -> list[Item] | None:
        last = self.parts[-1]
        when = WHEN.fullmatch(last[0]) if len(last) == 1 and isinstance(last[0], str) else None
        if not when:
            return None
        *before, after = self.parts[:-1]
        return [Switch(tuple(before[0]) if before else (), tuple(after), counting.step(when["number"]))]

    def literal(self) -> list[Item]:
        items = [self.bracket, *self.parts[0]]
        for separator, part in zip(self.separators, self.parts[1:], strict=True):
            items += [separator, *part]
        return [*items, "]" if self.bracket == "[" else ")"]


class NotAPromptError(ValueError):
    """Something stands where the grammar has no place for it."""


class Parser:
    """One pass over the text. `_open` holds the brackets that are open, innermost last."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._top: list[Item] = []
        self._open: list[Group] = []

    def parse(self, prompt: str) -> list[Item]:
        place = 0
        while place < len(prompt):
            plain = PLAIN.match(prompt, place)
            piece = plain.group() if plain else prompt[place]
            place += len(piece)
            if plain:
                self._here().append(piece)
            else:
                self._mark(piece)
        self._give_up()
        return self._top

    def _here(self) -> list[Item]:
        return self._open[-1].parts[-1] if self._open else self._top

    def _mark(self, mark: str) -> None:
        if mark in "[(":
            self._open.append(Group(mark))
        elif mark in "])":
            self._close(mark)
        elif mark in ":|" and self._open:
            self._open[-1].separate(mark)
        else:
            self._stray(mark)

    def _close(self, mark: str) -> None:
        if self._open and self._open[-1].bracket == CLOSES[mark]:
            closed = self._open[-1].closed(self._counting)
            if closed is not None:
                self._open.pop()
                self._here().extend(closed)
                return
        self._stray(mark)

    def _stray(self, mark: str) -> None:
        """Stray marks may stand outside of brackets only, so no bracket that is still open can be one."""
        if mark in "|\\":
            raise NotAPromptError(mark)
        self._give_up()
        self._top.append(mark)

    def _give_up(self) -> None:
        for group in self._open:
            if "|" in group.separators:
                raise NotAPromptError("|")
            self._top += group.literal()[:-1]
        self._open.clear()


def resolve_schedule(prompt: str, steps: int, *, first_pass_steps: int | None = None) -> list[Scheduled]:
    """The prompt's stretches, the last until `steps`. `first_pass_steps`: this is the second pass, after so many.

    Samplers of second order count every step twice; that is for the caller to do.
    """
    second = first_pass_steps is not None
    counting = Counting(steps, first_pass_steps or 0, 1.0 if second else 0.0)
    try:
        items = Parser(counting).parse(prompt)
    except NotAPromptError:
        return [Scheduled(steps, prompt)]
    ends = {steps, *ends_of(items, steps)}
    return [Scheduled(end, text_at(items, end)) for end in sorted(ends)]


def ends_of(items: Items, steps: int) -> Iterator[int]:
    """Where any of the items, or of those inside of them, changes."""
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        if not isinstance(item, str):
            yield from item.ends(steps)
            waiting.extend(inner for part in item.parts() for inner in part)


def text_at(items: Items, step: int) -> str:
    """The text of one step."""
    text: list[str] = []
    waiting = list(reversed(items))
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            text.append(item)
        else:
            waiting.extend(reversed(item.chosen(step)))
    return "".join(text)
