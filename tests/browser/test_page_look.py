"""What good looks like: nothing sideways, nothing jumping, everything named and readable, in both themes and sizes."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.studio_site import NARROW, WIDE, Site, Visit, serve, visit

# The contrast of every text that is seen with the ground that lies under it, colours with alpha laid over each other.
CONTRAST = """() => {
  const parse = (colour) => {
    const parts = colour.match(/[\\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, under) => top.rgb.map((value, i) => value * top.alpha + under[i] * (1 - top.alpha));
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (rgb) => 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!own || !isSeen || box.width < 2) continue;
    if (parseFloat(style.fontSize) < 1 || element.closest('svg, style, script, [inert], option')) continue;
    const under = ground(element);
    const text = over(parse(style.color), under);
    const [bright, dim] = [luminance(text), luminance(under)].sort((a, b) => b - a);
    const contrast = (bright + 0.05) / (dim + 0.05);
    const words = element.textContent.trim().slice(0, 30);
    if (contrast < 4.5) found.push(`${element.className || element.tagName}: ${words} ${contrast.toFixed(2)}`);
  }
  return found;
}"""
NAMELESS = """() => {
  const found = [];
  const selector = 'button, input:not([type=hidden]), select, textarea, a[href], [role=slider], [role=tab]';
  for (const element of document.querySelectorAll(selector)) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('[inert]')) continue;
    const label = element.labels?.length ? element.labels[0].textContent : '';
    const by = element.getAttribute('aria-labelledby');
    const named = by ? document.getElementById(by)?.textContent : '';
    const name = [element.getAttribute('aria-label'), label, named, element.title, element.textContent].join('').trim();
    if (!name) found.push(element.outerHTML.slice(0, 160));
  }
  return found;
}"""
PAGES = ("txt2img", "img2img", "PNG Info", "Settings")
MODES = ("img2img", "Sketch", "Inpaint", "Inpaint sketch", "Inpaint upload", "Batch")


@pytest.fixture(scope="module", params=[(WIDE, "light"), (NARROW, "dark")], ids=["wide light", "narrow dark"])
def studio(browser: Browser, site: Site, photo: Path, request: pytest.FixtureRequest) -> Generator[Visit]:
    size, theme = request.param
    with visit(browser, site, size) as visiting:
        visiting.open(theme)
        visiting.put("img2img", photo)
        visiting.generate()
        visiting.finish()
        yield visiting


def every_view(visiting: Visit) -> Generator[str]:
    """Each page, and each tab of img2img, one after another."""
    for page in PAGES:
        open_tab(visiting, "#pages", page)
        yield page
    open_tab(visiting, "#pages", "img2img")
    for mode in MODES:
        open_tab(visiting, "#modes", mode)
        yield mode


def open_tab(visiting: Visit, tabs: str, name: str) -> None:
    """Also where the tab is folded into the menu that a narrow screen has."""
    page = visiting.page
    button = page.locator(f"{tabs} > .tab-wrapper").get_by_role("tab", name=name, exact=True)
    if not button.first.is_visible():
        page.locator(f"{tabs} > .tab-wrapper .overflow-menu > button").click()
        button = page.locator(f"{tabs} .overflow-dropdown button", has_text=name)
    button.first.click()
    visiting.rest()


def test_nothing_scrolls_sideways(studio: Visit):
    for name in every_view(studio):
        width, seen = studio.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= seen, name


def test_text_can_be_read(studio: Visit):
    poor = {name: studio.page.evaluate(CONTRAST) for name in every_view(studio)}
    studio.page.evaluate("document.body.classList.toggle('dark')")
    poor |= {f"{name}, other theme": studio.page.evaluate(CONTRAST) for name in every_view(studio)}
    studio.page.evaluate("document.body.classList.toggle('dark')")
    assert {name: found for name, found in poor.items() if found} == {}


def test_every_control_has_a_name(studio: Visit):
    nameless = {name: studio.page.evaluate(NAMELESS) for name in every_view(studio)}
    assert {name: found for name, found in nameless.items() if found} == {}


def test_nothing_jumps_while_a_job_runs(studio: Visit):
    open_tab(studio, "#modes", "img2img")
    studio.set("Batch count", "3")
    studio.page.wait_for_timeout(700)
    studio.page.evaluate("window.shifts = 0")
    studio.generate()
    assert "3 pictures" in studio.finish()
    studio.page.wait_for_timeout(300)
    assert studio.page.evaluate("window.shifts") < 0.0001


def seen(page: Page, *selectors: str) -> dict[str, Any]:
    """The lower edges of some things, where the window ends at 900."""
    return {name: page.locator(name).first.evaluate("e => e.getBoundingClientRect().bottom") for name in selectors}


def test_the_main_things_are_seen_without_scrolling(browser: Browser, site: Site):
    with visit(browser, site) as studio:
        studio.open()
        mains = ["#img2img_prompt", "#img2img_generate", "#img2img_stage", "#img2img_strength"]
        for mode, canvas in (("img2img", "img2img"), ("Inpaint", "inpaint"), ("Inpaint sketch", "inpaint_sketch")):
            open_tab(studio, "#modes", mode)
            edges = seen(
                studio.page, *mains, f"#img2img_{canvas} .rc", ".img2img .mask-options:visible, #img2img_stage"
            )
            assert max(edges.values()) <= 900, (mode, edges)


def test_the_theme_is_switched_and_remembered(browser: Browser, site: Site):
    with visit(browser, site) as studio:
        studio.page.goto(studio.site.address)
        studio.settle()
        was_dark = studio.page.evaluate("document.body.classList.contains('dark')")
        studio.page.get_by_role("button", name="Light or dark").click()
        studio.reload()
        assert studio.page.evaluate("document.body.classList.contains('dark')") is not was_dark


def test_with_an_empty_models_folder_every_page_opens_and_says_what_is_missing(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
):
    home = tmp_path_factory.mktemp("empty")
    with serve(home) as site, visit(browser, site) as studio:
        studio.open()
        assert "No checkpoint is installed" in studio.text(".page-problem")
        for _ in every_view(studio):
            assert "No checkpoint is installed" in studio.text(".page-problem")
        studio.tab("txt2img")
        studio.generate("txt2img")
        assert "Not started" in studio.finish("txt2img")
        assert "There is no model yet" in studio.text("#txt2img_stage [role=alert]")
