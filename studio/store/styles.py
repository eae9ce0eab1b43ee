"""The styles that people keep, in the file styles.csv as A1111 has it. Another thing to do with a style is a method."""

import threading
from collections.abc import Sequence
from pathlib import Path

from studio.domain.errors import BadRequest
from studio.prompt.styles import HIDDEN, Style, read_styles, rows_in, write_styles
from studio.store.disk import refusals


class StylesFile:
    """Read anew each time, so that what other programs write into it counts at once. Any thread may call.

    Of `others` (a webui's) it only reads; a style of ours stands in the place of theirs of the same name.
    """

    def __init__(self, path: Path, *others: Path) -> None:
        self._path, self._others = path, others
        self._lock = threading.Lock()

    def list(self) -> Sequence[Style]:
        """Raises BrokenFile."""
        return read_styles([self._path, *self._others])

    @refusals()
    def save(self, name: str, prompt: str, negative_prompt: str) -> None:
        """A style, in the place of the one of its name, or as the last. Raises BadRequest, BrokenFile, DiskRefused."""
        name = name.strip()
        if not name or name.startswith(HIDDEN):
            raise BadRequest(f"Give the style a name that does not begin with {HIDDEN}", field="name")
        style = Style(name=name, prompt=prompt, negative_prompt=negative_prompt, path=self._path)
        with self._lock:
            rows = self._rows()
            at = next((index for index, row in enumerate(rows) if row.name == name), len(rows))
            write_styles(self._path, [*rows[:at], style, *rows[at + 1 :]])

    @refusals()
    def delete(self, name: str) -> None:
        """Raises BadRequest for a style that is not in our file, BrokenFile, DiskRefused."""
        with self._lock:
            rows = self._rows()
            left = [row for row in rows if row.name != name]
            if len(left) == len(rows):
                raise BadRequest(self._why_not(name), field="name")
            write_styles(self._path, left)

    def _why_not(self, name: str) -> str:
        found = next((each for each in read_styles(self._others) if each.name == name), None)
        return f"The style {name} stands in {found.path}. Delete it there" if found else f"There is no style {name}"

    def _rows(self) -> Sequence[Style]:
        return rows_in(self._path) if self._path.is_file() else ()
