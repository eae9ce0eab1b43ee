"""Annotators' weights from a server of our own: files, folders, and what comes from nowhere."""

from collections.abc import Generator
from pathlib import Path

import pytest

from studio.controlnet.download import Tell, download
from studio.controlnet.weights import Weights, forgetful
from studio.domain.errors import ModelMissing
from tests.catalog.files import write_safetensors
from tests.catalog.served import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    with serving(tmp_path / "served") as each:
        yield each


def bring(served: Served, folder: Path, name: str, tell: Tell = lambda *_: None) -> Path:
    addresses = {name: f"{served.address}/{name}", "unknown": ""}
    return download(Weights(folders=(folder,), addresses=addresses, keep=forgetful), name, tell)


def test_a_file_comes_with_progress_under_its_name(served: Served, tmp_path: Path):
    weights = write_safetensors(served.folder / "a.safetensors", {"x": (1000, 1000)})
    told: list[tuple[str, int, int]] = []
    path = bring(served, tmp_path / "weights", "a.safetensors", lambda *each: told.append(each))
    assert path.read_bytes() == weights.read_bytes()
    assert told[-1] == ("a.safetensors", weights.stat().st_size, weights.stat().st_size)


def test_a_folder_of_transformers_comes_file_by_file(served: Served, tmp_path: Path):
    content = write_safetensors(tmp_path / "model.safetensors", {"x": (4,)}).read_bytes()
    served.put("net", "model.safetensors", content)
    served.put("net", "config.json", b"{}")
    folder = bring(served, tmp_path / "weights", "net")
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


def test_what_comes_from_nowhere_is_said(served: Served, tmp_path: Path):
    with pytest.raises(ModelMissing, match="not known"):
        bring(served, tmp_path, "unknown")
