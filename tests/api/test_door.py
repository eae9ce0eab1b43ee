"""The API as a whole: every route is documented and guarded, and what has no handler still gets an answer."""

import re
from pathlib import Path

import requests

from studio.api import errors
from studio.domain.errors import StudioError, kinds
from tests.api.conftest import Served

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "api.md"


def test_every_route_is_documented_and_every_documented_route_is_there(served: Served):
    there = set(served.app.openapi()["paths"])
    told = set(re.findall(r"`(/(?:sdapi|controlnet|internal|queue)/[^`]+)`", DOCUMENT.read_text("utf-8")))
    assert told == there


def test_every_error_has_a_status():
    assert all(errors.status_of(kind("x")) >= 400 for kind in kinds(StudioError))


def test_every_status_is_documented():
    text = DOCUMENT.read_text("utf-8")
    for kind, status in errors.STATUS.items():
        if kind is not StudioError:
            row = next(line for line in text.splitlines() if line.startswith(f"| {status}"))
            assert kind.__name__ in row


def test_a_fault_is_answered_without_its_details():
    answer = errors.apologise(None, ValueError("secret path"))  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 500
    assert b"secret" not in answer.body


def test_a_route_that_is_not_there_is_404(served: Served):
    assert requests.get(f"{served.url}/sdapi/v1/nothing", timeout=10).status_code == 404


def test_what_fastapi_refuses_is_answered_like_the_rest(serve):
    served = serve("--api-auth", "ann:secret")
    answer = requests.get(f"{served.url}/sdapi/v1/samplers", timeout=10)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Basic")
    assert answer.json()["error"] == "HTTPException"
    assert answer.json()["detail"] == "Incorrect username or password"
    headers = {"Content-Type": "application/json"}
    no_text = requests.post(
        f"{served.url}/sdapi/v1/txt2img", b"\xe4", headers=headers, auth=("ann", "secret"), timeout=10
    )
    assert (no_text.status_code, no_text.json()["error"]) == (400, "HTTPException")


def test_a_body_that_does_not_say_it_is_json_is_told_how(served: Served):
    answer = requests.post(f"{served.url}/sdapi/v1/txt2img", b'{"prompt": "a fox"}', timeout=10)
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["errors"]


def test_pages_of_other_origins_may_call_where_that_was_allowed(serve):
    served = serve("--cors-allow-origins", "https://example.org")
    headers = {"Origin": "https://example.org"}
    answer = requests.get(f"{served.url}/sdapi/v1/samplers", headers=headers, timeout=10)
    assert answer.headers["access-control-allow-origin"] == "https://example.org"
    other = requests.get(f"{served.url}/sdapi/v1/samplers", headers={"Origin": "https://example.com"}, timeout=10)
    assert "access-control-allow-origin" not in other.headers
