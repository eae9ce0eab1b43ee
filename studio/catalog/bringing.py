"""What is wished for, brought: one file, or a folder file by file, each checked by its hash where that is known."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from studio.catalog.fetch import fetch
from studio.catalog.hub import Wish

Tell = Callable[[str, int, int], None]
"""(file name, bytes that are here, all of them; 0 while unknown); may raise Cancelled, which keeps what is here."""


def bring(wish: Wish, folder: Path, tell: Tell, *, home: Path | None = None) -> Path:
    """Into `folder`, under the name of the wish; files that are there already stay as they are.

    `home` is the folder that a person should put it into by hand. Raises StudioError, BrokenFile, Cancelled.
    """
    place, before = folder / wish.name, 0

    def told(name: str, before: int, here: int, whole: int) -> None:
        tell(name, before + here, max(wish.size, before + whole) if before else whole or wish.size)

    for each in wish.files:
        target = place / each.name if wish.folder else place
        if not target.is_file():
            fetch(each.address, target, partial(told, target.name, before), sha256=each.sha256, home=home)
        before += target.stat().st_size
    return place
