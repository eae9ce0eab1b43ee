"""One file over HTTP: with progress, on from where it stopped, and checked. Another check is a line in `fetch`.

Hashes come from whoever asks, or from the hub, which names a file's SHA-256 (`X-Linked-Etag`) before it sends the
client on to where the file lies; that place's own ETag may be anything.
"""

import hashlib
import http.client
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any

from studio.catalog.headers import SUFFIXES, read_header
from studio.domain.errors import BadRequest, BrokenFile, StudioError
from studio.domain.version import VERSION

Tell = Callable[[int, int], None]
"""(bytes that are here, all of them; 0 while unknown); may raise Cancelled, which keeps what is here."""

BLOCK = 2**20
PATIENCE = 30.0  # seconds without a byte
PART = ".part"
COMPLETE_ALREADY = 416
SHA256 = re.compile(r"[0-9a-f]{64}")
FAULTS = (OSError, http.client.HTTPException, ValueError)
"""What goes wrong on the way, addresses that are none included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a server says of a file; "" and 0 where it does not."""

    name: str = ""
    size: int = 0
    sha256: str = ""


class Interrupted(OSError):
    """The connection ended before the file did."""


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows, and remembers what the hub has said of the file."""

    def __init__(self) -> None:
        self.told = Told()

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        self.told = merged(self.told, told_by(headers, is_redirect=True))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str, target: Path, tell: Tell, *, sha256: str = "", home: Path | None = None) -> None:
    """Into `<target>.part`, which becomes the target when it is whole; an old part goes on where it ends.

    `home` is the folder that a person should put the file into by hand. Raises StudioError, BrokenFile, Cancelled.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    try:
        told = received(address, part, tell)
    except FAULTS as error:
        raise unreachable(address, target.name, home or target.parent, error) from error
    check_hash(part, target, sha256 or told.sha256)
    check_content(part, target)
    part.replace(target)


def unreachable(address: str, name: str, folder: Path, error: Exception) -> StudioError:
    reason = getattr(error, "reason", "") or error
    message = f"{name} cannot be downloaded ({reason}). Get it from {address} and put it into {folder}"
    return StudioError(message, file=name, address=address, folder=str(folder))


def ask(address: str) -> Told:
    """What the server says of a file, without bringing it; nothing where it does not answer such questions."""
    try:
        answer, redirects = opened(urllib.request.Request(address, method="HEAD"))
    except FAULTS:
        return Told()
    with answer:
        return merged(redirects.told, told_by(answer.headers, is_redirect=False))


def received(address: str, part: Path, tell: Tell) -> Told:
    """Goes on after a broken connection as long as every try brings something."""
    while True:
        before = size_of(part)
        try:
            return receive(address, part, tell)
        except Interrupted:
            if size_of(part) <= before:
                raise


def receive(address: str, part: Path, tell: Tell) -> Told:
    start = size_of(part)
    asked = urllib.request.Request(address, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        answer, redirects = opened(asked)
    except urllib.error.HTTPError as error:
        if start and error.code == COMPLETE_ALREADY:
            return Told()
        raise
    with answer:
        is_rest = answer.status == 206
        start = start if is_rest else 0
        length = int(answer.headers.get("Content-Length") or 0)
        check_room(part, length)
        with part.open("ab" if is_rest else "wb") as file:
            copy(answer, file, start, start + length if length else 0, tell)
    return redirects.told


def opened(asked: urllib.request.Request) -> tuple[Any, Redirects]:
    """Through the proxy that the environment names. Raises OSError, BadRequest."""
    if urllib.parse.urlsplit(asked.full_url).scheme not in ("http", "https"):
        raise BadRequest(f"{asked.full_url} is no address that begins with http:// or https://", field="address")
    asked.add_header("User-Agent", f"redraw-studio/{VERSION}")
    redirects = Redirects()
    return urllib.request.build_opener(redirects).open(asked, timeout=PATIENCE), redirects


def copy(answer: Any, file: IO[bytes], here: int, whole: int, tell: Tell) -> None:
    """Raises Interrupted."""
    try:
        while block := answer.read(BLOCK):
            file.write(block)
            here += len(block)
            tell(here, whole)
    except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
        raise Interrupted(str(error)) from error
    if whole and here < whole:
        raise Interrupted(f"the connection ended at {here} of {whole} bytes")


def told_by(headers: Message, *, is_redirect: bool) -> Told:
    linked = headers.get("X-Linked-Etag", "").removeprefix("W/").strip('"').lower()
    length = headers.get("X-Linked-Size", "") if is_redirect else headers.get("Content-Length", "")
    return Told(
        name=headers.get_filename("") or "",
        size=int(length) if length.isdigit() else 0,
        sha256=linked if SHA256.fullmatch(linked) else "",
    )


def merged(first: Told, later: Told) -> Told:
    return Told(name=first.name or later.name, size=first.size or later.size, sha256=first.sha256 or later.sha256)


def size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def check_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        message = (
            f"{part.parent} has room for {free >> 20} MB, but {needed >> 20} MB are to come. Make room and try again"
        )
        raise StudioError(message, needed=needed, free=free)


def check_hash(part: Path, target: Path, wanted: str) -> None:
    """What was damaged on the way goes, so that the next try begins anew. Raises BrokenFile."""
    if not wanted:
        return
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted.lower():
        part.unlink()
        message = f"{target.name} came damaged: its SHA-256 is {found[:10]}, not {wanted[:10]}. Download it again"
        raise BrokenFile(message, file=target.name, sha256=found, wanted=wanted)


def check_content(part: Path, target: Path) -> None:
    """A page that says "not found" is no weight file, and goes. Raises BrokenFile."""
    try:
        if target.suffix.lower() in SUFFIXES:
            read_header(part)
    except BrokenFile as error:
        part.unlink()
        raise BrokenFile(error.message.replace(part.name, target.name), file=target.name) from error
