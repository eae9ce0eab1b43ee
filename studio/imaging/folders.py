"""Pictures in folders: which files count, their order, and the mask that belongs to each. A new format is a suffix."""

import re
from collections.abc import Sequence
from pathlib import Path

from PIL.Image import Image

from studio.domain.errors import BadRequest
from studio.imaging.load import load_path

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff")
SHOWN = 200
"""Characters of a path in a message: it may be a whole picture by mistake."""
NamedFile = tuple[str, Path]
"""What a picture is called, and where it lies."""


def named_folder(text: str, label: str, field: str) -> Path | None:
    """A folder that somebody has typed; None where nothing was typed. Raises BadRequest where there is no such one."""
    if not text.strip():
        return None
    folder = Path(text.strip()).expanduser()
    if not is_folder(folder):
        raise BadRequest(f"{label}: there is no folder {text.strip()[:SHOWN]}. Check the path", field=field)
    return folder


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # no path at all: too long, a zero in it
        return False


def pictures_in(folder: Path) -> list[Path]:
    """With subfolders, in natural order ("2" before "10")."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(found, key=lambda path: natural(path.relative_to(folder).as_posix()))


def natural(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", text.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def mask_for(name: str, masks: Sequence[Path]) -> Path | None:
    """The only one, or the one of the picture's name."""
    if len(masks) == 1:
        return masks[0]
    return next((mask for mask in masks if mask.stem == Path(name).stem), None)


def named_files(folder: Path | None) -> list[NamedFile]:
    return [(path.name, path) for path in pictures_in(folder)] if folder else []


def with_masks(files: Sequence[NamedFile], masks: Path | None) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
    """The pictures, and a mask for each, or none without a folder of masks. Raises BadRequest, BrokenFile."""
    images = tuple(load_path(path) for _, path in files)
    if masks is None:
        return images, ()
    there = pictures_in(masks)
    found = [mask_for(name, there) for name, _ in files]
    if None in found:
        message = f"{masks} has no mask for {files[found.index(None)][0]}. Put one of its name there, or one for all"
        raise BadRequest(message, field="batch_mask_dir")
    return images, tuple(load_path(path) for path in found if path)
