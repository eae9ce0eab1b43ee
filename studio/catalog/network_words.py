"""What lies beside a network: the words that switch its subject on, its weight, its picture.

Another place where programs write words is a function in SOURCES. Beside a file `name.safetensors` may lie `name.json`
(A1111's notes on a card) and `name.civitai.info` (of a download helper); trainers write a phrase, or what their
captions said, into the file itself.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

Metadata = Mapping[str, Any]
Source = Callable[[Path, Metadata], list[str]]
MOST_TAGS = 8
LONGEST_SIDECAR = 2**20


def notes_beside(path: Path, metadata: Metadata) -> list[str]:
    return parted(str(sidecar(path.with_suffix(".json")).get("activation text", "")))


def download_beside(path: Path, metadata: Metadata) -> list[str]:
    words = sidecar(path.with_suffix(".civitai.info")).get("trainedWords")
    return [word for each in cast("list[Any]", words) for word in parted(str(each))] if isinstance(words, list) else []


def phrase(path: Path, metadata: Metadata) -> list[str]:
    return parted(str(metadata.get("modelspec.trigger_phrase", "")))


def commonest_tags(path: Path, metadata: Metadata) -> list[str]:
    """kohya's trainer counts the captions' tags, folder by folder."""
    folders = metadata.get("ss_tag_frequency")
    counted: Counter[str] = Counter()
    if isinstance(folders, dict):
        for tags in cast("dict[str, Any]", folders).values():
            if isinstance(tags, dict):
                counted.update({str(tag).strip(): int(count) for tag, count in cast("dict[Any, Any]", tags).items()})
    return [tag for tag, _ in counted.most_common(MOST_TAGS) if tag]


SOURCES: tuple[Source, ...] = (notes_beside, download_beside, phrase, commonest_tags)
"""The first that knows any holds: what people wrote themselves goes before what was counted."""


def preferred_weight(path: Path) -> float:
    """What the notes say; 1 where they do not, or say 0, which stands for "no preference"."""
    said = sidecar(path.with_suffix(".json")).get("preferred weight", 0)
    return float(said) if isinstance(said, int | float) and said and math.isfinite(said) else 1.0


def preview_beside(path: Path) -> Path | None:
    """The picture of a card: `name.preview.png` before `name.png`, in any format that A1111 looks for."""
    stems = (f"{path.stem}.preview", path.stem)
    places = (path.with_name(f"{stem}.{suffix}") for stem in stems for suffix in ("png", "jpg", "jpeg", "webp"))
    return next((place for place in places if place != path and place.is_file()), None)


def trigger_words(path: Path, metadata: Metadata) -> tuple[str, ...]:
    for source in SOURCES:
        if words := source(path, metadata):
            return tuple(dict.fromkeys(words))
    return ()


def parted(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def sidecar(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LONGEST_SIDECAR:
            return {}
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}
