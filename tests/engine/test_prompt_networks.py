"""Networks and embeddings that a prompt names, in whole pictures: their effect, and what is said where they fail."""

import pickle

import pytest
import torch

from studio.catalog.hashes import Hashes, sha256_of
from studio.catalog.networks import NetworkFolders, Networks
from studio.domain.geometry import Size
from studio.domain.plan import HiresPlan, RefinerPlan
from studio.engine.denoising_engine import DenoisingEngine
from tests.catalog.embedding_files import as_json, in_chunk, in_pixels
from tests.engine.tiny_models import Watching, manager, pass_plan, plan_of, prepared, samplers, upscale
from tests.engine.tiny_networks import LAYERS, TEXT_LAYERS, lora_tensors, numbers, write_network

PROMPT = "a red house"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    write_network(folder / "Lora/style.safetensors", lora_tensors(alpha=40.0), {"ss_output_name": "Painted"})
    write_network(folder / "Lora/words.safetensors", lora_tensors({}, TEXT_LAYERS, alpha=40.0))
    write_network(folder / "Lora/wide.safetensors", lora_tensors({next(iter(LAYERS)): (16, 768)}))
    write_network(folder / "Lora/elsewhere.safetensors", lora_tensors({"down_blocks.5.resnets.0.conv1": (4, 4, 3, 3)}))
    bundle = {"bundle_emb.charm.string_to_param.*": numbers(2, 32, seed=5) * 20}
    write_network(folder / "Lora/bundle.safetensors", lora_tensors() | bundle)
    (folder / "Lora/page.safetensors").write_text("<!DOCTYPE html><html></html>")
    write_network(folder / "embeddings/my-token.safetensors", {"emb_params": numbers(3, 32, seed=6) * 20})
    write_network(folder / "embeddings/large.safetensors", {"emb_params": numbers(2, 768)})
    return folder


@pytest.fixture(scope="module")
def networks(folder):
    folders = NetworkFolders(loras=(folder / "Lora",), embeddings=(folder / "embeddings",))
    return Networks(folders, Hashes(folder / "hashes.json"))


@pytest.fixture(scope="module")
def engine(models, networks):
    return DenoisingEngine(manager(models, networks=networks), samplers(), upscale)


def drawn(engine, prompt=PROMPT, **changes):
    return next(iter(engine.run(prepared(plan_of(pass_plan(prompt=prompt, **changes))), Watching())))


@pytest.fixture(scope="module")
def plain(engine):
    return drawn(engine).image.tobytes()


def test_a_network_changes_the_picture_by_its_weight_and_leaves_nothing_behind(engine, plain):
    half, whole = (drawn(engine, f"{PROMPT}<lora:style:{weight}>") for weight in (0.5, 1))
    assert len({half.image.tobytes(), whole.image.tobytes(), plain}) == 3
    assert half.notes == ()
    assert drawn(engine).image.tobytes() == plain
    assert drawn(engine, f"{PROMPT}<lora:style:0>").image.tobytes() == plain
    assert drawn(engine, f"{PROMPT}<lora:style:1>").image.tobytes() == whole.image.tobytes()


def test_a_network_is_known_by_the_name_that_its_trainer_gave_it(engine):
    by_file, by_alias, as_lyco = (
        drawn(engine, f"{PROMPT}<{name}>") for name in ("lora:style", "lora:painted", "lyco:Style")
    )
    assert by_file.image.tobytes() == by_alias.image.tobytes() == as_lyco.image.tobytes()


def test_text_encoders_are_changed_before_the_prompt_is_encoded(engine, plain):
    worded = drawn(engine, f"{PROMPT}<lora:words:1>")
    assert worded.image.tobytes() != plain
    assert drawn(engine, f"{PROMPT}<lora:words:0:1>").image.tobytes() == plain
    assert drawn(engine, f"{PROMPT}<lora:words:te=1:unet=0>").image.tobytes() == worded.image.tobytes()


def test_what_cannot_be_used_is_said_and_the_picture_drawn_without_it(engine, plain):
    for prompt, words in {
        "<lora:stile:1>": "There is no LoRA 'stile'; the picture was drawn without it. The nearest names are style",
        "<lora:wide:1>": "for Stable Diffusion 1.x, but tiny is an architecture with text 32 wide",
        "<lora:elsewhere:1>": "none of its 1 layers is in this model",
        "<lora:page:1>": "page.safetensors is a web page (HTML)",
        "<hypernet:x:1>": "networks of the kind 'hypernet' are not supported",
    }.items():
        result = drawn(engine, PROMPT + prompt)
        assert words in result.notes[0], prompt
        assert result.image.tobytes() == plain, prompt
        assert result.facts == {}, prompt


def test_networks_of_the_negative_prompt_are_not_read_as_words(engine, plain):
    result = drawn(engine, negative_prompt="blurry<lora:style:1>")
    assert result.image.tobytes() == plain
    assert "negative prompt" in result.notes[0]


def test_a_note_is_given_once_for_all_pictures(engine):
    plan = plan_of(pass_plan(prompt=f"{PROMPT}<lora:nowhere:1>"), seeds=(1, 2, 3))
    assert [len(each.notes) for each in engine.run(prepared(plan), Watching())] == [1, 0, 0]


def test_hashes_are_told_as_infotexts_have_them(engine, folder):
    result = drawn(engine, f"{PROMPT}, my-token <lora:style:1> <lora:Words:1>")
    hashes = dict(pair.split(": ") for pair in result.facts["Lora hashes"].split(", "))
    assert list(hashes) == ["style", "Words"]
    text = (folder / "Lora/style.safetensors").read_bytes()
    import hashlib

    weights = text[8 + int.from_bytes(text[:8], "little") :]
    assert hashes["style"] == hashlib.sha256(weights).hexdigest()[:12]
    assert result.facts["TI hashes"] == f"my-token: {sha256_of(folder / 'embeddings/my-token.safetensors')[:12]}"


def test_an_embedding_acts_where_its_name_stands(engine, plain):
    named = drawn(engine, f"{PROMPT}, my-token")
    again = drawn(engine, f"{PROMPT}, MY-Token")
    elsewhere = drawn(engine, f"my-token, {PROMPT}")
    negative = drawn(engine, negative_prompt="blurry, (my-token:1.3)")
    assert named.image.tobytes() == again.image.tobytes()
    assert len({each.image.tobytes() for each in (named, elsewhere, negative)} | {plain}) == 4
    assert set(negative.facts) == {"TI hashes"}


def test_a_name_within_a_longer_word_is_no_embedding(engine):
    assert drawn(engine, f"{PROMPT}, my-tokens").facts == {}


def test_an_embedding_of_another_width_is_left_out_and_reported(engine):
    result = drawn(engine, f"{PROMPT}, large")
    assert "its vectors are 768 numbers long, but tiny takes 32" in result.notes[0]
    assert result.facts == {}


def test_embeddings_that_a_network_brings_along_work_while_it_does(engine):
    alone, together = drawn(engine, f"{PROMPT}, charm"), drawn(engine, f"{PROMPT}, charm<lora:bundle:0>")
    assert alone.image.tobytes() != together.image.tobytes()
    assert alone.notes == together.notes == ()


def test_a_file_that_is_replaced_counts_at_once(models, tmp_path):
    path = write_network(tmp_path / "Lora/a.safetensors", lora_tensors(alpha=40.0))
    networks = Networks(NetworkFolders(loras=(tmp_path / "Lora",)))
    engine = DenoisingEngine(manager(models, networks=networks), samplers(), upscale)
    first = drawn(engine, f"{PROMPT}<lora:a:1>").image.tobytes()
    write_network(path, lora_tensors(alpha=40.0, seed=99))
    assert drawn(engine, f"{PROMPT}<lora:a:1>").image.tobytes() != first


def test_the_second_pass_has_the_networks_of_its_own_prompt(engine):
    def one(first, second):
        own = pass_plan(size=96, steps=3, strength=0.6, prompt=PROMPT + second)
        hires = HiresPlan(upscaler="Latent", target=Size(96, 96), second=own)
        plan = plan_of(pass_plan(prompt=PROMPT + first), hires=hires)
        return next(iter(engine.run(prepared(plan), Watching()))).image.tobytes()

    style = "<lora:style:1>"
    assert len({one("", ""), one(style, ""), one("", style), one(style, style)}) == 4


def test_a_refiner_gets_the_networks_too(engine):
    def one(prompt):
        plan = plan_of(pass_plan(prompt=PROMPT + prompt), refiner=RefinerPlan(model="inpaint", switch_sigma=1e9))
        return next(iter(engine.run(prepared(plan), Watching()))).image.tobytes()

    assert one("") != one("<lora:style:1>")


def torch_file(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path


def old_file(path, content):
    """As torch saved before 1.6."""
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


VECTORS = numbers(2, 32, seed=6)
A1111 = {"string_to_token": {"*": 265}, "string_to_param": {"*": VECTORS}, "name": "x", "step": 100}


@pytest.mark.parametrize(
    ("name", "write", "content"),
    [
        ("a1111.pt", torch_file, A1111),
        ("old.pt", old_file, A1111),
        (
            "original.pt",
            torch_file,
            A1111 | {"string_to_param": torch.nn.ParameterDict({"*": torch.nn.Parameter(VECTORS)})},
        ),
        ("kohya.safetensors", write_network, {"emb_params": VECTORS}),
        ("diffusers.bin", torch_file, {"<cat-toy>": VECTORS[0]}),
        ("raw.pt", torch_file, VECTORS),
        ("named.safetensors", write_network, {"clip_l": VECTORS}),
        ("chunk.png", lambda path, vectors: in_chunk(path, as_json(vectors.numpy())), VECTORS),
        ("pixels.webp", lambda path, vectors: in_pixels(path, as_json(vectors.numpy()), lossless=True), VECTORS),
    ],
)
def test_every_layout_of_embeddings_gives_its_vectors(tmp_path, name, write, content):
    from studio.engine.embeddings import read_embedding

    found = read_embedding(write(tmp_path / name, content))
    assert list(found) == (["clip_l"] if name.startswith("named") else [""])
    expected = VECTORS[:1] if name == "diffusers.bin" else VECTORS
    assert torch.equal(next(iter(found.values())), expected)
    networks = Networks(NetworkFolders(embeddings=(tmp_path,)))
    facts = networks.embedding_facts(next(iter(networks.embeddings())))
    assert (facts.problem, facts.vectors, facts.text_width) == ("", len(expected), 32)


def test_sdxl_takes_an_embedding_of_two_and_leaves_one_of_one_out(models, tmp_path):
    write_network(tmp_path / "both.safetensors", {"clip_l": numbers(2, 32) * 20, "clip_g": numbers(2, 32, seed=3) * 20})
    write_network(tmp_path / "single.safetensors", {"emb_params": numbers(2, 32)})
    networks = Networks(NetworkFolders(embeddings=(tmp_path,)), Hashes(tmp_path / "hashes.json"))
    engine = DenoisingEngine(manager(models, networks=networks), samplers(), upscale)
    both, single = (drawn(engine, f"{PROMPT}, {name}", model="xl") for name in ("both", "single"))
    assert "both: " in both.facts["TI hashes"]
    assert both.notes == ()
    assert single.facts == {}
    assert "its vectors are 32 numbers long, but xl takes 64" in single.notes[0]


def test_a_pickle_with_code_in_it_is_refused(engine, folder):
    class Bad:
        def __reduce__(self):
            return (print, ("run",))

    (folder / "embeddings/bad-one.pt").write_bytes(pickle.dumps({"string_to_param": Bad()}))
    result = drawn(engine, f"{PROMPT}, bad-one")
    assert "holds code" in result.notes[0]
