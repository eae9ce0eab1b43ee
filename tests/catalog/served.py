"""A real HTTP server on this machine that serves a folder as the hub does: with ranges, listings, and hashes that it
tells before it sends the client on.
"""

import contextlib
import hashlib
import http.server
import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Served:
    """`folder` is what is there. `ranges`: what was asked for, in order. `breaks_at`: bytes after which the connection
    ends, once for each number. `told_hash` stands for the true one.
    """

    folder: Path
    address: str = ""
    ranges: list[str] = field(default_factory=list)
    breaks_at: list[int] = field(default_factory=list)
    told_hash: str = ""

    def put(self, repository: str, file: str, content: bytes) -> Path:
        path = self.folder / repository / "resolve/main" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


class Handler(http.server.BaseHTTPRequestHandler):
    served: Served

    def do_HEAD(self):
        self.answer(is_head=True)

    def do_GET(self):
        self.answer(is_head=False)

    def answer(self, *, is_head):
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/api/models/"):
            return self.list_files(path.removeprefix("/api/models/"))
        file = self.served.folder / path.removeprefix("/stored/").lstrip("/")
        if not file.is_file():
            return self.send_error(404)
        if "/resolve/" in path and not path.startswith("/stored/"):
            return self.send_on(path, file)
        return self.send_file(file, is_head)

    def send_on(self, path, file):
        self.send_response(302)
        self.send_header("Location", f"/stored{path}")
        self.send_header("X-Linked-Size", str(file.stat().st_size))
        true_hash = hashlib.sha256(file.read_bytes()).hexdigest()
        self.send_header("X-Linked-Etag", f'"{self.served.told_hash or true_hash}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_file(self, file, is_head):
        content = file.read_bytes()
        asked = self.headers.get("Range", "")
        if not is_head:
            self.served.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(content):
            return self.send_error(416)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if is_head:
            return None
        end = self.served.breaks_at.pop(0) if self.served.breaks_at else len(content)
        self.wfile.write(content[start:end])
        return None

    def list_files(self, repository):
        top = self.served.folder / repository / "resolve/main"
        if not top.is_dir():
            return self.send_error(404)
        names = sorted(each.relative_to(top).as_posix() for each in top.rglob("*") if each.is_file())
        body = json.dumps({"siblings": [self.sibling(top, name) for name in names]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def sibling(self, top, name):
        content = (top / name).read_bytes()
        large = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "pointerSize": 130}
        return {"rfilename": name, "size": len(content), "lfs": large if name.endswith(".safetensors") else None}

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(folder: Path) -> Generator[Served]:
    folder.mkdir(parents=True, exist_ok=True)
    served = Served(folder)
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"served": served}))
    thread = threading.Thread(target=partial(running.serve_forever, poll_interval=0.01), daemon=True)
    thread.start()
    served.address = f"http://127.0.0.1:{running.server_port}"
    yield served
    running.shutdown()
    running.server_close()
    thread.join()
