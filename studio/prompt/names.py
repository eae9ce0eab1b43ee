"""Names of files from patterns: "[seed]-[prompt_words]" (features.md 2.20). A new token is a line in `TOKENS`.

A token that has nothing to say is left out together with the text before it, as A1111 does; one that is not known
stays as it is written.
"""

import hashlib
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from studio.prompt.infotext import Infotext

LONGEST = 128  # characters
MOST_BYTES = 200  # of the 255 that file systems take; the rest is for numbers and endings
PIECE = re.compile(r"(?P<text>[^\[]*)(?:\[(?P<token>[^\[\]]+)\]|(?P<stray>\[)|$)")
ARGUMENT = re.compile(r"<([^>]*)>")
FORBIDDEN = str.maketrans({character: "_" for character in (*'#<>:"/\\|?*', *map(chr, range(32)))})
WORDS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class NameFacts:
    """What names are made of. `number` counts the pictures of a job of `count` from 1, `batch` those of a batch."""

    text: Infotext
    seed: int
    width: int
    height: int
    moment: datetime
    number: int = 1
    count: int = 1
    batch: int = 1
    batch_size: int = 1
    user: str = ""
    pixels: bytes = b""
    styles: Sequence[str] = ()
    basename: str = ""
    plain_prompt: str = ""
    """The prompt before styles."""

    def fact(self, key: str) -> str:
        return self.text.facts.get(key, "")


Token = Callable[[NameFacts, Sequence[str]], str | None]
"""(facts, arguments) -> the text; None for nothing to say."""


def file_name(pattern: str, facts: NameFacts) -> str:
    """Fit for any file system, without an ending, at most 128 characters and 200 bytes; empty for one of nothing."""
    return tidied(filled(pattern, facts))


def folder_name(pattern: str, facts: NameFacts) -> str:
    """The same for a subfolder, which may be several deep (separated by / or \\\\)."""
    parts = (tidied(filled(part, facts)) for part in re.split(r"[/\\]", pattern))
    return "/".join(part for part in parts if part.strip("."))


def filled(pattern: str, facts: NameFacts) -> str:
    result = ""
    for match in PIECE.finditer(pattern):
        result += match["text"] + (match["stray"] or "")
        token = match["token"]
        if token is None:
            continue
        name, arguments = token.partition("<")[0].lower(), ARGUMENT.findall(token)
        if name not in TOKENS:
            result += f"[{token}]"
            continue
        said = TOKENS[name](facts, arguments)
        result = result[: len(result) - len(match["text"])] if said is None else result + said
    return result


def clean(text: str) -> str:
    """What a file's name may hold."""
    return text.translate(FORBIDDEN).lstrip(" ")[:LONGEST].rstrip(" .")


def tidied(name: str) -> str:
    short = name.translate(FORBIDDEN).strip()[:LONGEST].encode("utf-8", "replace")[:MOST_BYTES]
    return short.decode("utf-8", "ignore").rstrip(" .")


def underlined(text: str) -> str:
    return clean(text).replace(" ", "_")


def first_words(facts: NameFacts, arguments: Sequence[str]) -> str:
    found = [word for word in re.split(rf"[\s{re.escape(string.punctuation)}]+", facts.text.prompt) if word]
    return clean(" ".join(found[:WORDS])) or "empty"


def hashed(text: str | bytes, arguments: Sequence[str]) -> str:
    """The first 8 hexadecimal digits of the SHA-256, or as many as the argument says."""
    length = int(arguments[0]) if arguments and arguments[0].isdecimal() else 8
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:length]


def time_text(facts: NameFacts, arguments: Sequence[str]) -> str:
    """<format><time zone>; what cannot be understood counts as not given."""
    moment = facts.moment
    if len(arguments) > 1:
        try:
            moment = moment.astimezone(ZoneInfo(arguments[1]))
        except (ZoneInfoNotFoundError, ValueError):
            moment = facts.moment
    wanted = arguments[0] if arguments and arguments[0] else "%Y%m%d%H%M%S"
    try:
        return clean(moment.strftime(wanted))
    except ValueError:
        return moment.strftime("%Y%m%d%H%M%S")


def asked_words(facts: NameFacts, arguments: Sequence[str]) -> str:
    """<word|otherwise>: the word if the prompt has it, else the other text."""
    prompt = facts.text.prompt.lower()
    pairs = (argument.partition("|") for argument in arguments)
    return clean("".join(word.lower() if word.lower() in prompt else otherwise for word, _, otherwise in pairs))


def sampler_and_schedule(facts: NameFacts, arguments: Sequence[str]) -> str:
    schedule = facts.fact("Schedule type")
    return underlined(" ".join(part for part in (facts.fact("Sampler"), schedule) if part))


def only_of_several(count: Callable[[NameFacts], int], value: Callable[[NameFacts], int]) -> Token:
    return lambda facts, arguments: str(value(facts)) if count(facts) > 1 else None


def fact(key: str) -> Token:
    return lambda facts, arguments: underlined(facts.fact(key))


TOKENS: Mapping[str, Token] = {
    "seed": lambda facts, _: str(facts.seed),
    "seed_first": lambda facts, _: str(facts.seed - facts.number + 1),
    "seed_last": lambda facts, _: str(facts.seed - facts.number + facts.count),
    "steps": fact("Steps"),
    "cfg": fact("CFG scale"),
    "width": lambda facts, _: str(facts.width),
    "height": lambda facts, _: str(facts.height),
    "styles": lambda facts, _: underlined(", ".join(facts.styles) or "None"),
    "sampler": fact("Sampler"),
    "sampler_scheduler": sampler_and_schedule,
    "scheduler": fact("Schedule type"),
    "model_hash": fact("Model hash"),
    "model_name": fact("Model"),
    "date": lambda facts, _: facts.moment.strftime("%Y-%m-%d"),
    "datetime": time_text,
    "job_timestamp": lambda facts, _: facts.moment.strftime("%Y%m%d%H%M%S"),
    "prompt_hash": lambda facts, arguments: hashed(facts.text.prompt, arguments),
    "negative_prompt_hash": lambda facts, arguments: hashed(facts.text.negative_prompt, arguments),
    "full_prompt_hash": lambda facts, arguments: hashed(f"{facts.text.prompt} {facts.text.negative_prompt}", arguments),
    "prompt": lambda facts, _: underlined(facts.text.prompt),
    "prompt_no_styles": lambda facts, _: underlined(facts.plain_prompt or facts.text.prompt),
    "prompt_spaces": lambda facts, _: clean(facts.text.prompt),
    "prompt_words": first_words,
    "batch_number": only_of_several(lambda facts: facts.batch_size, lambda facts: facts.batch),
    "batch_size": lambda facts, _: str(facts.batch_size),
    "generation_number": only_of_several(lambda facts: facts.count, lambda facts: facts.number),
    "hasprompt": asked_words,
    "clip_skip": lambda facts, _: facts.fact("Clip skip") or "1",
    "denoising": fact("Denoising strength"),
    "user": lambda facts, _: underlined(facts.user),
    "vae_filename": lambda facts, _: underlined(facts.fact("VAE") or "Automatic"),
    "none": lambda facts, _: "",
    "image_hash": lambda facts, arguments: hashed(facts.pixels, arguments),
    "basename": lambda facts, _: clean(facts.basename),
}
