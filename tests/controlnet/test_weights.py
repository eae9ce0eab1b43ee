"""Annotators' weights from a server of our own: files, folders, and what comes from nowhere."""

import hashlib
from collections.abc import Generator
from pathlib import Path

import pytest

from studio.catalog.bringing import Tell
from studio.catalog.hub import Hub, Remote, Wish
from studio.catalog.kinds import Kind
from studio.catalog.known import Known
from studio.controlnet.weights import Weights, forgetful
from studio.domain.errors import BrokenFile, ModelMissing
from tests.catalog.files import write_safetensors
from tests.catalog.served import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    with serving(tmp_path / "served") as each:
        yield each


def bring(wish: Wish, folder: Path, name: str, tell: Tell = lambda *_: None) -> Path:
    weights = Weights(folders=(folder,), addresses={}, keep=forgetful, wishes={wish.name: wish})
    return weights.fetch(name, tell)


def file_of(served: Served, name: str, sha256: str = "") -> Wish:
    return Wish(files=(Remote(address=f"{served.address}/{name}", name=name, sha256=sha256),))


def test_a_file_comes_with_progress_under_its_name(served: Served, tmp_path: Path):
    weights = write_safetensors(served.folder / "a.safetensors", {"x": (1000, 1000)})
    told: list[tuple[str, int, int]] = []
    path = bring(
        file_of(served, "a.safetensors"), tmp_path / "weights", "a.safetensors", lambda *each: told.append(each)
    )
    assert path.read_bytes() == weights.read_bytes()
    assert told[-1] == ("a.safetensors", weights.stat().st_size, weights.stat().st_size)


def test_a_file_that_is_another_one_is_refused_by_its_hash(served: Served, tmp_path: Path):
    weights = write_safetensors(served.folder / "a.safetensors", {"x": (4,)})
    right = hashlib.sha256(weights.read_bytes()).hexdigest()
    with pytest.raises(BrokenFile, match="came damaged"):
        bring(file_of(served, "a.safetensors", "0" * 64), tmp_path / "weights", "a.safetensors")
    assert not list((tmp_path / "weights").iterdir())
    assert bring(file_of(served, "a.safetensors", right), tmp_path / "weights", "a.safetensors").is_file()


def test_a_folder_of_transformers_comes_file_by_file(served: Served, tmp_path: Path):
    content = write_safetensors(tmp_path / "model.safetensors", {"x": (4,)}).read_bytes()
    served.put("owner/net", "weights.safetensors", content)
    served.put("owner/net", "config.json", b"{}")
    files = ("config.json", "weights.safetensors")
    known = Known(kind=Kind.annotator, title="A net", file="net", licence="", hub="owner/net", files=files)
    told: list[tuple[str, int, int]] = []
    folder = bring(known.wish(Hub(served.address)), tmp_path / "weights", "net", lambda *each: told.append(each))
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    assert told[-1] == ("weights.safetensors", len(content) + 2, len(content) + 2)


def test_what_comes_from_nowhere_is_said(served: Served, tmp_path: Path):
    with pytest.raises(ModelMissing, match="not known"):
        bring(file_of(served, "a.safetensors"), tmp_path, "unknown")
