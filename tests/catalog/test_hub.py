"""What people type to name a model, against a server that answers as the hub does."""

from collections.abc import Generator
from pathlib import Path

import pytest

from studio.catalog.hub import HUB, Hub, Wish, diffusers_files, hub_of_environment, safe_name
from studio.domain.errors import BadRequest, StudioError
from tests.catalog.files import write_safetensors
from tests.catalog.served import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    with serving(tmp_path / "served") as each:
        yield each


def names(wish: Wish) -> list[str]:
    return [each.name for each in wish.files]


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("some/one/a.safetensors", f"{HUB}/some/one/resolve/main/a.safetensors", "a.safetensors"),
        (" some/one/deep/a b.pth ", f"{HUB}/some/one/resolve/main/deep/a%20b.pth", "a b.pth"),
        (f"{HUB}/some/one/blob/main/a.safetensors", f"{HUB}/some/one/resolve/main/a.safetensors", "a.safetensors"),
        (
            f"{HUB}/some/one/resolve/main/a.ckpt?download=true",
            f"{HUB}/some/one/resolve/main/a.ckpt",
            "a.ckpt",
        ),
        (
            "lll/control_canny/diffusion_pytorch_model.safetensors",
            f"{HUB}/lll/control_canny/resolve/main/diffusion_pytorch_model.safetensors",
            "control_canny.safetensors",
        ),
    ],
)
def test_a_named_file_needs_no_question(text: str, address: str, name: str):
    (file,) = Hub().read_wish(text).files
    assert (file.address, file.name) == (address, name)


def test_the_one_file_of_a_repository_is_found_with_its_hash(served: Served, tmp_path: Path):
    content = write_safetensors(tmp_path / "a.safetensors", {"x": (4,)}).read_bytes()
    for file in ("model.safetensors", "model.fp16.safetensors", "model.ckpt", "README.md"):
        served.put("some/one", file, content)
    (file,) = Hub(served.address).read_wish("some/one").files
    assert file.address == f"{served.address}/some/one/resolve/main/model.safetensors"
    assert (file.name, file.size, len(file.sha256)) == ("one.safetensors", len(content), 64)


def test_of_several_files_one_must_be_named(served: Served):
    for file in ("a.safetensors", "b.safetensors"):
        served.put("some/one", file, b"x")
    with pytest.raises(BadRequest, match=r"Type the one that you want:\nsome/one/a\.safetensors\nsome/one/b\.safe"):
        Hub(served.address).read_wish("some/one")


def test_a_repository_without_weights_says_so(served: Served):
    served.put("some/one", "README.md", b"x")
    with pytest.raises(BadRequest, match="holds no weights"):
        Hub(served.address).read_wish("some/one")


def test_a_folder_in_diffusers_layout_is_taken_whole(served: Served):
    for file in (
        "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bin", "tokenizer/merges.txt",
        "README.md",
    ):  # fmt: skip
        served.put("some/one", file, b"{}")
    wish = Hub(served.address).read_wish(f"{served.address}/some/one")
    assert wish.name == "one"
    assert names(wish) == [
        "model_index.json", "tokenizer/merges.txt", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
    ]  # fmt: skip
    assert wish.size == 8


def test_the_index_comes_first_whatever_the_order():
    assert diffusers_files(["a.json", "model_index.json", "unet/x.bin"]) == ["model_index.json", "a.json", "unet/x.bin"]


def test_a_repository_that_is_not_there_is_told_with_its_address(served: Served):
    with pytest.raises(StudioError, match=f"{served.address} does not tell what is in some/gone"):
        Hub(served.address).read_wish("some/gone")


def test_a_file_elsewhere_has_the_name_that_its_address_ends_with(served: Served):
    (served.folder / "a b.safetensors").write_bytes(b"xyz")
    (file,) = Hub().read_wish(f"{served.address}/a%20b.safetensors?token=1").files
    assert (file.name, file.size) == ("a b.safetensors", 3)


@pytest.mark.parametrize(
    "text", ["", "model", "a/b/../c", "/etc/passwd", "file:///etc/passwd", "https://x.invalid/page"]
)
def test_what_names_no_model_is_refused(text: str):
    if text == "a/b/../c":
        assert names(Hub().read_wish(text)) == ["c"]
        return
    with pytest.raises(BadRequest):
        Hub().read_wish(text)


def test_a_name_stays_in_its_folder():
    assert safe_name("../..\\.x/..evil:a?.safetensors") == "evil_a_.safetensors"


def test_a_mirror_may_stand_for_the_hub(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.invalid/")
    assert hub_of_environment() == Hub("https://mirror.invalid")
    monkeypatch.delenv("HF_ENDPOINT")
    assert hub_of_environment() == Hub(HUB)
