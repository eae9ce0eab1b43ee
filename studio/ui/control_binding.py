"""What the buttons and lists of the ControlNet units do. Another button is another `bind_` function."""

import ipaddress
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from studio.controlnet.annotator import sliders
from studio.controlnet.control_types import ALL, CONTROL_TYPES, default_model, default_preprocessor
from studio.domain.errors import PictureMissing
from studio.domain.fields import Slider
from studio.domain.geometry import Size
from studio.domain.ports import Progress
from studio.domain.request import ControlUnit, InputMode, UnionControl
from studio.domain.things import Preprocessor
from studio.imaging.control_geometry import pixel_perfect
from studio.imaging.map_resize import looks_like_strokes
from studio.imaging.masks import working_mask
from studio.planning.unions import CONTROLS
from studio.ui.canvas.paint_canvas import FLUSH
from studio.ui.canvas.painting import Painting
from studio.ui.class_binding import bind_classes
from studio.ui.control_offers import bind_offer
from studio.ui.desk import Desk
from studio.ui.errors import shown
from studio.ui.generation import Panel
from studio.ui.parcel import packed, parcel, values_in
from studio.ui.parts import mask, picture, size
from studio.ui.parts.control_pictures import SINGLE, TOLD
from studio.ui.parts.control_unit import (
    RESOLUTION,
    UNUSED,
    is_union,
    model_names,
    named,
    only,
    preprocessor_choices,
    read_unit,
)
from studio.ui.parts.controlnet import count_units, header
from studio.ui.parts.picture import Source
from studio.ui.pose_binding import bind_poses, preview_of
from studio.ui.values import EACH, LOUD, QUIET, Values
from studio.ui.widgets import hint_html

NO_PICTURE = "Give the unit a picture first: drop one on its canvas, or draw on a new canvas"

NAMED_BY = ("enabled", "type", "preprocessor")
COLUMNS = ("images", "shared", "tools", "several", "several_told", "batch")


def bind_controlnet(desk: Desk, panel: Panel, *, has_picture: bool) -> None:
    """All units of a panel, and the header that names those that are on."""
    count = count_units(panel.components)
    told: list[Any] = [panel.components[named(number, part)] for number in range(count) for part in NAMED_BY]

    def called(*given: Any) -> gr.Accordion:
        units = [given[first : first + len(NAMED_BY)] for first in range(0, len(given), len(NAMED_BY))]
        on = [f"{number} {name_of(*rest)}" for number, (is_on, *rest) in enumerate(units) if is_on]
        return gr.Accordion(label=header(on))

    gr.on([each.change for each in told], called, told, panel.controls.handles["control.fold"], **EACH)
    for number in range(count):
        bind_visibility(panel, number)
        bind_lists(desk, panel, number)
        bind_union(desk, panel, number)
        bind_name(panel, number)
        bind_run(desk, panel, number, has_picture=has_picture)
        bind_sizes(panel, number)
        bind_offer(desk, panel, number)
        bind_poses(desk, panel, number, has_picture=has_picture)
        bind_classes(desk, panel, number)


def bind_visibility(panel: Panel, number: int) -> None:
    """Each canvas stands where its switch says so."""
    own, handles = only(panel.components, number), panel.controls.handles
    for switch, column in (("allow_preview", "previews"), ("has_region", "regions")):
        component: Any = own[switch]
        component.change(stands, component, handles[named(number, column)], **EACH)
    bind_pictures(panel, number)


def bind_pictures(panel: Panel, number: int) -> None:
    """The unit's own canvas, or the fields for several pictures, or that it looks at the picture of the tab."""
    own, handles = only(panel.components, number), panel.controls.handles
    inputs = [own[name] for name in ("input_mode", "independent") if name in own]
    columns = [handles[named(number, each)] for each in COLUMNS]

    def stood(label: str, is_own: bool = True) -> list[Any]:
        is_single = label == SINGLE
        return [
            gr.Column(visible=is_single and is_own),
            gr.Column(visible=is_single and not is_own),
            gr.Row(visible=is_single),
            gr.Column(visible=not is_single),
            gr.skip() if is_single else hint_html(TOLD[InputMode(label)]),
            gr.Row(visible=label == InputMode.batch),
        ]

    gr.on([each.change for each in inputs], stood, inputs, columns, **EACH)


def stands(is_on: bool) -> gr.Column:
    return gr.Column(visible=is_on)


def bind_name(panel: Panel, number: int) -> None:
    """The tab says which type its unit has, once it is on."""
    own: dict[str, Any] = dict(only(panel.components, number))

    def called(is_on: bool, kind: str, preprocessor: str) -> gr.Tab:
        return gr.Tab(label=f"Unit {number} · {name_of(kind, preprocessor)}" if is_on else f"Unit {number}")

    inputs = [own[part] for part in NAMED_BY]
    gr.on([each.change for each in inputs], called, inputs, panel.controls.handles[named(number, "tab")], **EACH)


def name_of(kind: str, preprocessor: str) -> str:
    return kind if kind != ALL.name else preprocessor


def bind_lists(desk: Desk, panel: Panel, number: int) -> None:
    """The control type filters both lists and chooses from them; the preprocessor brings its own sliders."""
    own: dict[str, Any] = dict(only(panel.components, number))
    studio = desk.studio
    inputs = [own["resolution"], own["threshold_a"], own["threshold_b"]]

    def is_ready(preprocessor: Preprocessor) -> bool:
        return not studio.annotator.missing(preprocessor.name)

    def chosen(kind_name: str, is_perfect: bool) -> list[Any]:
        kind = CONTROL_TYPES[kind_name]
        name, models = default_preprocessor(kind, studio.preprocessors, is_ready), model_names(kind, studio)
        return [
            gr.Dropdown(choices=preprocessor_choices(kind, studio.preprocessors), value=name),
            gr.Dropdown(choices=models, value=default_model(kind, models[1:])),
            *fresh(studio.preprocessors[name], is_perfect),
        ]

    def picked(name: str, is_perfect: bool) -> list[gr.Slider]:
        return fresh(studio.preprocessors[name], is_perfect)

    def dressed(name: str, is_perfect: bool) -> list[gr.Slider]:
        return looks(studio.preprocessors[name], is_perfect)

    def refreshed(kind_name: str, model: str) -> gr.Dropdown:
        models = model_names(CONTROL_TYPES[kind_name], studio)
        return gr.Dropdown(choices=models, value=model if model in models else models[0])

    now = [own["preprocessor"], own["pixel_perfect"]]
    own["type"].input(
        chosen, [own["type"], own["pixel_perfect"]], [own["preprocessor"], own["model"], *inputs], **QUIET
    )
    own["preprocessor"].input(picked, now, inputs, **QUIET)
    gr.on([own["preprocessor"].change, own["pixel_perfect"].change], dressed, now, inputs, **EACH)
    panel.controls.handles[named(number, "refresh")].click(
        refreshed, [own["type"], own["model"]], own["model"], **QUIET
    )


def bind_union(desk: Desk, panel: Panel, number: int) -> None:
    """What the map shows stands to be chosen while the model is a ControlNet-Union; the control type chooses it too."""
    own: dict[str, Any] = dict(only(panel.components, number))

    def chosen(kind_name: str) -> str:
        return CONTROLS.get(kind_name, UnionControl.unknown).value

    def offered(model: str | None) -> gr.Dropdown:
        return gr.Dropdown(visible=is_union(model or "", desk.studio))

    own["type"].input(chosen, own["type"], own["union_control"], **QUIET)
    own["model"].change(offered, own["model"], own["union_control"], **EACH)


def fields_of(preprocessor: Preprocessor, is_perfect: bool) -> list[tuple[Slider, bool]]:
    """The resolution and two sliders, each with whether it is there."""
    own = sliders(preprocessor)
    padded = [*((field, True) for field in own), *((UNUSED, False) for _ in range(2))][:2]
    return [(RESOLUTION, preprocessor.has_resolution and not is_perfect), *padded]


def looks(preprocessor: Preprocessor, is_perfect: bool) -> list[gr.Slider]:
    """What the sliders are called and how far they go; their values stay."""
    return [
        gr.Slider(label=field.label, minimum=field.minimum, maximum=field.maximum, step=field.step, visible=is_there)
        for field, is_there in fields_of(preprocessor, is_perfect)
    ]


def fresh(preprocessor: Preprocessor, is_perfect: bool) -> list[gr.Slider]:
    """The same, at their defaults."""
    return [
        gr.Slider(
            value=preprocessor.resolution if field is RESOLUTION else field.default,
            label=field.label,
            minimum=field.minimum,
            maximum=field.maximum,
            step=field.step,
            visible=is_there,
        )
        for field, is_there in fields_of(preprocessor, is_perfect)
    ]


def bind_run(desk: Desk, panel: Panel, number: int, *, has_picture: bool) -> None:
    """Makes the map, on the device and before the jobs that wait, and shows it beside the picture."""
    own, sent = only(panel.components, number), parcel()

    def made(given: Values | None) -> list[Any]:
        with shown():
            values = values_in(given, panel.packed)
            return [preview_of(detected(desk, values, number, has_picture=has_picture)), True]

    press = packed(panel.controls.handles[named(number, "run")].click, panel.packed, sent)
    event = press.success(made, sent, [own["preview"], own["allow_preview"]], **LOUD)
    bind_fetch(desk, panel, number, event)


def bind_fetch(desk: Desk, panel: Panel, number: int, event: Any) -> None:
    """Where weights are missing, a user at the machine itself is asked, once, whether to download them."""
    handles = panel.controls.handles
    row, told = handles[named(number, "missing")], handles[named(number, "told")]
    preprocessor: Any = panel.components[named(number, "preprocessor")]

    def asked(name: str, request: gr.Request) -> list[Any]:
        missing = desk.studio.annotator.missing(name)
        return [gr.Row(visible=bool(missing) and may_bring(desk, request)), ask_html(missing)]

    def fetched(name: str, request: gr.Request) -> Iterator[list[Any]]:
        if not may_bring(desk, request):
            return
        with shown():
            for words in fetching(desk, name):
                yield [gr.skip(), words]
        yield [gr.Row(visible=False), ""]

    event.failure(asked, preprocessor, [row, told], **QUIET)
    preprocessor.change(lambda: gr.Row(visible=False), None, row, **EACH)
    handles[named(number, "fetch")].click(fetched, preprocessor, [row, told], **LOUD)


def may_bring(desk: Desk, request: gr.Request) -> bool:
    return desk.downloads is not None or is_at_the_machine(request)


def is_at_the_machine(request: gr.Request) -> bool:
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ask_html(missing: Sequence[str]) -> str:
    return f'<span class="hint">Not here yet: {escape(", ".join(missing))}</span>'


def fetching(desk: Desk, name: str) -> Iterator[str]:
    """How far the download is, again and again, until it is done. Raises StudioError."""
    news: queue.Queue[str | None] = queue.Queue()

    def tell(file: str, here: int, whole: int) -> None:
        share = f" {100 * here // whole} %" if whole else f" {here >> 20} MB"
        news.put(f'<span class="hint">{escape(file)}{share}</span>')

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(desk.studio.annotator.fetch, name, tell)
        work.add_done_callback(lambda _: news.put(None))
        while (words := news.get()) is not None:
            yield words
        work.result()


def detected(desk: Desk, values: Values, number: int, *, has_picture: bool) -> Image.Image:
    """What a unit's preprocessor makes of its picture. Raises PictureMissing, ModelMissing, BrokenFile."""
    asked = {**values, named(number, "preview_as_input"): False}
    unit = with_first(read_unit(asked, number, desk.documents, has_picture=has_picture))
    redrawn = picture.source(values) if has_picture and unit.image is None else None
    image = looked_at(unit, redrawn and redrawn.image)
    masked = mask_of(values, redrawn) if redrawn else unit.mask
    resolution = unit.resolution
    if unit.pixel_perfect:
        resolution = pixel_perfect(Size(*image.size), unit.resize_mode, size.read({**values, "size_by": size.TO}))
    arguments = {"threshold_a": unit.threshold_a, "threshold_b": unit.threshold_b}

    def work(progress: Progress) -> Image.Image:
        return desk.studio.detect(unit.preprocessor, image, resolution, arguments, masked)

    return desk.jobs.do(work).result()


def mask_of(values: Values, redrawn: Source) -> Image.Image | None:
    """The tab's own mask as it acts: turned round where that is wished for."""
    asked = mask.read(values, redrawn.mask, rounded=redrawn.rounded)
    return asked and working_mask(asked, Size(*redrawn.image.size))


def with_first(unit: ControlUnit) -> ControlUnit:
    """Of several pictures the first stands for all."""
    if unit.several is None or not unit.several.images:
        return unit
    return replace(unit, image=unit.several.images[0], mask=next(iter(unit.several.masks), None))


def looked_at(unit: ControlUnit, redrawn: Image.Image | None) -> Image.Image:
    """As when a picture is made: the strokes where there are some, else the unit's own picture, else the redrawn."""
    image = unit.image or redrawn
    if unit.mask is not None and looks_like_strokes(unit.mask) and not unit.preprocessor.startswith("inpaint"):
        image = unit.mask
    if image is None:
        raise PictureMissing(NO_PICTURE)
    return image.convert("RGB")


def bind_sizes(panel: Panel, number: int) -> None:
    """A new white canvas as large as what is drawn, and the other way round: a picture's size for what is drawn."""
    own = only(panel.components, number)
    width, height = panel.components["width"], panel.components["height"]

    def blank(across: float, down: float) -> Image.Image:
        return Image.new("RGB", (int(across), int(down)), "white")

    def sent(painting: Painting | None) -> list[Any]:
        return [gr.skip()] * 2 if painting is None else [eighths(side) for side in painting.size]

    made = panel.controls.handles[named(number, "blank")].click(blank, [width, height], own["image"], **LOUD)
    if "independent" in own:
        made.success(lambda: True, None, own["independent"], **QUIET)
    panel.controls.handles[named(number, "send")].click(sent, own["image"], [width, height], js=FLUSH, **LOUD)


def eighths(side: int) -> int:
    """The nearest multiple of 8, the lower one when in doubt."""
    return max(8, side - side % 8 + (8 if side % 8 > 4 else 0))
