"""Trigger words, wherever programs write them."""

import json

from studio.catalog.network_words import preferred_weight, preview_beside, trigger_words

TAGS = {"ss_tag_frequency": {"10_hero": {"hero": 40, "sword": 12, " cape ": 30}, "5_more": {"sword": 25}}}


def test_captions_are_counted_over_all_folders(tmp_path):
    assert trigger_words(tmp_path / "a.safetensors", TAGS) == ("hero", "sword", "cape")


def test_a_phrase_goes_before_counts_and_notes_of_people_before_both(tmp_path):
    path = tmp_path / "a.safetensors"
    metadata = TAGS | {"modelspec.trigger_phrase": "h3ro, standing"}
    assert trigger_words(path, metadata) == ("h3ro", "standing")
    path.with_suffix(".civitai.info").write_text(json.dumps({"trainedWords": ["h3ro, armour", "armour"]}))
    assert trigger_words(path, metadata) == ("h3ro", "armour")
    path.with_suffix(".json").write_text(json.dumps({"activation text": "my hero"}))
    assert trigger_words(path, metadata) == ("my hero",)


def test_notes_that_cannot_be_read_are_passed_over(tmp_path):
    path = tmp_path / "a.safetensors"
    for content in ("{", "[]", "\xff"):
        path.with_suffix(".json").write_bytes(content.encode("latin-1"))
        assert trigger_words(path, {}) == ()
    assert trigger_words(path, {"ss_tag_frequency": "not json"}) == ()


def test_the_notes_may_prefer_a_weight(tmp_path):
    file, notes = tmp_path / "hat.safetensors", tmp_path / "hat.json"
    assert preferred_weight(file) == 1
    for text, weight in (("0.7", 0.7), ("0", 1), ('"much"', 1), ("NaN", 1)):
        notes.write_text(f'{{"preferred weight": {text}}}')
        assert preferred_weight(file) == weight


def test_the_picture_of_a_card_is_its_preview_before_a_picture_of_its_name(tmp_path):
    file = tmp_path / "hat.v2.safetensors"
    assert preview_beside(file) is None
    for name in ("hat.v2.webp", "hat.v2.png", "hat.v2.preview.jpg"):
        (tmp_path / name).touch()
        assert preview_beside(file) == tmp_path / name
    assert preview_beside(tmp_path / "hat.v2.png") == tmp_path / "hat.v2.preview.jpg"
