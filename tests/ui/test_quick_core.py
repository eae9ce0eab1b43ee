"""Gradio's script with two quick searches: the installed Gradio's is one that is known, another stays as it is."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.ui.quick_core import IMPORT, SCRIPTS, add_quick_core, quick


def script() -> tuple[str, str]:
    (path,) = SCRIPTS.glob("core-*.js")
    return path.name, path.read_text("utf-8")


def test_the_installed_gradio_is_one_that_is_made_quick():
    before = script()[1]
    after = quick(before)
    assert after
    assert after.startswith(IMPORT)
    assert after.count("studioFind(") == after.count("studioByTarget(") == 1
    assert abs(len(after) - len(before)) < 400


@pytest.mark.parametrize("known", [".find_attached_events(", "{if(e.id===t)return e;"])
def test_a_script_that_reads_otherwise_is_left_alone(known: str):
    before = script()[1]
    assert known in before
    assert quick(before.replace(known, f"{known} ")) is None


def test_the_browser_asks_whether_the_script_has_changed():
    app = FastAPI()
    add_quick_core(app)
    client, address = TestClient(app), f"/assets/{script()[0]}"
    answer = client.get(address)
    assert answer.text == quick(script()[1])
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
