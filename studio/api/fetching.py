"""Pictures that stand somewhere on the web: fetched within bounds of time and size, and from public addresses only.

Another bound is another constant. Proxies are not used: the address that was checked is the one that is asked.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from studio.domain.errors import BadRequest, BrokenFile
from studio.domain.settings import Settings

SCHEMES = {"http": 80, "https": 443}
MOST_BYTES = 100 * 2**20
SECONDS = 30.0
MOST_REDIRECTS = 4
REDIRECTS = (301, 302, 303, 307, 308)
CHUNK = 2**16


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetching:
    """What is allowed. `agent` is what the studio calls itself; empty: nothing."""

    is_allowed: bool
    only_public: bool
    agent: str
    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES

    def fetch(self, address: str) -> bytes:
        """What stands there. Raises BadRequest for what is not allowed, BrokenFile for what does not come."""
        if not self.is_allowed:
            raise BadRequest(
                "Requests not allowed: pictures by address are turned off (setting api_enable_requests). "
                "Send the file's bytes as base64",
                field="api_enable_requests",
            )
        until = time.monotonic() + self.seconds
        for _ in range(MOST_REDIRECTS + 1):
            found = self._ask(address, until)
            if isinstance(found, bytes):
                return found
            address = urljoin(address, found)
        raise broken(address, f"it leads on more than {MOST_REDIRECTS} times")

    def _ask(self, address: str, until: float) -> bytes | str:
        """The bytes, or the address that it leads on to."""
        parts = split(address)
        target, host = parts.path or "/", parts.netloc
        headers = {"Host": host, "Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity"}
        if self.agent:
            headers["User-Agent"] = self.agent
        try:
            with connected(parts, self._address_of(parts), until) as connection:
                connection.putrequest(
                    "GET",
                    f"{target}?{parts.query}" if parts.query else target,
                    skip_host=True,
                    skip_accept_encoding=True,
                )
                for name, value in headers.items():
                    connection.putheader(name, value)
                connection.endheaders()
                return self._answer(address, connection.getresponse(), until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = time.monotonic() >= until
            reason = f"nothing came within {self.seconds:.3g} seconds" if late else str(error) or type(error).__name__
            raise broken(address, reason) from error

    def _answer(self, address: str, response: http.client.HTTPResponse, until: float) -> bytes | str:
        if response.status in REDIRECTS and (onward := response.getheader("Location")):
            return onward
        if response.status != http.client.OK:
            raise broken(address, f"the answer is {response.status} {response.reason}")
        data = bytearray()
        while chunk := response.read(CHUNK):
            data += chunk
            if len(data) > self.most_bytes:
                raise broken(address, f"it has more than {self.most_bytes} bytes")
        if time.monotonic() >= until:  # the connection was cut, which looks like its end
            raise TimeoutError
        if response.length:
            raise broken(address, "it broke off")
        return bytes(data)

    def _address_of(self, parts: SplitResult) -> str:
        """The host's numeric address, looked up once, so that what was checked is what is asked."""
        host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if self.only_public and not all(is_public(str(each)) for each in found):
            raise BadRequest(
                f"Request to local resource not allowed: {host} is not on the public network "
                "(setting api_forbid_local_requests)",
                field="api_forbid_local_requests",
            )
        return str(found[0])


def fetching_of(settings: Settings) -> Fetching:
    return Fetching(
        is_allowed=settings.fetches_pictures,
        only_public=settings.fetches_public_only,
        agent=settings.fetching_agent,
    )


def is_address(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def split(address: str) -> SplitResult:
    """Raises BrokenFile for what is no address of the web."""
    try:
        parts = urlsplit(address.strip())
        usable = parts.scheme in SCHEMES and parts.hostname and parts.port != 0 and parts.username is None
    except ValueError:
        usable, parts = False, SplitResult("", "", "", "", "")
    if not usable or not address.strip().isascii() or any(character.isspace() for character in address.strip()):
        raise broken(address, "only plain http and https addresses are read")
    return parts


def is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return all(each.is_global and not each.is_multicast for each in (found, inner))


@contextlib.contextmanager
def connected(parts: SplitResult, address: str, until: float) -> Generator[http.client.HTTPConnection]:
    """A connection to a numeric address, named and (https) checked by its host; it breaks when the time is over."""
    port, left = parts.port or SCHEMES[parts.scheme], max(0.001, until - time.monotonic())
    plain = socket.create_connection((address, port), timeout=left)
    watch = threading.Timer(max(0.001, until - time.monotonic()), cut, [plain])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(parts.hostname or "", port)
    connection.sock = plain
    try:
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
        yield connection
    finally:
        watch.cancel()
        connection.close()
        plain.close()


def cut(connection: socket.socket) -> None:
    """Whoever reads from it wakes up."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def broken(address: str, reason: str) -> BrokenFile:
    shown = address if len(address) <= 200 else f"{address[:200]}…"
    return BrokenFile(f"Invalid image url: {shown} cannot be read: {reason}", address=shown)
