"""One file over real HTTP: whole, in parts, damaged, refused."""

import hashlib
from collections.abc import Generator
from pathlib import Path

import pytest

from studio.catalog.fetch import PART, Told, ask, check_room, fetch
from studio.domain.errors import BadRequest, BrokenFile, Cancelled, StudioError
from tests.catalog.files import write_safetensors
from tests.catalog.served import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    with serving(tmp_path / "served") as each:
        yield each


@pytest.fixture
def weights(served: Served) -> Path:
    return write_safetensors(served.folder / "a.safetensors", {"x": (1500, 1500)})


def quietly(here: int, whole: int) -> None: ...


def test_a_file_comes_with_progress(served: Served, weights: Path, tmp_path: Path):
    told: list[tuple[int, int]] = []
    fetch(f"{served.address}/a.safetensors", tmp_path / "here/a.safetensors", lambda *each: told.append(each))
    assert (tmp_path / "here/a.safetensors").read_bytes() == weights.read_bytes()
    assert told[-1] == (weights.stat().st_size, weights.stat().st_size)
    assert [each.name for each in (tmp_path / "here").iterdir()] == ["a.safetensors"]


def test_a_broken_connection_goes_on_where_it_ended(served: Served, weights: Path, tmp_path: Path):
    served.breaks_at = [2**20, 3 * 2**20]
    fetch(f"{served.address}/a.safetensors", tmp_path / "a.safetensors", quietly)
    assert (tmp_path / "a.safetensors").read_bytes() == weights.read_bytes()
    assert served.ranges == ["", f"bytes={2**20}-", f"bytes={3 * 2**20}-"]


def test_what_was_stopped_goes_on_the_next_time(served: Served, weights: Path, tmp_path: Path):
    def stop(here: int, whole: int) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        fetch(f"{served.address}/a.safetensors", tmp_path / "a.safetensors", stop)
    assert (tmp_path / f"a.safetensors{PART}").stat().st_size == 2**20
    fetch(f"{served.address}/a.safetensors", tmp_path / "a.safetensors", quietly)
    assert (tmp_path / "a.safetensors").read_bytes() == weights.read_bytes()
    assert served.ranges == ["", f"bytes={2**20}-"]


def test_a_connection_that_brings_nothing_more_is_given_up(served: Served, weights: Path, tmp_path: Path):
    served.breaks_at = [2**20, 2**20]
    with pytest.raises(StudioError, match=f"connection ended at {2**20} of"):
        fetch(f"{served.address}/a.safetensors", tmp_path / "a.safetensors", quietly)


def test_a_wrong_hash_throws_the_file_away(served: Served, weights: Path, tmp_path: Path):
    with pytest.raises(BrokenFile, match="came damaged"):
        fetch(f"{served.address}/a.safetensors", tmp_path / "here/a.safetensors", quietly, sha256="0" * 64)
    assert list((tmp_path / "here").iterdir()) == []
    fetch(
        f"{served.address}/a.safetensors",
        tmp_path / "here/a.safetensors",
        quietly,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest().upper(),
    )


def test_the_hash_that_the_hub_tells_is_held(served: Served, tmp_path: Path):
    content = write_safetensors(tmp_path / "b.safetensors", {"x": (4,)}).read_bytes()
    served.put("some/model", "b.safetensors", content)
    address = f"{served.address}/some/model/resolve/main/b.safetensors"
    served.told_hash = "1" * 64
    with pytest.raises(BrokenFile, match="not 1111111111"):
        fetch(address, tmp_path / "here/b.safetensors", quietly)
    served.told_hash = ""
    fetch(address, tmp_path / "here/b.safetensors", quietly)
    assert ask(address) == Told(size=len(content), sha256=hashlib.sha256(content).hexdigest())


def test_a_page_instead_of_weights_is_thrown_away(served: Served, tmp_path: Path):
    (served.folder / "a.pth").write_text("<html>log in first</html>")
    with pytest.raises(BrokenFile, match=r"^a\.pth is a web page"):
        fetch(f"{served.address}/a.pth", tmp_path / "here/a.pth", quietly)
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.pth", "http://nowhere.invalid/a.pth", "http://[/a.pth"])
def test_without_a_network_the_message_says_what_to_do(address: str, tmp_path: Path):
    with pytest.raises(StudioError) as caught:
        fetch(address, tmp_path / "a.pth", quietly, home=tmp_path / "models")
    for part in ("a.pth cannot be downloaded", address, str(tmp_path / "models")):
        assert part in caught.value.message
    assert ask(address) == Told()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://host/a.pth", "data:text/plain,x"])
def test_only_the_web_is_asked(address: str, tmp_path: Path):
    with pytest.raises(BadRequest, match="http"):
        fetch(address, tmp_path / "a.pth", quietly)


def test_what_does_not_fit_on_the_disk_is_told_before_it_comes(tmp_path: Path):
    with pytest.raises(StudioError, match=f"{2**40} MB are to come. Make room"):
        check_room(tmp_path / "a.safetensors", 2**60)
