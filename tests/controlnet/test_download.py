"""Weights from a server of our own: whole, in parts, refused, gone."""

import http.server
import threading
from functools import partial

import pytest

from studio.controlnet.download import PART, download
from studio.controlnet.weights import Weights, forgetful
from studio.domain.errors import BrokenFile, Cancelled, ModelMissing, StudioError
from tests.catalog.files import write_safetensors


class Server(http.server.BaseHTTPRequestHandler):
    """Serves a folder, with ranges; `ranges` remembers what was asked."""

    ranges: list = []  # noqa: RUF012
    folder = None

    def do_GET(self):
        path = self.folder / self.path.removeprefix("/")
        if not path.is_file():
            return self.send_error(404)
        asked = self.headers.get("Range", "")
        self.ranges.append(asked)
        content = path.read_bytes()
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(content):
            return self.send_error(416)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    kind = type("Here", (Server,), {"ranges": [], "folder": tmp_path / "served"})
    kind.folder.mkdir()
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=partial(running.serve_forever, poll_interval=0.01), daemon=True)
    thread.start()
    kind.address = f"http://127.0.0.1:{running.server_port}"
    yield kind
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def bring(server, tmp_path):
    def run(name, tell=lambda *_: None):
        addresses = {name: f"{server.address}/{name}", "unknown": ""}
        return download(Weights(folders=(tmp_path / "weights",), addresses=addresses, keep=forgetful), name, tell)

    run.folder = tmp_path / "weights"
    return run


def test_a_file_comes_with_progress(server, bring):
    served = write_safetensors(server.folder / "a.safetensors", {"x": (1000, 1000)})
    told = []
    path = bring("a.safetensors", lambda *each: told.append(each))
    assert path.read_bytes() == served.read_bytes()
    assert told[-1] == ("a.safetensors", served.stat().st_size, served.stat().st_size)
    assert not list(bring.folder.glob(f"*{PART}"))


def test_it_goes_on_where_it_stopped(server, bring):
    served = write_safetensors(server.folder / "a.safetensors", {"x": (2000, 2000)})

    def stop(name, here, whole):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        bring("a.safetensors", stop)
    assert (bring.folder / f"a.safetensors{PART}").stat().st_size == 2**20
    assert bring("a.safetensors").read_bytes() == served.read_bytes()
    assert server.ranges == ["", f"bytes={2**20}-"]


def test_a_folder_of_transformers_comes_file_by_file(server, bring):
    place = server.folder / "net" / "resolve" / "main"
    write_safetensors(place / "model.safetensors", {"x": (4,)})
    (place / "config.json").write_text("{}")
    assert sorted(path.name for path in bring("net").iterdir()) == ["config.json", "model.safetensors"]


def test_a_page_instead_of_weights_is_thrown_away(server, bring):
    (server.folder / "a.pth").write_text("<html>log in first</html>")
    with pytest.raises(BrokenFile, match="web page"):
        bring("a.pth")
    assert list(bring.folder.iterdir()) == []


def test_without_a_network_the_message_says_what_to_do(server, bring):
    with pytest.raises(StudioError) as caught:
        bring("gone.pth")
    for part in ("gone.pth", server.address, str(bring.folder)):
        assert part in caught.value.message


def test_what_comes_from_nowhere_is_said(bring):
    with pytest.raises(ModelMissing, match="not known"):
        bring("unknown")
