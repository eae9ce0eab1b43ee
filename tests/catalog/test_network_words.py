"""Trigger words, wherever programs write them."""

import json

from studio.catalog.network_words import trigger_words

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
