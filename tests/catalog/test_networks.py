"""LoRA, embedding and VAE files in their folders: listed at once however many, found by name, hashed as A1111 does."""

import hashlib

from studio.catalog.hashes import Hashes
from studio.catalog.networks import NetworkFolders, Networks
from tests.catalog.files import write_safetensors

LORA = {"lora_unet_conv_in.lora_up.weight": (8, 4), "lora_unet_conv_in.lora_down.weight": (4, 36)}


def networks(folder, **more):
    return Networks(NetworkFolders(loras=(folder,), embeddings=(folder,), vaes=(folder,)), **more)


def test_files_in_folders_and_links_that_go_round_are_listed_once(tmp_path):
    for name in (
        "b.safetensors",
        "A.pt",
        "deep/down/c.ckpt",
        ".hidden/d.safetensors",
        "note.txt",
        "deep/b.safetensors",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "deep/round").symlink_to(tmp_path)
    found = networks(tmp_path).loras()
    assert found.names() == ["A", "b", "deep/b", "c"]
    assert [each.relative for each in found] == ["A.pt", "b.safetensors", "deep/b.safetensors", "deep/down/c.ckpt"]


def test_a_file_that_has_just_come_is_there_and_one_that_has_gone_is_not(tmp_path):
    known = networks(tmp_path)
    assert known.loras().names() == []
    path = write_safetensors(tmp_path / "a.safetensors", LORA)
    assert known.loras().names() == ["a"]
    path.unlink()
    assert known.loras().names() == []
    assert networks(tmp_path / "nowhere").loras().names() == []


def test_the_trainers_name_is_an_alias_and_file_names_go_first(tmp_path):
    write_safetensors(tmp_path / "a.safetensors", LORA, {"ss_output_name": "Painted", "ss_tag_frequency": "{}"})
    write_safetensors(tmp_path / "b.safetensors", LORA, {"ss_output_name": "a"})
    write_safetensors(tmp_path / "c.safetensors", LORA, {"ss_output_name": "None"})
    known = networks(tmp_path)
    assert [known.alias(each) for each in known.loras()] == ["Painted", "a", "c"]
    assert (known.lora("painted").name, known.lora("A").name, known.lora("d")) == ("a", "a", None)


def test_metadata_are_read_wherever_they_stand(tmp_path):
    given = {"ss_output_name": "x", "ss_tag_frequency": '{"1_cat": {"cat": 3}}', "odd": "{not json"}
    path = write_safetensors(tmp_path / "a.safetensors", LORA, given)  # this writer puts them last
    known = networks(tmp_path)
    last = known.metadata(next(iter(known.loras())))
    assert last == {"ss_output_name": "x", "ss_tag_frequency": {"1_cat": {"cat": 3}}, "odd": "{not json"}
    header = b'{"__metadata__":{"ss_output_name":"first"},"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"00")
    assert known.metadata(next(iter(known.loras()))) == {"ss_output_name": "first"}
    path.write_bytes(b"<html>")
    assert known.metadata(next(iter(known.loras()))) == {}


def test_hashes_leave_the_header_out_so_that_a_renamed_network_keeps_its_own(tmp_path):
    one = write_safetensors(tmp_path / "a.safetensors", LORA, {"ss_output_name": "one"})
    write_safetensors(tmp_path / "b.safetensors", LORA, {"ss_output_name": "two"})
    write_safetensors(tmp_path / "c.safetensors", LORA, {"sshs_model_hash": "ab" * 32})
    (tmp_path / "d.pt").write_bytes(b"old")
    known = networks(tmp_path, hashes=Hashes(tmp_path / "hashes.json"))
    hashes = [known.lora_hash(each) for each in known.loras()]
    content = one.read_bytes()
    weights = content[8 + int.from_bytes(content[:8], "little") :]
    assert hashes == [hashlib.sha256(weights).hexdigest()[:12]] * 2 + [
        "ab" * 6,
        hashlib.sha256(b"old").hexdigest()[:12],
    ]


def test_five_thousand_files_are_listed_and_found_without_opening_any(tmp_path, monkeypatch):
    for folder in range(10):
        (tmp_path / str(folder)).mkdir()
        for place in range(500):
            (tmp_path / str(folder) / f"network-{folder}-{place}.safetensors").write_bytes(b"")
    known = networks(tmp_path)

    def refused(*given, **named):
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", refused)
    monkeypatch.setattr(type(tmp_path), "open", refused)
    assert len(list(known.loras())) == 5000
    assert known.lora("network-7-77").relative == "7/network-7-77.safetensors"
