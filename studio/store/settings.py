"""The settings that were changed, in a JSON file with A1111's keys, as its config.json has them."""

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.domain.errors import BadRequest
from studio.domain.settings import BY_KEY, Settings
from studio.store.disk import write_whole

log = logging.getLogger(__name__)


class SettingsFile:
    """Safe to use from several threads. `is_frozen` refuses every change (`--freeze-settings`).

    Until anything is changed here, what `first` says counts: a webui's config.json.
    """

    def __init__(self, path: Path, is_frozen: bool = False, first: Path | None = None) -> None:
        self._path, self._is_frozen = path, is_frozen
        self._lock = threading.Lock()
        self._kept, self._settings = readable(read(first if first and not path.is_file() else path))

    def get(self) -> Settings:
        return self._settings

    def change(self, given: Mapping[str, Any]) -> None:
        """By A1111's keys; all or nothing, and on the disk when it returns. Raises BadRequest, DiskRefused."""
        if self._is_frozen and given:
            raise BadRequest("The settings are frozen (--freeze-settings)", field=next(iter(given)))
        with self._lock:
            settings = self._settings.overridden(given)
            kept = {key: value for key, value in settings.as_options().items() if key in given or key in self._kept}
            write_whole(self._path, json.dumps(kept, indent=1, ensure_ascii=False).encode())
            self._settings, self._kept = settings, kept


def read(path: Path) -> dict[str, Any]:
    """What the file says; nothing where it is missing or broken, which the log tells."""
    try:
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read, the settings are the usual ones: %s", path, error)
        return {}


def readable(kept: Mapping[str, Any]) -> tuple[dict[str, Any], Settings]:
    """The settings of a file, without those that this version does not know or that it refuses."""
    settings, good = Settings(), dict[str, Any]()
    for key, value in kept.items():
        try:
            settings = settings.overridden({key: value})
            good[key] = value
        except BadRequest as error:
            if key in BY_KEY:
                log.warning("Setting %s was left out: %s", key, error)
    return good, settings
