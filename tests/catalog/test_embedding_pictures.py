"""Textual inversions inside pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.catalog.embedding_pictures import read_embedding_picture, sequence
from studio.catalog.network_facts import embedding_facts
from studio.catalog.networks import NetworkFolders, Networks
from studio.domain.errors import BrokenFile
from tests.catalog.embedding_files import VECTORS, as_json, in_chunk, in_pixels
from tests.catalog.files import write_safetensors


def test_the_sequence_is_the_one_of_the_source():
    """Numbers that the end of image_embedding.py checks."""
    assert sequence(16).tolist() == [253, 242, 127, 44, 157, 27, 239, 133, 38, 79, 167, 4, 177, 95, 130, 79]
    assert int(sequence(100_100)[100:].astype(int).sum()) == 12731374


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: in_chunk(folder / "hat.png", as_json()),
        lambda folder: in_pixels(folder / "hat.png", as_json()),
        lambda folder: in_pixels(folder / "hat.webp", as_json(), lossless=True),
    ],
)
def test_the_vectors_come_out_exactly(tmp_path: Path, write: Any):
    path = write(tmp_path)
    assert (read_embedding_picture(path)["string_to_param.*"] == VECTORS).all()
    facts = embedding_facts(path)
    assert (facts.vectors, facts.text_width, facts.problem) == (3, 768, "")


def test_what_is_wrong_with_a_picture_is_said(tmp_path: Path):
    Image.new("RGB", (32, 32), "red").save(tmp_path / "plain.png")
    stripes = np.full((32, 32, 3), 200, np.uint8)
    stripes[:, 10:20] = 16
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    for name in ("plain.png", "stripes.png"):
        assert "without an embedding" in embedding_facts(tmp_path / name).problem
    (tmp_path / "text.png").write_text("no picture")
    in_chunk(tmp_path / "other.png", b'{"string_to_param": {"*": "what"}}')
    in_chunk(tmp_path / "flat.png", as_json(VECTORS[0]))
    in_chunk(tmp_path / "nan.png", as_json(np.full((1, 768), np.nan)))
    for name in ("text.png", "other.png", "flat.png", "nan.png"):
        with pytest.raises(BrokenFile, match="embedding cannot be read"):
            read_embedding_picture(tmp_path / name)


def test_pictures_with_an_embedding_are_listed_and_previews_are_not(tmp_path: Path):
    in_chunk(tmp_path / "hat.png", as_json())
    write_safetensors(tmp_path / "coat.safetensors", {"emb_params": (2, 768)})
    in_chunk(tmp_path / "coat.png", as_json())
    in_chunk(tmp_path / "scarf.preview.png", as_json())
    Image.new("RGB", (32, 32)).save(tmp_path / "holiday.png")
    listed = Networks(NetworkFolders(embeddings=(tmp_path,))).embeddings()
    assert {each.path.name for each in listed} == {"hat.png", "coat.safetensors"}
