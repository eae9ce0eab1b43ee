"""Models on their way from elsewhere, one after the other, whatever page asked for them. How far they are is `list`.

A file is brought into a folder of its own first; what its header says decides where it goes from there.
"""

import shutil
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from studio.catalog.bringing import bring
from studio.catalog.fetch import PART
from studio.catalog.hub import Hub, Wish
from studio.catalog.kinds import Kind, Places, kind_of
from studio.catalog.known import Known
from studio.domain.errors import BadRequest, BrokenFile, Cancelled, StudioError

REMEMBERED = 12


class DownloadState(StrEnum):
    waiting = "waiting"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"

    @property
    def is_over(self) -> bool:
        return self not in (DownloadState.waiting, DownloadState.running)


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """`here` of `whole` bytes (0 while unknown). `told`: what went wrong, or where the file lies now.

    `kind` is None where the file itself is to tell.
    """

    number: int
    title: str
    kind: Kind | None = None
    state: DownloadState = DownloadState.waiting
    here: int = 0
    whole: int = 0
    told: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    number: int
    find: Callable[[], Wish]
    kind: Kind | None


@dataclass(slots=True)
class Downloads:
    """`incoming`, a folder in that of all models, is where files grow. Thread safe; its thread runs while there is
    something to bring. `known` are the models that have one click each.
    """

    places: Places
    hub: Hub
    incoming: Path
    known: Sequence[Known] = ()
    _known: dict[int, Download] = field(default_factory=dict[int, Download])
    _waiting: deque[Order] = field(default_factory=deque[Order])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _worker: threading.Thread | None = None
    _count: int = 0

    def add(self, text: str) -> Download:
        """A model by what people type (`hub.py:Hub.read_wish`); what is wrong with it is said by the download."""
        return self.order(text.strip() or "Nothing", lambda: self.hub.read_wish(text))

    def add_known(self, file: str) -> Download:
        """One of the short list, by its file's name. Raises BadRequest."""
        known = next((each for each in self.known if each.file == file), None)
        if known is None:
            raise BadRequest(f"{file} is not on the list of known models", field="file")
        return self.order(known.title, lambda: known.wish(self.hub), known.kind)

    def order(self, title: str, find: Callable[[], Wish], kind: Kind | None = None) -> Download:
        """The same title twice is one download while it is not over."""
        with self._lock:
            for known in self._known.values():
                if known.title == title and not known.state.is_over:
                    return known
            self._count += 1
            download = self._known[self._count] = Download(number=self._count, title=title, kind=kind)
            self._waiting.append(Order(number=self._count, find=find, kind=kind))
            for number in [each.number for each in self._known.values() if each.state.is_over][:-REMEMBERED]:
                del self._known[number]
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, name="downloads", daemon=True)
                self._worker.start()
            return download

    def list(self) -> tuple[Download, ...]:
        """The newest first."""
        with self._lock:
            return tuple(reversed(self._known.values()))

    def is_busy(self) -> bool:
        return any(not each.state.is_over for each in self.list())

    def cancel(self, number: int) -> None:
        """What has come stays for the next try."""
        with self._lock:
            download = self._known.get(number)
            if download and not download.state.is_over:
                self._known[number] = replace(download, state=DownloadState.cancelled)

    def wait(self) -> None:
        """Until everything is over."""
        worker = self._worker
        if worker:
            worker.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._worker = None
                    return
                order = self._waiting.popleft()
                if self._known[order.number].state.is_over:
                    continue
                self._change(order.number, state=DownloadState.running)
            state, told = DownloadState.failed, "The download broke off; the log tells why"
            try:
                state, told = self._outcome(order)
            finally:
                self._end(order.number, state, told)

    def _outcome(self, order: Order) -> tuple[DownloadState, str]:
        try:
            place = self._bring(order)
        except Cancelled:
            return DownloadState.cancelled, ""
        except StudioError as error:
            return DownloadState.failed, error.message
        except OSError as error:
            return DownloadState.failed, f"The disk refused: {error}. Make room, or see to the folder's rights"
        return DownloadState.done, f"Now in {place}"

    def _bring(self, order: Order) -> Path:
        wish = order.find()
        self._tell(order.number, 0, wish.size)
        self.refuse_present(wish.name, order.kind)
        home = self.places[order.kind][0] if order.kind else self.incoming.parent
        place = bring(wish, self.incoming, lambda _, here, whole: self._tell(order.number, here, whole), home=home)
        return self._settled(place, order.kind)

    def refuse_present(self, name: str, kind: Kind | None) -> None:
        """Raises StudioError where such a file is there."""
        kinds = [kind] if kind else list(self.places)
        for folder in (folder for each in kinds for folder in self.places[each]):
            if (folder / name).exists():
                raise StudioError(f"{folder / name} is there already. Rename or remove it first", file=name)

    def _settled(self, place: Path, wanted: Kind | None) -> Path:
        """In the folder of its kind. What is of no use, or of another kind than it should be, goes."""
        try:
            kind = wanted if wanted is Kind.annotator else kind_of(place)
            if wanted and kind is not wanted:
                raise BrokenFile(
                    f"{place.name} should be a {wanted}, but it is a {kind}; it was not kept", file=place.name
                )
        except BrokenFile:
            remove(place)
            raise
        folder = self.places[kind][0]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(place, folder / place.name)
        return folder / place.name

    def _tell(self, number: int, here: int, whole: int) -> None:
        with self._lock:
            if self._known[number].state is DownloadState.cancelled:
                raise Cancelled("The download was cancelled")
            self._change(number, here=here, whole=whole)

    def _change(self, number: int, **changes: object) -> None:
        self._known[number] = replace(self._known[number], **changes)  # pyright: ignore[reportArgumentType]

    def _end(self, number: int, state: DownloadState, told: str) -> None:
        with self._lock:
            self._change(number, state=state, told=told)


def remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
        place.with_name(place.name + PART).unlink(missing_ok=True)
