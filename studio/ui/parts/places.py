"""Folders of this machine that people name on the page."""

from pathlib import Path

from studio.domain.errors import BadRequest
from studio.imaging.folders import named_folder
from studio.ui.values import Values


def folder_of(values: Values, name: str, label: str) -> Path | None:
    """None where nothing was typed. Raises BadRequest where there is no such folder."""
    return named_folder(values.get(name) or "", label, name)


def made_folder(values: Values, name: str, label: str) -> Path | None:
    """The same, absolute; it is made where it is not there yet. Raises BadRequest where that cannot be."""
    text = (values.get(name) or "").strip()
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadRequest(f"{label}: {error}. Name another one", field=name) from error
    return folder
