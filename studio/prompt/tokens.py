"""CLIP's byte pair encoding of text, without torch. Another vocabulary is another folder for `read_vocabulary`.

Byte pair encoding: Sennrich et al. 2016 (arXiv 1508.07909); CLIP's use of it: Radford et al. 2021 (arXiv 2103.00020):
text in lower case, the 49,152 - 256 - 2 first merges, ends of words marked.
"""

import html
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

END_OF_WORD = "</w>"
MERGES = 49_152 - 256 - 2
START, END = "<|startoftext|>", "<|endoftext|>"
LONGEST_WORD = 1000  # merging takes time with the square of the length; nobody writes longer ones
MOST_KNOWN = 20_000
CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def alphabet() -> dict[int, str]:
    """A printable character for each byte: itself where it is one, else the next free one from U+0100 on."""
    own = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in own]
    return {byte: chr(byte) for byte in own} | {byte: chr(256 + place) for place, byte in enumerate(others)}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`ranks` of the merges, best first, and `ids` of the tokens."""

    ranks: dict[tuple[str, str], int]
    ids: dict[str, int]
    _known: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]], compare=False)

    @property
    def start(self) -> int:
        return self.ids[START]

    @property
    def end(self) -> int:
        return self.ids[END]

    @property
    def comma(self) -> int:
        return self.ids[f",{END_OF_WORD}"]

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without start and end."""
        return [token for word in words(tidied(text)) for token in self._encode_word(word)]

    def _encode_word(self, word: str) -> tuple[int, ...]:
        if word in (START, END):
            return (self.ids[word],)
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        if word not in self._known:
            self._known[word] = tuple(self.ids[part] for part in self._merged(word))
        return self._known[word]

    def _merged(self, word: str) -> list[str]:
        parts = [LETTERS[byte] for byte in word.encode()]
        parts[-1] += END_OF_WORD
        while len(parts) > 1:
            best = min(itertools.pairwise(parts), key=lambda pair: self.ranks.get(pair, MERGES))
            if best not in self.ranks:
                break
            parts = joined(parts, best)
        return parts


LETTERS = alphabet()


def joined(parts: Sequence[str], pair: tuple[str, str]) -> list[str]:
    """The parts, with each occurrence of the pair as one."""
    result: list[str] = []
    place = 0
    while place < len(parts):
        taken = 2 if tuple(parts[place : place + 2]) == pair else 1
        result.append("".join(parts[place : place + taken]))
        place += taken
    return result


def tidied(text: str) -> str:
    """Broken encodings mended, HTML's entities resolved, white space single, lower case: as CLIP was trained."""
    import ftfy  # a moment to load, and the first prompt is early enough

    text = html.unescape(html.unescape(ftfy.fix_text(text)))
    return " ".join(text.split()).lower()


def words(text: str) -> Iterator[str]:
    """Contractions, runs of letters, single digits, and runs of anything else, without white space."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        end = next((place + len(known) for known in (START, END, *CONTRACTIONS) if text.startswith(known, place)), 0)
        end = end or end_of_run(text, place)
        yield text[place:end]
        place = end


def end_of_run(text: str, place: int) -> int:
    kind = kind_of(text[place])
    end = place + 1
    last = min(len(text), place + LONGEST_WORD)
    while kind != "N" and end < last and kind_of(text[end]) == kind:
        end += 1
    return end


def kind_of(character: str) -> str:
    """L for letters, N for numbers, a blank for white space, anything else is one kind."""
    if character.isspace():
        return " "
    category = unicodedata.category(character)[0]
    return category if category in "LN" else "other"


def read_vocabulary(folder: Path) -> Vocabulary:
    """Of a tokenizer's folder, which holds `merges.txt`. Raises OSError where it does not."""
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
    return vocabulary(line for line in lines if not line.startswith("#version"))


def vocabulary(merges: Iterator[str]) -> Vocabulary:
    """Of lines with two parts each. A token's id is its place: letters, letters that end a word, merges, marks."""
    pairs = [(first, second) for first, _, second in (line.partition(" ") for line in merges) if second][:MERGES]
    letters = [LETTERS[byte] for byte in sorted(LETTERS, key=lambda byte: ord(LETTERS[byte]))]
    tokens = [*letters, *(letter + END_OF_WORD for letter in letters), *map("".join, pairs), START, END]
    return Vocabulary(
        ranks={pair: rank for rank, pair in enumerate(pairs)}, ids={token: id for id, token in enumerate(tokens)}
    )
