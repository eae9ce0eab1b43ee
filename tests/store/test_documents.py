"""What is kept of people's work, and for how long."""

import os
import time
from pathlib import Path

import pytest

from studio.domain.errors import BadRequest, UnknownName
from studio.store.documents import DAY, Documents

DOCUMENT, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path)


def test_bytes_come_back_as_they_were(documents: Documents):
    key = documents.keep(b"picture")
    assert documents.read(key) == b"picture"
    assert documents.keep(b"picture") == key


def test_everything_survives_a_new_process(tmp_path: Path):
    first = Documents(tmp_path)
    key = first.keep(b"picture")
    first.save(DOCUMENT, "canvas", {"picture": key, "size": [3, 2]})
    second = Documents(tmp_path)
    assert second.load(DOCUMENT) == {"canvas": {"picture": key, "size": [3, 2]}}
    assert second.read(key) == b"picture"


def test_parts_are_saved_one_by_one(documents: Documents):
    documents.save(DOCUMENT, "canvas", {"picture": None})
    documents.save(DOCUMENT, "values", {"prompt": "a red house"})
    documents.save(DOCUMENT, "values", {"prompt": "a blue house"})
    assert documents.load(DOCUMENT) == {"canvas": {"picture": None}, "values": {"prompt": "a blue house"}}
    assert documents.load(OTHER) == {}


def test_a_copy_goes_its_own_way(documents: Documents):
    documents.save(DOCUMENT, "values", {"steps": 20})
    documents.copy(DOCUMENT, OTHER)
    documents.save(OTHER, "values", {"steps": 30})
    assert documents.load(DOCUMENT) == {"values": {"steps": 20}}
    assert documents.load(OTHER) == {"values": {"steps": 30}}


def test_unknown_and_forged_keys_are_refused(documents: Documents):
    with pytest.raises(UnknownName, match="put it in again"):
        documents.read("0" * 64)
    for forged in ("../documents.sqlite", "", "0" * 63, "0" * 63 + "/"):
        with pytest.raises(BadRequest, match="64 hexadecimal"):
            documents.path(forged)
    with pytest.raises(BadRequest, match="32 hexadecimal"):
        documents.save("../x", "values", {})


def test_sweep_forgets_only_what_is_old_and_unused(documents: Documents):
    used, unused, young = (documents.keep(data) for data in (b"used", b"unused", b"young"))
    documents.save(DOCUMENT, "canvas", {"pictures": [{"picture": used}]})
    for key in (used, unused):
        old = time.time() - 2 * DAY
        os.utime(documents.path(key), (old, old))
    assert documents.sweep() == 1
    assert documents.read(used) == b"used"
    assert documents.read(young) == b"young"
    with pytest.raises(UnknownName):
        documents.read(unused)


def test_sweep_forgets_old_documents_with_their_files(documents: Documents):
    key = documents.keep(b"picture")
    documents.save(DOCUMENT, "canvas", {"picture": key})
    assert documents.sweep(documents_after=-1, files_after=-1) == 1
    assert documents.load(DOCUMENT) == {}
    with pytest.raises(UnknownName):
        documents.read(key)
