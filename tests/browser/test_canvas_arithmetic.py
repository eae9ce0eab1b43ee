"""What the canvas computes in the browser, against numpy, scipy and Pillow."""

import base64
import io
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page
from scipy import ndimage

from tests.browser.canvas_app import CanvasApp, serve

RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[CanvasApp]:
    with serve(tmp_path_factory.mktemp("documents")) as running:
        yield running


@pytest.fixture(scope="module")
def modules(app: CanvasApp, page: Page) -> Page:
    page.goto(f"{app.address}/canvas/assets/canvas.css")  # a page of the same origin with nothing on it
    page.evaluate(
        """async () => {
            const names = ["surface", "history", "morphology", "png", "fill", "stroke", "marks", "shapes", "colour"];
            const modules = await Promise.all(names.map((name) => import(`/canvas/assets/${name}.js`)));
            window.M = Object.assign({}, ...modules);
            window.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            window.text = (data) => btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
            window.surface = ([width, height, channels, data]) => {
                const made = new M.Surface(width, height, channels);
                made.pixels.set(bytes(data));
                made.extent = made.box;
                return made;
            };
        }"""
    )
    return page


def sent(pixels: np.ndarray) -> list[Any]:
    height, width, *channels = pixels.shape
    return [width, height, *(channels or [1]), base64.b64encode(pixels.tobytes()).decode()]


def run(page: Page, script: str, *given: Any) -> Any:
    return page.evaluate(f"async (given) => ({script})", list(given))


def changed(page: Page, script: str, pixels: np.ndarray) -> np.ndarray:
    """The surface after a script has changed it."""
    call = f"(() => {{ const mask = surface(given[0]); {script}; return text(mask.pixels); }})()"
    return np.frombuffer(base64.b64decode(run(page, call, sent(pixels))), np.uint8).reshape(pixels.shape)


def blobs(width: int = 90, height: int = 70) -> np.ndarray:
    """A mask of soft and hard parts that touch the border."""
    noise = ndimage.gaussian_filter(RANDOM.standard_normal((height, width)), 4)
    return (np.clip(noise / noise.std() * 2, 0, 1) * 255).astype(np.uint8)


@pytest.mark.parametrize("radius", [1, 3, 8, 20])
def test_grow_and_shrink_take_the_extreme_of_a_disc(modules: Page, radius: int):
    mask = blobs()
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disc = x**2 + y**2 <= radius**2
    grown = changed(modules, f"M.grow(mask, {radius})", mask)
    assert np.array_equal(grown, ndimage.grey_dilation(mask, footprint=disc, mode="constant", cval=0))
    shrunk = changed(modules, f"M.grow(mask, -{radius})", mask)
    assert np.array_equal(shrunk, ndimage.grey_erosion(mask, footprint=disc, mode="constant", cval=255))


@pytest.mark.parametrize("inverted", [False, True])
def test_a_small_mask_grows_and_shrinks_at_its_own_edge(modules: Page, inverted: bool):
    mask = np.zeros((300, 400), np.uint8)
    mask[100:140, 200:260] = 255
    mask = 255 - mask if inverted else mask
    y, x = np.mgrid[-5:6, -5:6]
    disc = x**2 + y**2 <= 25
    assert np.array_equal(changed(modules, "M.grow(mask, 5)", mask), ndimage.grey_dilation(mask, footprint=disc))
    assert np.array_equal(changed(modules, "M.grow(mask, -5)", mask), ndimage.grey_erosion(mask, footprint=disc))


@pytest.mark.parametrize("sigma", [0.5, 1, 3, 4, 15])
def test_feather_is_nearly_gaussian(modules: Page, sigma: float):
    mask = np.zeros((160, 200), np.uint8)
    mask[60:110, 70:140] = 255
    expected = ndimage.gaussian_filter(mask.astype(float), sigma, mode="nearest")
    soft = changed(modules, f"M.feather(mask, {sigma})", mask)
    assert np.abs(soft - expected).max() < 0.03 * 255 + 1
    assert np.abs(soft - expected).mean() < 2


def test_invert_twice_is_nothing(modules: Page):
    mask = blobs()
    assert np.array_equal(changed(modules, "M.invert(mask)", mask), 255 - mask)
    assert np.array_equal(changed(modules, "M.invert(mask); M.invert(mask)", mask), mask)


@pytest.mark.parametrize("channels", [1, 4])
def test_a_patch_goes_back_and_forth(modules: Page, channels: int):
    shape = (131, 257) if channels == 1 else (131, 257, 4)
    before, after = (RANDOM.integers(0, 256, shape, np.uint8) for _ in range(2))
    after[:60] = before[:60]
    after[70:90] = 0
    script = """(() => {
        const mask = surface(given[0]), to = bytes(given[1][3]);
        const edit = new M.Edit(mask);
        for (const _ of edit.touch({left: 0, top: 0, right: mask.width, bottom: mask.height})) continue;
        mask.pixels.set(to);
        const patch = edit.finish(), seen = [];
        for (let i = 0; i < 2; i++) { patch.apply(); seen.push(text(mask.pixels)); }
        return seen;
    })()"""
    undone, redone = run(modules, script, sent(before), sent(after))
    assert base64.b64decode(undone) == before.tobytes()
    assert base64.b64decode(redone) == after.tobytes()


@pytest.mark.parametrize("length", [0, 1, 3, 4, 7, 4096, 4099])
@pytest.mark.parametrize("kind", ["zeros", "noise", "runs", "alternating"])
def test_packing_loses_nothing(modules: Page, kind: str, length: int):
    data = {
        "zeros": np.zeros(length, np.uint8),
        "noise": RANDOM.integers(0, 256, length, np.uint8),
        "runs": np.repeat(RANDOM.integers(0, 256, length // 8 + 1, np.uint8), 8)[:length],
        "alternating": np.tile(np.repeat(np.array([1, 2, 2], np.uint8), 4), length // 12 + 1)[:length],
    }[kind]
    script = "(() => { const p = M.packed(bytes(given[0])); return [p.length, text(M.unpacked(p, given[1]))]; })()"
    size, back = run(modules, script, base64.b64encode(data.tobytes()).decode(), length)
    assert base64.b64decode(back) == data.tobytes()
    assert size <= length + length // 500 + 8


def test_the_history_forgets_the_oldest_first(modules: Page):
    script = """(() => {
        const history = new M.History(100), done = [];
        const step = (name, bytes) => ({ undo: () => done.push(`-${name}`), redo: () => done.push(`+${name}`), bytes });
        for (const [name, bytes] of [["a", 40], ["b", 40], ["c", 40]]) history.push(step(name, bytes));
        while (history.undo()) continue;
        history.redo();
        history.push(step("d", 10));
        return [done, history.bytes, history.done.length, history.undone.length];
    })()"""
    assert run(modules, script) == [["-c", "-b", "+b"], 50, 2, 0]


@pytest.mark.parametrize("shape", [(70, 90), (33, 47, 4)])
def test_drawings_become_the_files_that_pillow_reads(modules: Page, shape: tuple[int, ...]):
    pixels = RANDOM.integers(0, 256, shape, np.uint8)
    script = "M.encodePng(surface(given[0])).then(async (file) => text(new Uint8Array(await file.arrayBuffer())))"
    data = base64.b64decode(run(modules, script, sent(pixels)))
    with Image.open(io.BytesIO(data)) as file:
        assert file.mode == ("L" if len(shape) == 2 else "RGBA")
        assert np.array_equal(np.asarray(file), pixels)


def test_rows_beside_the_painted_ones_are_empty(modules: Page):
    pixels = RANDOM.integers(1, 256, (5, 8), np.uint8)
    script = """M.encodePng({width: 8, height: 20, channels: 1, pixels: bytes(given[0]), top: 9})
        .then(async (file) => text(new Uint8Array(await file.arrayBuffer())))"""
    data = base64.b64decode(run(modules, script, base64.b64encode(pixels.tobytes()).decode()))
    expected = np.zeros((20, 8), np.uint8)
    expected[9:14] = pixels
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), expected)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_every_filter_of_pillows_files_is_read(modules: Page, mode: str):
    smooth = np.clip(np.add.outer(np.arange(64), np.arange(80)) + RANDOM.integers(0, 9, (64, 80)), 0, 255)
    picture = Image.merge("RGBA", [Image.fromarray(smooth.astype(np.uint8))] * 4).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    script = "M.decodePng(bytes(given[0])).then((got) => [got.width, got.height, got.channels, text(got.pixels)])"
    width, height, channels, pixels = run(modules, script, base64.b64encode(buffer.getvalue()).decode())
    assert (width, height, channels) == (80, 64, len(mode))
    assert base64.b64decode(pixels) == picture.tobytes()


@pytest.mark.parametrize("tolerance", [0, 20, 90, 255])
def test_a_fill_is_a_connected_part(modules: Page, tolerance: int):
    height, width = 60, 80
    seen = np.full((height, width, 4), 255, np.uint8)
    seen[..., :3] = ndimage.zoom(RANDOM.integers(0, 256, (6, 8, 3)), (10, 10, 1), order=1).astype(np.uint8)
    script = """(() => {
        const seen = new Uint8ClampedArray(bytes(given[0]));
        const got = M.floodRegion(seen, {width: 80, height: 60}, 11, 7, given[1], () => false);
        return [text(got.region), got.box];
    })()"""
    data, box = run(modules, script, base64.b64encode(seen.tobytes()).decode(), tolerance)
    region = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width)
    alike = (np.abs(seen.astype(int) - seen[7, 11]) <= tolerance).all(axis=2)
    parts, _ = ndimage.label(alike)
    expected = parts == parts[7, 11]
    assert np.array_equal(region == 255, expected)
    ys, xs = np.nonzero(expected)
    assert box == {"left": xs.min(), "top": ys.min(), "right": xs.max() + 1, "bottom": ys.max() + 1}


def test_colours_are_laid_over_as_porter_and_duff_say(modules: Page):
    pixels = RANDOM.integers(0, 256, (40, 40, 4), np.uint8)
    script = """(() => {
        const drawing = surface(given[0]);
        const paint = {erases: false, opacity: 0.5, colour: {red: 10, green: 200, blue: 90}};
        M.coverBox(drawing, drawing.box, paint, () => 255);
        return text(drawing.pixels);
    })()"""
    got = (
        np.frombuffer(base64.b64decode(run(modules, script, sent(pixels))), np.uint8).reshape(pixels.shape).astype(int)
    )
    under = pixels[..., 3:] / 255 * 0.5
    alpha = 0.5 + under
    colour = (np.array([10, 200, 90]) * 0.5 + pixels[..., :3] * under) / alpha
    assert np.abs(got - np.concatenate([colour, alpha * 255], axis=2)).max() <= 0.51


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("Just resize", (0, 50, 200, 150)),
        ("Crop and resize", (0, 50, 200, 150)),
        (1, (0, 50, 200, 150)),
        ("Resize and fill", (-100, 0, 300, 200)),
    ],
)
def test_the_target_rectangle_has_the_results_shape(modules: Page, mode: str | int, expected: tuple[int, ...]):
    got = run(modules, "M.targetBox({width: 200, height: 200}, 2, given[0] === 1 ? 'Crop and resize' : given[0])", mode)
    assert (got["left"], got["top"], got["right"], got["bottom"]) == expected


def test_recent_colours_stand_first_and_once(modules: Page):
    assert run(modules, "M.withRecent(['#1', '#2', '#3'], '#3', 3)") == ["#3", "#1", "#2"]
    assert run(modules, "M.withRecent(['#1', '#2', '#3'], '#4', 3)") == ["#4", "#1", "#2"]
