"""The Models tab in a real browser: what is in the folders, and clicks that write into the prompt."""

from playwright.sync_api import Browser, expect

from tests.browser.studio_site import Site, visit
from tests.catalog.files import write_safetensors

KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
LORA = {f"{KEY}.lora_down.weight": (4, 768), f"{KEY}.lora_up.weight": (320, 4)}


def test_a_click_writes_a_network_into_the_prompt_and_another_takes_it_out(browser: Browser, site: Site):
    folder = site.home / "models/Lora"
    write_safetensors(folder / "paint.safetensors", LORA, {"modelspec.trigger_phrase": "wet paint"})
    (folder / "page.safetensors").write_text("<!DOCTYPE html>")
    with visit(browser, site) as studio:
        studio.open()
        prompt = studio.page.locator("#img2img_prompt textarea")
        prompt.fill("a fox,")
        studio.tab("Models")
        rows = studio.page.locator(".models-row")
        expect(rows.filter(has_text="page.safetensors is a web page (HTML)")).to_have_count(1)
        row = rows.filter(has_text="paint")
        row.get_by_role("button", name="Into the prompt").click()
        expect(studio.page.get_by_role("status").filter(has_text="now in the prompt of img2img")).to_have_count(1)
        row.get_by_role("button", name="wet paint").click()
        expect(prompt).to_have_value("a fox <lora:paint:1>, wet paint")
        row.get_by_role("button", name="Into the prompt").click()
        expect(prompt).to_have_value("a fox, wet paint")
        studio.page.get_by_placeholder("Search by name or folder").fill("nothing like it")
        expect(rows).to_have_count(0)
        (folder / "late.safetensors").write_bytes((folder / "paint.safetensors").read_bytes())
        studio.page.get_by_placeholder("Search by name or folder").fill("")
        studio.page.locator("#models_refresh").click()
        expect(rows.filter(has_text="late")).to_have_count(1)
