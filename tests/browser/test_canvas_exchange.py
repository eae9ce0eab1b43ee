"""What reaches Python is what is on the screen, whatever happens in between: failures, reloads, restarts, tabs."""

import base64
import io
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser, Page, Route

from tests.browser.canvas_app import CanvasApp, serve
from tests.browser.canvas_driver import Driver, scene


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[CanvasApp]:
    with serve(tmp_path_factory.mktemp("documents")) as running:
        yield running


@pytest.fixture
def canvas(app: CanvasApp, page: Page) -> Driver:
    driver = Driver(app, page)
    driver.reset()
    return driver


def png(picture: Image.Image, **text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_text(key, value)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def turned_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    buffer = io.BytesIO()
    scene(80, 40).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def deep_tiff() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(0, 64 * 48 * 16, 16, dtype=np.uint16).reshape(48, 64)).save(buffer, "TIFF")
    return buffer.getvalue()


def translucent_png() -> bytes:
    values = np.random.default_rng(0).integers(0, 256, (30, 40, 4), np.uint8)
    return png(Image.fromarray(values))


@pytest.mark.parametrize("make", [turned_jpeg, deep_tiff, translucent_png])
def test_python_gets_the_file_byte_for_byte(canvas: Driver, make):
    data = make()
    canvas.load(data, "holiday.bin")
    painting = canvas.send()
    assert painting.file().read_bytes() == data
    assert painting.name == "holiday.bin"
    assert painting.picture().size == painting.size == (canvas.eval("canvas.width"), canvas.eval("canvas.height"))


def test_the_infotext_of_the_file_stays(canvas: Driver):
    canvas.load(png(scene(), parameters="a red house\nSteps: 20"), "00001.png")
    painting = canvas.send()
    assert painting.infotext() == "a red house\nSteps: 20"
    assert painting.mask() is None


def test_a_file_that_is_no_picture_is_refused_in_words(canvas: Driver):
    canvas.load(scene())
    canvas.page.set_input_files(
        f"{canvas.root} .rc > input[type=file]",
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"},
    )
    alert = canvas.page.locator(f"{canvas.root} .rc-message[role=alert]")
    alert.wait_for()
    assert "not a picture" in alert.inner_text()
    assert canvas.eval("canvas.width") == 320
    alert.get_by_label("Dismiss").click()
    assert not alert.is_visible()


def test_no_event_runs_with_what_was_painted_before(canvas: Driver):
    canvas.load(scene())
    canvas.stroke((40, 40), (100, 40))
    assert canvas.sent_mask().any()
    count = canvas.app.received.count
    canvas.page.route("**/canvas/drawings", lambda route: route.abort())
    canvas.stroke((40, 140), (100, 140))
    canvas.page.click("#send")
    alert = canvas.page.locator(f"{canvas.root} .rc-message[role=alert]")
    alert.wait_for()
    assert "does not answer" in alert.inner_text()
    canvas.page.wait_for_timeout(500)
    assert canvas.app.received.count == count
    assert canvas.eval("canvas.exchange.isSent") is False
    canvas.page.unroute("**/canvas/drawings")
    mask = canvas.sent_mask()
    assert mask[140, 70] == mask[40, 70] == 255


def test_a_stroke_during_the_upload_is_not_forgotten(canvas: Driver):
    canvas.load(scene())
    canvas.stroke((40, 40), (100, 40))

    def slowly(route: Route) -> None:
        canvas.page.wait_for_timeout(400)
        route.continue_()

    canvas.page.route("**/canvas/drawings", slowly)
    canvas.eval("void canvas.flush()")
    canvas.stroke((40, 140), (100, 140))
    mask = canvas.sent_mask()
    canvas.page.unroute("**/canvas/drawings")
    assert mask[140, 70] == mask[40, 70] == 255


def test_an_event_waits_for_a_picture_that_is_just_coming(canvas: Driver):
    def slowly(route: Route) -> None:
        canvas.page.wait_for_timeout(600)
        route.continue_()

    canvas.page.route("**/canvas/pictures", slowly)
    payload = {"name": "deep.tif", "mimeType": "image/tiff", "buffer": deep_tiff()}
    canvas.page.set_input_files(f"{canvas.root} .rc > input[type=file]", payload)
    painting = canvas.send()
    canvas.page.unroute("**/canvas/pictures")
    assert painting.name == "deep.tif"


def test_a_picture_that_cannot_be_restored_is_not_sent_unseen(canvas: Driver):
    canvas.load(scene())
    canvas.stroke((40, 40), (100, 40))
    mask = canvas.sent_mask()
    canvas.page.route("**/canvas/pictures/*", lambda route: route.abort())
    canvas.page.reload()
    again = canvas.page.locator(f"{canvas.root} .rc-message").get_by_role("button", name="Try again")
    again.wait_for()
    assert canvas.send() is None
    canvas.page.unroute("**/canvas/pictures/*")
    again.click()
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width > 0")
    assert np.array_equal(canvas.sent_mask(), mask)


def test_a_second_event_uploads_nothing(canvas: Driver):
    canvas.load(scene())
    canvas.stroke((40, 40), (100, 40))
    canvas.send()
    uploads: list[str] = []
    canvas.page.on("request", lambda request: request.method == "PUT" and uploads.append(request.url))
    canvas.send()
    canvas.page.wait_for_timeout(800)
    assert uploads == []


def test_events_tell_python_what_happened(canvas: Driver):
    events = canvas.app.received.events

    def wait_for(name: str) -> None:
        canvas.wait_until(lambda: name in events)

    canvas.send()
    canvas.page.wait_for_timeout(1500)  # events of what was before
    events.clear()
    canvas.load(scene())
    wait_for("upload")
    canvas.stroke((40, 40), (100, 40))
    wait_for("input")
    canvas.page.click(f"{canvas.root} [data-does=remove]")
    wait_for("clear")
    assert events == ["upload", "input", "clear"]
    assert canvas.send() is None
    canvas.page.locator(f"{canvas.root} .rc-message").get_by_role("button", name="Undo").click()
    assert canvas.sent_mask().any()


def test_python_sets_a_picture_with_its_mask(canvas: Driver):
    canvas.load(scene(100, 80))
    canvas.stroke((10, 10), (60, 60))
    mask = Image.new("L", (320, 240), 0)
    mask.paste(255, (37, 41, 90, 77))
    mask.putpixel((200, 200), 7)
    canvas.app.to_set.append({"image": scene(), "mask": mask, "name": "sent.png"})
    canvas.page.click("#set")
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 320")
    canvas.settle()
    assert np.array_equal(canvas.alpha(), np.asarray(mask))
    painting = canvas.send()
    assert np.array_equal(np.asarray(painting.mask()), np.asarray(mask))
    assert painting.name == "sent.png"
    canvas.stroke((150, 150), (160, 150))
    assert canvas.sent_mask()[41, 37] == 255


def test_what_python_sets_arrives_in_a_tab_that_was_never_opened(app: CanvasApp, browser: Browser):
    context = browser.new_context()
    canvas = Driver(app, context.new_page())
    app.to_set.append(scene(64, 48))
    canvas.page.click("#set")
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 64")
    canvas.send()
    assert app.received.paintings["colour_mask"].size == (64, 48)
    app.to_set.append(None)
    canvas.page.click("#set")
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 0")
    assert canvas.send() is None
    context.close()


def test_the_drawing_stays_with_a_picture_of_the_same_size_only(canvas: Driver):
    canvas.load(scene())
    canvas.stroke((40, 40), (100, 40))
    painted = canvas.alpha()
    canvas.load(scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert "the mask was kept" in canvas.message()
    assert np.array_equal(canvas.sent_mask(), painted)
    canvas.load(scene(200, 100))
    assert "the mask was cleared" in canvas.message()
    assert not canvas.sent_mask().any()
    canvas.page.locator(f"{canvas.root} .rc-message").get_by_role("button", name="Undo").click()
    canvas.settle()
    assert np.array_equal(canvas.sent_mask(), painted)
    canvas.press("Control+z")
    assert canvas.send().picture().tobytes() == scene().tobytes()


def test_pasting_and_dropping(canvas: Driver):
    file = "new File([Uint8Array.from(atob(given[0]), (c) => c.charCodeAt(0))], 'clip.png', {type: 'image/png'})"
    encoded = base64.b64encode(png(scene(60, 50))).decode()
    canvas.page.locator(f"{canvas.root} .rc-view").hover()
    canvas.eval(
        f"(() => {{ const data = new DataTransfer(); data.items.add({file});"
        "document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));"
        "})()",
        encoded,
    )
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 60")
    drop = (
        "canvas.frame.root.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))"
    )
    encoded = base64.b64encode(png(scene(70, 50))).decode()
    canvas.eval(f"(() => {{ const data = new DataTransfer(); data.items.add({file}); {drop}; }})()", encoded)
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 70")
    key = canvas.send().picture_key
    canvas.load(scene())
    address = f"{canvas.app.address}/canvas/pictures/{key}"
    canvas.eval(
        f"(() => {{ const data = new DataTransfer(); data.setData('text/uri-list', given[0]); {drop}; }})()", address
    )
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 70")
    assert canvas.send().picture_key == key


def test_a_blank_canvas_of_any_size_and_colour(canvas: Driver):
    canvas.page.click(f"{canvas.root} [data-does=blank]")
    form = canvas.page.locator(f"{canvas.root} form")
    form.get_by_label("Width").fill("96")
    form.get_by_label("Height").fill("40")
    form.get_by_label("Colour").fill("#336699")
    form.get_by_role("button", name="Make it").click()
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width === 96")
    picture = canvas.send().picture().convert("RGB")
    assert picture.size == (96, 40)
    assert picture.getcolors() == [(96 * 40, (0x33, 0x66, 0x99))]


def test_reload_and_restart_keep_everything(browser: Browser, tmp_path: Path):
    context = browser.new_context()
    page = context.new_page()
    with serve(tmp_path) as app:
        port = int(app.address.rsplit(":", 1)[1])
        canvas = Driver(app, page)
        canvas.load(scene(), "mine.png")
        canvas.stroke((40, 40), (100, 40))
        sketch = Driver(app, page, "sketch")
        sketch.load(scene(50, 60))
        sketch.stroke((10, 10), (40, 50))
        painted = sketch.send().drawing()
        mask = np.asarray(app.received.paintings["mask"].mask())
        page.evaluate("() => window.RedrawCanvas.session.saveValues({prompt: 'a house', steps: 30})")
        page.reload()
        canvas = Driver(app, page)
        page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width > 0")
        assert np.array_equal(canvas.sent_mask(), mask)  # and the sketch, in a tab that is not open yet:
        assert app.received.paintings["sketch"].drawing().tobytes() == painted.tobytes()
    with serve(tmp_path, port) as app:
        page.reload()
        canvas = Driver(app, page)
        page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width > 0")
        canvas.stroke((40, 140), (100, 140))
        received = canvas.sent_mask()
        assert np.array_equal(received[:100], mask[:100])
        assert received[140, 70] == 255
        assert app.received.paintings["mask"].name == "mine.png"
        assert page.evaluate("() => window.RedrawCanvas.session.values()") == {"prompt": "a house", "steps": 30}
        other = Driver(app, context.new_page())  # a new tab starts from a copy, and goes its own way
        other.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').width > 0")
        assert np.array_equal(other.sent_mask(), received)
        other.page.click(f"{other.root} [data-does=remove]")
        assert other.send() is None
        page.reload()
        page.wait_for_function("() => window.RedrawCanvas?.get('canvas_mask')?.width > 0")
    context.close()


def test_other_peoples_documents_are_not_shown(app: CanvasApp, browser: Browser, canvas: Driver):
    canvas.load(scene())
    canvas.send()
    context = browser.new_context()
    stranger = Driver(app, context.new_page())
    assert stranger.send() is None
    context.close()
