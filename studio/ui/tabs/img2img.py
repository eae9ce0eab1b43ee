"""The img2img tab. A parameter belongs to one of the parts, or to `to_request` and `show_request` here."""

from collections.abc import Iterator

import gradio as gr
from PIL import Image

from studio.domain.errors import BadRequest, BrokenFile, StudioError
from studio.domain.geometry import Size
from studio.domain.request import ControlUnit, GenerationRequest, ResizeMode
from studio.planning.control_batches import count_runs, has_loopback, units_of_run
from studio.store.documents import Documents
from studio.ui.binding import bind_all
from studio.ui.control_binding import bind_controlnet
from studio.ui.desk import Desk, Place, Tab
from studio.ui.generation import Asked, Panel, hidden
from studio.ui.lists import checkpoint_titles, lists_of
from studio.ui.parts import (
    batch,
    controlnet,
    folder,
    mask,
    overrides,
    picture,
    presets,
    prompt,
    refiner,
    regions,
    request,
    result,
    sampling,
    script,
    size,
    soft,
    strength,
)
from studio.ui.parts.own_parameters import with_own_parameters
from studio.ui.parts.picture import Source
from studio.ui.parts.places import made_folder
from studio.ui.paste import bind_carried
from studio.ui.region_binding import bind_regions
from studio.ui.tabs.img2img_canvas import bind_canvases
from studio.ui.tabs.img2img_crop import bind_enlarge
from studio.ui.tabs.img2img_edit import bind_edit, build_edit
from studio.ui.tabs.img2img_size import bind_sizes
from studio.ui.tabs.img2img_told import bind_told
from studio.ui.values import Controls, Names, Values
from studio.ui.widgets import chip, choice, hint, text_button

KEY = "img2img"
COPIED = picture.MODES[:4]
INVITATION = "Put a picture on the canvas, say what it should become, press <b>Generate</b>."


def to_request(values: Values, names: Names) -> GenerationRequest:
    """Raises PictureMissing, BrokenFile, BadRequest."""
    return request_of(values, names, picture.source(values))


def request_of(
    values: Values, names: Names, given: Source, units: tuple[ControlUnit, ...] | None = None
) -> GenerationRequest:
    """`units`: those of the page, unless they are given."""
    return request.assemble(
        values,
        names,
        size.read(values, Size(*given.image.size)),
        init=picture.read(values, given),
        mask=mask.read(values, given.mask, rounded=given.rounded),
        refiner=refiner.read(values),
        controls=controlnet.read(values, names.documents, has_picture=True) if units is None else units,
        regions=regions.read(values),
    )


def show_request(given: GenerationRequest, names: Names) -> Values:
    return {
        **request.show(given, names),
        **refiner.show(given.refiner),
        **controlnet.show(given.controls, names.control_units, names.preprocessors, has_picture=True),
        **(picture.show(given.init, given.mask) if given.init else {}),
        **(mask.show(given.mask) if given.mask else {}),
    }


def base_request(values: Values, names: Names) -> GenerationRequest:
    """With an empty picture and mask, so that whatever a text says about them finds its place."""
    empty = Source(image=Image.new("RGB", (8, 8)), mask=Image.new("L", (8, 8)))
    return request.assemble(
        values,
        names,
        size.read({**values, "size_by": size.TO}),
        init=picture.read(values, empty),
        mask=mask.read(values, empty.mask, rounded=True),
        controls=controlnet.read(controlnet.without_pictures(values), names.documents, has_picture=True),
    )


def show_parameters(given: GenerationRequest, names: Names) -> Values:
    """All but the pictures, which stay as they are."""
    shown = show_request(given, names)
    return {name: value for name, value in shown.items() if name != "mode" and not name.startswith("picture.")}


def build(desk: Desk) -> None:
    studio = desk.studio
    with gr.Column(elem_classes=["workspace", KEY]):
        styles = [style.name for style in studio.installed().styles]
        drawn = prompt.build(KEY, studio.count_tokens, styles, studio.interrogators.names())
        drawn |= build_canvas(desk)
        with gr.Column(elem_classes=["area-controls", "card", "controls-i2i"]):
            drawn |= build_controls(desk)
        with gr.Column(elem_classes=["area-more"]):
            drawn |= overrides.build(KEY)
            drawn |= controlnet.build(KEY, studio, desk.documents, has_picture=True, has_folders=desk.has_folders)
            drawn |= regions.build(KEY, desk.documents, has_picture=True)
            drawn |= soft.build()
            drawn |= mask.build_rarer()
            drawn |= refiner.build(checkpoint_titles(studio))
            drawn |= script.build([each for each in studio.scripts if each.is_img2img], lists_of(studio))
        outcome = result.build(
            KEY, INVITATION, [mode.name for mode in picture.MODES], desk.studio.settings.get().control_units
        )
    panel = Panel(
        key=KEY,
        controls=drawn,
        result=outcome,
        mode=hidden(),
        requests=lambda values: asked(values, desk.names, desk.documents),
        base=lambda values: base_request(values, desk.names),
        show=lambda given: show_parameters(given, desk.names),
    )
    desk.places.extend(place_of(panel, mode) for mode in picture.MODES)
    bind_all(desk, panel)
    bind_sizes(desk, panel)
    bind_edit(desk, panel)
    presets.bind(panel.components, drawn)
    bind_enlarge(desk, panel)
    bind_told(panel)
    bind_carried(desk, panel, drawn.handles["carried"])
    bind_canvases(desk, panel)
    bind_controlnet(desk, panel, has_picture=True)
    bind_regions(panel, has_picture=True)


def place_of(panel: Panel, mode: picture.Mode) -> Place:
    return Place(
        name=mode.name,
        page=KEY,
        mode=mode.key,
        canvas=panel.components[mode.picture],
        components=panel.kept,
        typed=panel.controls.handles["typed"],
        base=panel.base,
        show=panel.show,
    )


def asked(values: Values, names: Names, documents: Documents) -> Iterator[Asked]:
    """One job; on the tab Batch, one for each file."""
    if values["mode"] != picture.BATCH.key:
        yield Asked(request=to_request(values, names), note=note(values))
        return
    output, fixed = made_folder(values, "batch_output", "Output directory"), folder.fixed_seed(values)
    units = controlnet.read(values, documents, has_picture=True)
    check_loopback(units)
    for place, item in enumerate(folder.items(values, documents)):
        request = of_file(item, place, units, fixed, names)
        yield Asked(request=request, name=item.name, settings=folder.kept_as(output, item.name))


def check_loopback(units: tuple[ControlUnit, ...]) -> None:
    if has_loopback(units):
        message = (
            "Batch Loopback: each file of the tab Batch is a job of its own, which sees no other's result. Turn it off,"
            " or redraw one picture on another tab"
        )
        raise BadRequest(message, field="loopback")


def of_file(
    item: folder.Item, place: int, units: tuple[ControlUnit, ...], values: Values, names: Names
) -> GenerationRequest | StudioError:
    """What redraws one file of a batch, with the pictures of the units' batches in its place; or why it is left out."""
    if item.problem or item.image is None:
        return item.problem or BrokenFile("it is no picture")
    runs = count_runs(units)
    if runs and place >= runs:
        return BadRequest(f"the batch of a ControlNet unit has {runs} pictures only", field="batch_images")
    try:
        source = Source(image=item.image, mask=item.mask, rounded=False)
        request = request_of(values, names, source, units_of_run(units, place, None))
        return with_own_parameters(request, item.path, item.name, values)
    except StudioError as error:
        return error


def note(values: Values) -> str:
    """An Inpaint tab on which nothing was painted is plain img2img, and says so."""
    if values["mode"] == picture.UPLOAD.key:
        is_masked = values["picture.upload_mask"] is not None
    else:
        painting = values[picture.BY_KEY[values["mode"]].picture]
        paints = values["mode"] in (picture.INPAINT.key, picture.INPAINT_SKETCH.key)
        is_masked = not paints or (painting is not None and painting.drawing_key is not None)
    return "" if is_masked else picture.NOTHING_MASKED


def build_canvas(desk: Desk) -> Controls:
    """Handles: sizes (the text under the canvas), carried, enlarge, and `copy.<mode>`."""
    with gr.Column(elem_classes=["area-canvas"]):
        drawn = picture.build(desk.documents, has_folders=desk.has_folders)
        drawn |= mask.build()
        with gr.Row(elem_classes=["bar", "under-canvas"]):
            sizes = gr.HTML(size.way_of(("out", desk.studio.native_size())), elem_classes=["sizes-box"])
            carried = chip("Use its parameters", "carried", visible=False, elem_id="use_its_parameters")
            enlarge = text_button("upscale", "Enlarge and redraw", "only-mask", elem_id="img2img_enlarge")
            hint("Copy image to:", "copy-to")
            copies = {f"copy.{mode.key}": chip(mode.name, "copy-to", elem_id=f"copy_to_{mode.key}") for mode in COPIED}
    return drawn | Controls(handles={"sizes": sizes, "carried": carried, "enlarge": enlarge, **copies})


def build_controls(desk: Desk) -> Controls:
    studio = desk.studio
    with gr.Column(elem_classes=["group"]):
        drawn = strength.build(KEY) | presets.build()
    with gr.Column(elem_classes=["group"]):
        drawn |= size.build(KEY, studio.native_size(), has_picture=True)
        drawn |= Controls(values={"resize_mode": choice("Resize mode", [mode.value for mode in ResizeMode])})
    with gr.Column(elem_classes=["group"]):
        drawn |= sampling.build(studio.samplers.names(), [schedule.label for schedule in studio.schedules])
        drawn |= build_edit(studio)
    with gr.Column(elem_classes=["group"]):
        drawn |= sampling.build_seed(KEY)
        drawn |= batch.build()
        drawn |= sampling.build_extra_seed(KEY)
    return drawn


TAB = Tab(name="img2img", key=KEY, order=20, build=build)
