"""The Models tab in a real browser: what is in the folders, and clicks that write into the prompt."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.studio_site import Site, put_checkpoint, serve, visit
from tests.catalog.files import write_safetensors
from tests.catalog.served import serving

KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
LORA = {f"{KEY}.lora_down.weight": (4, 768), f"{KEY}.lora_up.weight": (320, 4)}


def test_a_click_writes_a_network_into_the_prompt_and_another_takes_it_out(browser: Browser, site: Site):
    folder = site.home / "models/Lora"
    write_safetensors(folder / "paint.safetensors", LORA, {"modelspec.trigger_phrase": "wet paint"})
    (folder / "page.safetensors").write_text("<!DOCTYPE html>")
    (folder / "paint.json").write_text('{"preferred weight": 0.8}')
    Image.new("RGB", (64, 96), "teal").save(folder / "paint.preview.png")
    (folder / "page.png").write_text("no picture")
    with visit(browser, site) as studio:
        studio.open()
        prompt = studio.page.locator("#img2img_prompt textarea")
        prompt.fill("a fox,")
        studio.tab("Models")
        rows = studio.page.locator(".models-row")
        expect(rows.filter(has_text="page.safetensors is a web page (HTML)")).to_have_count(1)
        row = rows.filter(has_text="paint")
        expect(row.locator("img.models-preview")).to_be_visible()
        expect(rows.filter(has_text="page").locator("img")).to_have_count(0)
        row.get_by_role("button", name="Into the prompt").click()
        expect(studio.page.get_by_role("status").filter(has_text="now in the prompt of img2img")).to_have_count(1)
        row.get_by_role("button", name="wet paint").click()
        expect(prompt).to_have_value("a fox <lora:paint:0.8>, wet paint")
        row.get_by_role("button", name="Into the prompt").click()
        expect(prompt).to_have_value("a fox, wet paint")
        studio.page.get_by_placeholder("Search by name or folder").fill("nothing like it")
        expect(rows).to_have_count(0)
        (folder / "late.safetensors").write_bytes((folder / "paint.safetensors").read_bytes())
        studio.page.get_by_placeholder("Search by name or folder").fill("")
        studio.page.locator("#models_refresh").click()
        expect(rows.filter(has_text="late")).to_have_count(1)


def test_a_model_comes_from_elsewhere_and_stands_in_the_list(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with serving(tmp_path / "served") as served:
        file = served.folder / "some/lora/resolve/main/paint.safetensors"
        write_safetensors(file, LORA)
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        put_checkpoint(tmp_path / "home/models")
        with serve(tmp_path / "home") as site, visit(browser, site) as studio:
            studio.open()
            studio.tab("Models")
            page = studio.page
            page.locator("#models_add button").first.click()
            page.locator("#models_source input, #models_source textarea").fill("some/lora")
            page.locator("#models_download").click()
            expect(page.locator(".models-way.is-done")).to_contain_text("models/Lora/paint.safetensors")
            expect(page.locator(".models-row").filter(has_text="paint").get_by_text("Ready")).to_have_count(1)
            page.locator(".models-offers summary").first.click()
            page.locator(".models-offer").get_by_role("button", name="Download").first.click()
            expect(page.locator(".models-way.is-failed")).to_contain_text("Get it from")
    assert (tmp_path / "home/models/Lora/paint.safetensors").read_bytes() == file.read_bytes()


def test_where_other_machines_are_answered_models_are_not_brought(browser: Browser, tmp_path: Path):
    put_checkpoint(tmp_path / "models")
    with serve(tmp_path, "--listen") as site, visit(browser, site) as studio:
        studio.open()
        studio.tab("Models")
        studio.page.locator("#models_add button").first.click()
        expect(studio.page.locator("#models_add")).to_contain_text("--allow-downloads")
        expect(studio.page.locator("#models_download")).to_have_count(0)


def test_models_are_taken_out_of_memory_on_demand(browser: Browser, site: Site):
    with visit(browser, site) as studio:
        studio.open()
        studio.tab("Models")
        studio.page.locator("#models_unload").click()
        expect(studio.page.locator(".toast-body")).to_contain_text("taken out of memory")
