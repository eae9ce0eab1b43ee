"""What the canvas's routes answer, and what they refuse."""

import io
from pathlib import Path

import numpy as np
import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient
from PIL import Image

from studio.store.documents import Documents
from studio.ui.canvas import routes
from studio.ui.canvas.painting import png
from studio.ui.canvas.routes import ASSETS, mount_canvas

RANDOM = np.random.default_rng(2)
ID = "c" * 32


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


@pytest.fixture
def client(documents: Documents) -> TestClient:
    app = FastAPI()
    mount_canvas(app, documents)
    return TestClient(app)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    channels = len(mode)
    shape = (height, width, channels) if channels > 1 else (height, width)
    return Image.fromarray(RANDOM.integers(0, 256, shape, np.uint8))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def put(client: TestClient, data: bytes) -> str:
    return client.put("/canvas/pictures", content=data).json()["key"]


def test_pictures_come_back_byte_for_byte(client: TestClient):
    buffer = io.BytesIO()
    noise(40, 30).save(buffer, "WEBP")
    answer = client.put("/canvas/pictures", content=buffer.getvalue())
    assert (answer.json()["width"], answer.json()["height"]) == (40, 30)
    got = client.get(f"/canvas/pictures/{answer.json()['key']}")
    assert got.content == buffer.getvalue()
    assert got.headers["content-type"] == "image/webp"
    assert "immutable" in got.headers["cache-control"]


def test_what_is_no_picture_is_refused_and_never_served_as_a_page(client: TestClient):
    page = b"<script>alert(1)</script>"
    answer = client.put("/canvas/pictures", content=page)
    assert answer.status_code == 400
    assert "not a picture" in answer.json()["detail"]
    key = client.put("/canvas/drawings", content=page).json()["key"]
    got = client.get(f"/canvas/pictures/{key}")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


def test_too_large_files_are_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(routes, "MOST_BYTES", 1000)
    answer = client.put("/canvas/pictures", content=b"x" * 5000)
    assert answer.status_code == 422
    assert "smaller" in answer.json()["detail"]


def test_unknown_and_forged_keys(client: TestClient):
    assert client.get(f"/canvas/pictures/{'0' * 64}").status_code == 404
    assert client.get("/canvas/pictures/documents.sqlite").status_code == 422
    assert client.put("/canvas/documents/short/values", json={}).status_code == 422


def test_formats_that_browsers_do_not_know_are_shown_as_png(client: TestClient):
    buffer = io.BytesIO()
    picture = noise(20, 10)
    picture.save(buffer, "TIFF")
    shown = client.get(f"/canvas/pictures/{put(client, buffer.getvalue())}/shown")
    assert opened(shown.content).format == "PNG"
    assert opened(shown.content).tobytes() == picture.tobytes()


def test_masks_are_brought_to_the_size(client: TestClient):
    picture = Image.new("RGBA", (20, 10), (255, 255, 255, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 10, 10))
    got = opened(client.get(f"/canvas/pictures/{put(client, png(picture))}/mask?width=40&height=20").content)
    assert (got.mode, got.size) == ("L", (40, 20))
    assert (got.getpixel((2, 2)), got.getpixel((38, 18))) == (255, 0)
    assert client.get(f"/canvas/pictures/{put(client, png(picture))}/mask?width=0&height=20").status_code == 422


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize(("left", "top"), [(5, 7), (50, 30)])
def test_beside_a_layer_nothing_changes(client: TestClient, mode: str, left: int, top: int):
    picture, layer = noise(60, 40, mode), noise(10, 10, "RGBA")
    layer.putpixel((0, 0), (9, 9, 9, 0))
    body = {"layer": put(client, png(layer)), "left": left, "top": top}
    answer = client.post(f"/canvas/pictures/{put(client, png(picture))}/over", json=body).json()
    got = opened(client.get(f"/canvas/pictures/{answer['key']}").content)
    before = np.asarray(picture.convert(got.mode))
    differs = np.zeros((40, 60), bool)
    differs[top : top + 10, left : left + 10] = True
    differs[top, left] = False
    assert np.array_equal(np.asarray(got)[~differs], before[~differs])
    assert not np.array_equal(np.asarray(got), before)


def test_smart_selection(client: TestClient):
    picture = np.full((80, 120, 3), 220, np.uint8)
    picture[20:60, 40:90] = (180, 30, 30)
    key = put(client, png(Image.fromarray(picture)))
    got = client.post(f"/canvas/pictures/{key}/select", json={"box": [30, 10, 100, 70]})
    mask = np.asarray(opened(got.content))
    assert np.array_equal(mask == 255, (picture == (180, 30, 30)).all(axis=2))
    refused = client.post(f"/canvas/pictures/{key}/select", json={"box": [5, 5, 6, 6]})
    assert refused.status_code == 422
    assert "at least 3 pixels" in refused.json()["detail"]


def test_documents(client: TestClient):
    assert client.get(f"/canvas/documents/{ID}").json() == {}
    assert client.put(f"/canvas/documents/{ID}/values", json={"steps": 20}).status_code == 204
    assert client.post(f"/canvas/documents/{'d' * 32}/copy/{ID}").status_code == 204
    assert client.get(f"/canvas/documents/{'d' * 32}").json() == {"values": {"steps": 20}}


def test_a_login_guards_the_pictures(documents: Documents):
    def refuse() -> None:
        raise HTTPException(401)

    app = FastAPI()
    mount_canvas(app, documents, [Depends(refuse)])
    client = TestClient(app)
    assert client.put("/canvas/pictures", content=b"").status_code == 401
    assert client.get(f"/canvas/documents/{ID}").status_code == 401
    assert client.get("/canvas/assets/main.js").status_code == 200


def test_every_script_is_served_and_asked_for_anew(client: TestClient):
    scripts = [path.name for path in ASSETS.glob("*.js")]
    assert len(scripts) > 20
    for name in scripts:
        answer = client.get(f"/canvas/assets/{name}")
        assert answer.headers["cache-control"] == "no-cache"
        assert "javascript" in answer.headers["content-type"]
