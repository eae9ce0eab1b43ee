"""Pictures by address: a real server of pictures, asked by the real API."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from studio.api.fetching import Fetching, is_public
from studio.domain.errors import BadRequest, BrokenFile
from studio.imaging.load import load_base64
from studio.imaging.metadata import encoded
from tests import fakes
from tests.api.conftest import Serve, Served

PICTURE = encoded(fakes.noisy(72, 64), "a barn\nSteps: 3, Sampler: Euler, CFG scale: 5, Seed: 9")
HERE = Fetching(is_allowed=True, only_public=False, agent="")
ANY = {"api_forbid_local_requests": False}


class Gallery(BaseHTTPRequestHandler):
    """A picture, and everything that can go wrong with one."""

    def do_GET(self) -> None:
        name, _, rest = self.path.strip("/").partition("/")
        if name == "picture":
            self.say(200, PICTURE)
        elif name == "agent":
            self.say(200, str(self.headers.get("User-Agent")).encode())
        elif name == "host":
            self.say(200, str(self.headers.get("Host")).encode())
        elif name == "to":
            self.say(302, b"", Location=rest)
        elif name == "half":
            self.say(200, PICTURE[:99], **{"Content-Length": "200"})
            self.close_connection = True
        elif name == "round":
            self.say(302, b"", Location="/round")
        elif name == "drip":
            self.drip()
        else:
            self.say(404, b"nothing here")

    def say(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    def drip(self) -> None:
        """A header that never ends, a letter at a time."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(600):
            try:
                self.wfile.write(b"a")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gallery)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def post(served: Served, route: str, **body: Any) -> requests.Response:
    return requests.post(f"{served.url}{route}", json=body, timeout=60)


def test_every_route_that_takes_a_picture_takes_its_address(serve: Serve, gallery: str):
    served = serve()
    served.studio.settings.change(ANY)
    address = f"{gallery}/picture"
    size: dict[str, Any] = {"width": 72, "height": 64, "steps": 2}
    answer = post(served, "/sdapi/v1/img2img", init_images=[address], mask=address, denoising_strength=0, **size).json()
    assert load_base64(answer["images"][0]).tobytes() == fakes.noisy(72, 64).tobytes()
    told = post(served, "/sdapi/v1/png-info", image=address).json()["parameters"]
    assert (told["Prompt"], told["Seed"]) == ("a barn", "9")
    large = post(served, "/sdapi/v1/extra-single-image", image=address, upscaler_1="Nearest").json()
    assert load_base64(large["image"]).size == (144, 128)
    assert post(served, "/sdapi/v1/interrogate", image=address).json()["caption"] == "72x64, drawn"
    found = post(served, "/controlnet/detect", controlnet_module="invert", controlnet_input_images=[address]).json()
    assert len(found["images"]) == 1


def test_addresses_of_this_machine_and_its_networks_are_refused_by_default(served: Served, gallery: str):
    answer = post(served, "/sdapi/v1/png-info", image=f"{gallery}/picture")
    assert answer.status_code == 422
    assert "Request to local resource not allowed: 127.0.0.1" in answer.json()["detail"]
    assert post(served, "/sdapi/v1/png-info", image="http://localhost:1/a.png").status_code == 422


def test_addresses_can_be_turned_off(serve: Serve, gallery: str):
    served = serve()
    served.studio.settings.change(ANY | {"api_enable_requests": False})
    answer = post(served, "/sdapi/v1/png-info", image=f"{gallery}/picture")
    assert (answer.status_code, "Requests not allowed" in answer.json()["detail"]) == (422, True)


def test_the_api_cannot_open_its_own_door(served: Served):
    assert post(served, "/sdapi/v1/options", **ANY).status_code == 200
    assert requests.get(f"{served.url}/sdapi/v1/options", timeout=30).json()["api_forbid_local_requests"] is True


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "the answer is 404"),
        ("/agent", "not a picture"),
        ("/round", "more than 4 times"),
        ("/half", "it broke off"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(serve: Serve, gallery: str, path: str, reason: str):
    served = serve()
    served.studio.settings.change(ANY)
    answer = post(served, "/sdapi/v1/img2img", init_images=[gallery + path], steps=2)
    assert (answer.status_code, reason in answer.json()["detail"]) == (400, True)


def test_an_address_may_lead_on_to_another_of_the_web(gallery: str):
    assert HERE.fetch(f"{gallery}/to/{gallery}/picture") == PICTURE
    assert HERE.fetch(f"{gallery}/to//picture") == PICTURE
    with pytest.raises(BrokenFile, match="only plain http and https"):
        HERE.fetch(f"{gallery}/to/file:///etc/passwd")


def test_the_address_that_was_checked_is_the_one_that_is_asked_under_the_hosts_name(gallery: str):
    port = gallery.rpartition(":")[2]
    assert HERE.fetch(f"http://localhost:{port}/host") == f"localhost:{port}".encode()


def test_the_studio_calls_itself_as_the_setting_says(gallery: str):
    assert HERE.fetch(f"{gallery}/agent") == b"None"
    named = Fetching(is_allowed=True, only_public=False, agent="studio of mine")
    assert named.fetch(f"{gallery}/agent") == b"studio of mine"


def test_what_is_too_large_or_too_slow_ends(gallery: str):
    small = Fetching(is_allowed=True, only_public=False, agent="", most_bytes=len(PICTURE) - 1)
    with pytest.raises(BrokenFile, match="more than"):
        small.fetch(f"{gallery}/picture")
    hasty = Fetching(is_allowed=True, only_public=False, agent="", seconds=0.5)
    with pytest.raises(BrokenFile, match=r"nothing came within 0\.5 seconds"):
        hasty.fetch(f"{gallery}/drip")


@pytest.mark.parametrize(
    "address", ["http://", "http://a b/", "http://x:0/", "http://u:p@x/", "http://[::1", "ftp://x/"]
)
def test_odd_addresses_are_refused(address: str):
    with pytest.raises(BrokenFile, match="only plain http and https"):
        HERE.fetch(address)


@pytest.mark.parametrize(
    "local", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1%eth0",
              "::ffff:127.0.0.1", "2002:7f00:1::", "fd00::1", "224.0.0.1"]
)  # fmt: skip
def test_only_addresses_of_the_public_network_are_public(local: str):
    assert not is_public(local)
    assert is_public("1.1.1.1")
    assert is_public("2606:4700::1111")


def test_a_name_that_leads_here_is_refused_before_anything_is_sent(gallery: str):
    public = Fetching(is_allowed=True, only_public=True, agent="")
    with pytest.raises(BadRequest, match="localhost is not on the public network"):
        public.fetch(f"http://localhost:{gallery.rpartition(':')[2]}/picture")
