"""Models that are brought over real HTTP: into the folder of their kind, or not at all."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from studio.catalog.checkpoints import list_checkpoints
from studio.catalog.downloads import Download, Downloads, DownloadState
from studio.catalog.hub import Hub, Remote, Wish
from studio.catalog.kinds import Kind
from tests.catalog.files import sd1, write_safetensors
from tests.catalog.served import Served, serving

LORA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
SHAPES = {f"{LORA}.lora_down.weight": (4, 768), f"{LORA}.lora_up.weight": (320, 4)}


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    with serving(tmp_path / "served") as each:
        yield each


@pytest.fixture
def downloads(served: Served, tmp_path: Path) -> Downloads:
    models = tmp_path / "models"
    places = {kind: (models / kind.name, models / f"more {kind.name}") for kind in Kind}
    return Downloads(places, Hub(served.address), models / ".incoming")


def put(served: Served, repository: str, file: str, shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    path = served.folder / repository / "resolve/main" / file
    return write_safetensors(path, shapes).read_bytes()


def brought(downloads: Downloads, text: str) -> Download:
    downloads.add(text)
    downloads.wait()
    return downloads.list()[0]


def test_a_file_goes_where_its_kind_belongs(served: Served, downloads: Downloads, tmp_path: Path):
    lora, checkpoint = put(served, "some/lora", "paint.safetensors", SHAPES), put(served, "some/sd", "x.ckpt", sd1())
    done = brought(downloads, "some/lora")
    assert (done.state, done.here, done.whole) == (DownloadState.done, len(lora), len(lora))
    assert done.told == f"Now in {tmp_path / 'models/lora/paint.safetensors'}"
    assert (tmp_path / "models/lora/paint.safetensors").read_bytes() == lora
    assert brought(downloads, f"{served.address}/some/sd/resolve/main/x.ckpt").state is DownloadState.done
    assert (tmp_path / "models/checkpoint/x.ckpt").read_bytes() == checkpoint
    assert list((tmp_path / "models/.incoming").iterdir()) == []


def test_a_whole_folder_comes_as_one_checkpoint(served: Served, downloads: Downloads, tmp_path: Path):
    put(served, "some/sd", "unet/diffusion_pytorch_model.safetensors", {"conv_in.weight": (8, 4, 3, 3)})
    for name, text in (("model_index.json", '{"unet": []}'), ("unet/config.json", '{"in_channels": 4}')):
        served.put("some/sd", name, text.encode())
    assert brought(downloads, "some/sd").told == f"Now in {tmp_path / 'models/checkpoint/sd'}"
    (listed,) = list_checkpoints(tmp_path / "models/checkpoint")
    assert (listed.name, listed.problem) == ("sd", "")


def test_what_is_still_coming_is_no_checkpoint(served: Served, downloads: Downloads, tmp_path: Path):
    half = tmp_path / "models/.incoming/sd"
    half.mkdir(parents=True)
    (half / "model_index.json").write_text("{}")
    assert list_checkpoints(tmp_path / "models") == []


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (
            {"text_model.embeddings.token_embedding.weight": (4, 4)},
            "is a text encoder, for which the studio has no use",
        ),
        ({"image_proj.proj.0.weight": (4, 4), "ip_adapter.1.to_k_ip.weight": (4, 4)}, "is an IP-Adapter"),
    ],
)
def test_what_is_of_no_use_is_named_and_not_kept(
    shapes: Mapping[str, tuple[int, ...]], words: str, served: Served, downloads: Downloads, tmp_path: Path
):
    put(served, "some/one", "a.safetensors", shapes)
    failed = brought(downloads, "some/one")
    assert (failed.state, words in failed.told) == (DownloadState.failed, True)
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []


def test_what_should_be_of_another_kind_is_not_kept(served: Served, downloads: Downloads, tmp_path: Path):
    put(served, "some/one", "a.safetensors", SHAPES)
    downloads.order("A VAE", lambda: downloads.hub.read_wish("some/one"), Kind.vae)
    downloads.wait()
    assert downloads.list()[0].told == "a.safetensors should be a VAE, but it is a LoRA; it was not kept"
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []


def test_a_file_that_is_there_is_not_brought_again(served: Served, downloads: Downloads, tmp_path: Path):
    put(served, "some/one", "a.safetensors", SHAPES)
    brought(downloads, "some/one")
    again = brought(downloads, "some/one")
    assert again.told == f"{tmp_path / 'models/lora/a.safetensors'} is there already. Rename or remove it first"
    assert served.ranges == [""]


def test_the_message_without_a_network_names_address_and_folder(downloads: Downloads, tmp_path: Path):
    wish = Wish(files=(Remote(address="http://127.0.0.1:9/vae.safetensors", name="vae.safetensors"),))
    downloads.order("VAE", lambda: wish, Kind.vae)
    downloads.wait()
    told = downloads.list()[0].told
    assert "Get it from http://127.0.0.1:9/vae.safetensors" in told
    assert f"put it into {tmp_path / 'models/vae'}" in told


def test_a_cancelled_download_keeps_what_has_come_and_the_next_goes_on(
    served: Served, downloads: Downloads, tmp_path: Path
):
    content = put(served, "some/one", "big.safetensors", {**SHAPES, "lora_unet_x.alpha": (2000, 2000)})
    wish = downloads.hub.read_wish("some/one")

    def found() -> Wish:
        downloads.cancel(1)
        return wish

    downloads.order("big", found)
    downloads.wait()
    assert downloads.list()[0].state is DownloadState.cancelled
    (tmp_path / "models/.incoming").mkdir(parents=True, exist_ok=True)
    (tmp_path / "models/.incoming/big.safetensors.part").write_bytes(content[: 2**20])
    assert brought(downloads, "some/one").state is DownloadState.done
    assert served.ranges == [f"bytes={2**20}-"]


def test_the_same_wish_twice_is_one_download_and_old_ones_are_forgotten(served: Served, downloads: Downloads):
    for number in range(20):
        brought(downloads, f"nothing {number}")
    assert [each.title for each in downloads.list()][:2] == ["nothing 19", "nothing 18"]
    assert len(downloads.list()) <= 13
    first = downloads.order("x", lambda: downloads.hub.read_wish("y"))
    again = downloads.order("x", lambda: downloads.hub.read_wish("y"))
    downloads.wait()
    assert first.number == again.number or downloads.list()[0].state.is_over
