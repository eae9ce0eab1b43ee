"""One ControlNet unit as widgets, and back. A parameter is a component in a `build_` function, a line in `read_unit`
and one in `show_unit`. Its value is named "control.<number>.<name>".
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from studio.catalog.controlnets import ControlKind, ControlNet, is_fitting
from studio.controlnet.control_types import ALL, CONTROL_TYPES, NONE, ControlType, models_of, preprocessors_of
from studio.domain.fields import Slider
from studio.domain.registry import Registry
from studio.domain.request import ControlMode, ControlUnit, HiresOption, ResizeMode, UnionControl
from studio.domain.things import Preprocessor
from studio.planning.installed import pick_checkpoint
from studio.store.documents import Documents
from studio.studio import Studio
from studio.ui.canvas.paint_canvas import PaintCanvas
from studio.ui.canvas.painting import CanvasMode, Painting
from studio.ui.parts import control_pictures
from studio.ui.values import Components, Controls, Values, real, whole
from studio.ui.widgets import check, choice, hint, icon_button, segments, slider, text_button

RESIZE_MODES = {
    "Just Resize": ResizeMode.stretch,
    "Crop and Resize": ResizeMode.crop,
    "Resize and Fill": ResizeMode.fill,
}
RESOLUTION = Slider(name="resolution", label="Resolution", minimum=64, maximum=2048, step=8, default=512)
UNUSED = Slider(name="unused", label="Threshold", minimum=-1, maximum=255, step=0.001, default=-1.0)
"""In the place of a slider that the preprocessor does not have."""


def named(number: int, name: str) -> str:
    return f"control.{number}.{name}"


def build_unit(
    key: str, number: int, studio: Studio, documents: Documents, *, has_picture: bool, has_folders: bool
) -> Controls:
    """Handles: `control.<number>.run`, `.refresh`, `.send`, `.blank` (buttons), and the columns of canvases."""
    switches = build_switches(has_picture)
    kind = gr.Radio(
        CONTROL_TYPES.names(), value=ALL.name, label="Control Type", interactive=True, elem_classes=["chips"]
    )
    input_mode = control_pictures.build_mode()
    with gr.Column(elem_classes=["unit-body"]):
        with gr.Column(elem_classes=["unit-pictures"], min_width=0):
            drawn = build_canvases(f"{key}_control_{number}", documents, has_picture)
            drawn |= control_pictures.build(f"{key}_control_{number}", documents, has_folders=has_folders)
        with gr.Column(elem_classes=["unit-values"], min_width=0):
            drawn |= build_values(studio)
    with gr.Row(elem_classes=["halves"]):
        mode = segments("Control Mode", [each.value for each in ControlMode], ControlMode.balanced.value, "wide")
        resize = segments("Resize Mode", list(RESIZE_MODES), "Crop and Resize")
    values: dict[str, Component] = {**switches, "type": kind, "input_mode": input_mode, **drawn.values}
    values |= {"mode": mode, "resize_mode": resize}
    if not has_picture:
        values["hires_option"] = segments("Hires-Fix Option", [each.value for each in HiresOption])
    return Controls(
        values={named(number, name): component for name, component in values.items()},
        handles={named(number, name): handle for name, handle in drawn.handles.items()},
    )


def build_switches(has_picture: bool) -> dict[str, Component]:
    with gr.Row(elem_classes=["bar", "unit-switches"]):
        switches: dict[str, Component] = {
            "enabled": check("Enable", False, "switch"),
            "pixel_perfect": check("Pixel Perfect", True, "check-chip"),
            "low_vram": check("Low VRAM", False, "check-chip"),
            "allow_preview": check("Allow Preview", False, "check-chip"),
            "preview_as_input": check("Preview as Input", False, "check-chip"),
            "has_region": check("Effective Region Mask", False, "check-chip"),
        }
        if has_picture:
            switches["independent"] = check("Upload independent control image", False, "check-chip")
            switches["cropped"] = check("Crop input image based on A1111 mask", True, "check-chip")
    return switches


def build_canvases(key: str, documents: Documents, has_picture: bool) -> Controls:
    with gr.Column(visible=has_picture, min_width=0) as shared:
        hint("The unit looks at the picture of this tab")
    with gr.Row(elem_classes=["pair"]):
        with gr.Column(visible=not has_picture, min_width=0) as images:
            image = canvas(documents, CanvasMode.mask, f"{key}_image", "Control image")
        with gr.Column(visible=False, min_width=0) as previews:
            preview = canvas(documents, CanvasMode.sketch, f"{key}_preview", "Preview")
        with gr.Column(visible=False, min_width=0) as regions:
            region = canvas(documents, CanvasMode.mask, f"{key}_region", "Effective region")
    with gr.Row(elem_classes=["bar"]) as tools:
        blank = icon_button("edit", "New canvas to draw on")
        send = icon_button("ruler", "Send the picture's size to width and height")
        editors = {**build_pose_tools(key), **build_class_tools(key)}
    return Controls(
        values={"image": image, "preview": preview, "region": region},
        handles={
            "shared": shared,
            "images": images,
            "previews": previews,
            "regions": regions,
            "tools": tools,
            "blank": blank,
            "send": send,
            **editors,
        },
    )


def build_pose_tools(key: str) -> dict[str, Any]:
    """Stand while the unit looks for poses. Nobody presses `poses_sent`: the editor does."""
    with gr.Row(visible=False, elem_classes=["bar"]) as tools:
        edit = text_button("edit", "Edit pose", elem_id=f"{key}_edit_pose")
        new = text_button("figure", "New pose", elem_id=f"{key}_new_pose")
    sent = gr.Button("Take up the poses", visible="hidden", elem_id=f"{key}_poses")
    return {"pose_tools": tools, "edit_pose": edit, "new_pose": new, "poses_sent": sent}


def build_class_tools(key: str) -> dict[str, Any]:
    """Stand while the unit looks at classes. Nobody presses `classes_sent`: the painter does."""
    with gr.Row(visible=False, elem_classes=["bar"]) as tools:
        paint = text_button("classes", "Paint classes", elem_id=f"{key}_paint_classes")
    sent = gr.Button("Take up the map", visible="hidden", elem_id=f"{key}_classes_sent")
    return {"class_tools": tools, "paint_classes": paint, "classes_sent": sent}


def canvas(documents: Documents, mode: CanvasMode, elem_id: str, label: str) -> PaintCanvas:
    classes = ["canvas", "canvas-small"]
    return PaintCanvas(documents, mode=mode, elem_id=elem_id, label=label, small=True, elem_classes=classes)


def build_values(studio: Studio) -> Controls:
    with gr.Row(elem_classes=["bar"]):
        preprocessor = gr.Dropdown(
            preprocessor_choices(ALL, studio.preprocessors),
            value="none",
            label="Preprocessor",
            elem_classes=["line"],
            interactive=True,
        )
        run = icon_button("run", "Run preprocessor")
    with gr.Row(visible=False, elem_classes=["bar", "unit-missing"]) as missing:
        told = gr.HTML()
        fetch = text_button("save", "Download")
    with gr.Row(elem_classes=["bar"]):
        model = choice("Model", model_names(ALL, studio), NONE)
        refresh = icon_button("refresh", "Refresh models")
    with gr.Row(visible=False, elem_classes=["bar", "unit-missing"]) as offer:
        offer_told = gr.HTML()
        offer_bring = text_button("save", "Download model")
    values: dict[str, Component] = {
        "preprocessor": preprocessor,
        "model": model,
        "union_control": choice("Union Control Type", list(UnionControl), UnionControl.unknown.value, visible=False),
        "weight": slider("Control Weight", 0, 2, 1, 0.05),
        "start": slider("Starting Control Step", 0, 1, 0, 0.01),
        "end": slider("Ending Control Step", 0, 1, 1, 0.01),
        "resolution": slider(RESOLUTION.label, 64, 2048, 512, 8, visible=False),
        "threshold_a": slider("Threshold A", UNUSED.minimum, UNUSED.maximum, -1, 0.001, visible=False),
        "threshold_b": slider("Threshold B", UNUSED.minimum, UNUSED.maximum, -1, 0.001, visible=False),
    }
    handles = {"run": run, "refresh": refresh, "missing": missing, "told": told, "fetch": fetch}
    handles |= {"offer": offer, "offer_told": offer_told, "offer_bring": offer_bring}
    return Controls(values=values, handles=handles)


def preprocessor_choices(kind: ControlType, preprocessors: Registry[Preprocessor]) -> list[tuple[str, str]]:
    return [(each.label, each.name) for each in preprocessors_of(kind, preprocessors)]


def model_names(kind: ControlType, studio: Studio) -> list[str]:
    """Of a type those that fit the checkpoint; for All everything that can be used with some checkpoint."""
    usable = [each for each in studio.controlnets() if not each.problem]
    fitting = usable if kind is ALL else fitting_nets(usable, studio)
    return models_of(kind, [each.name for each in fitting])


def is_union(model: str, studio: Studio) -> bool:
    nets = studio.controlnets()
    return model in nets and nets[model].kind is ControlKind.union


def fitting_nets(usable: Sequence[ControlNet], studio: Studio) -> list[ControlNet]:
    name, checkpoints = studio.settings.get().checkpoint, studio.checkpoints()
    if not any(not each.problem for each in checkpoints) or (name and name not in checkpoints):
        return list(usable)
    checkpoint = pick_checkpoint(name, checkpoints)
    return [each for each in usable if is_fitting(each, checkpoint)]


def read_unit(values: Values, number: int, documents: Documents, *, has_picture: bool) -> ControlUnit:
    """Whether it is enabled or not. Raises BrokenFile, BadRequest, UnknownName."""
    own: dict[str, Any] = {name: values[named(number, name)] for name in names_of(values, number)}
    several = control_pictures.read(own, documents)
    is_own = own.get("independent", True) and not several
    painting: Painting | None = own.get("image") if is_own else None
    preview: Painting | None = own.get("preview") if own["preview_as_input"] and not several else None
    image = preview.composite() if preview else painting.picture() if painting else None
    return ControlUnit(
        preprocessor="none" if preview else str(own["preprocessor"] or "none"),
        model=str(own["model"] or NONE),
        weight=real(own, "weight"),
        image=image,
        mask=painting.mask() if painting and not preview else None,
        resize_mode=RESIZE_MODES[own["resize_mode"]],
        resolution=whole(own, "resolution"),
        threshold_a=real(own, "threshold_a"),
        threshold_b=real(own, "threshold_b"),
        start=real(own, "start"),
        end=real(own, "end"),
        pixel_perfect=bool(own["pixel_perfect"]),
        mode=ControlMode(own["mode"]),
        low_vram=bool(own["low_vram"]),
        cropped_to_mask=bool(own.get("cropped", True)),
        hires_option=HiresOption(own.get("hires_option", HiresOption.both)),
        region=read_region(own) if own["has_region"] else None,
        weights=(),
        shows_map=True,
        union_control=UnionControl(own["union_control"]),
        several=several,
    )


def names_of(values: Values, number: int) -> list[str]:
    prefix = named(number, "")
    return [name.removeprefix(prefix) for name in values if name.startswith(prefix)]


def read_region(own: Values) -> Any:
    """What is painted, or a picture that is a mask itself (white: here)."""
    region: Painting | None = own.get("region")
    if region is None:
        return None
    return region.mask() or region.picture().convert("L")


def show_unit(unit: ControlUnit, number: int, preprocessors: Registry[Preprocessor], *, has_picture: bool) -> Values:
    """Pictures only where the unit has one: from a text it has none, and what lies on the canvas stays."""
    known = next((each for each in preprocessors if unit.preprocessor in (each.name, each.label)), None)
    resize = next((label for label, mode in RESIZE_MODES.items() if mode is unit.resize_mode), "Crop and Resize")
    shown: dict[str, Any] = {
        "enabled": True,
        "type": known.types[0] if known and len(known.types) == 1 else ALL.name,
        "preprocessor": known.name if known else "none",
        "model": unit.model,
        "weight": unit.weight,
        "start": unit.start,
        "end": unit.end,
        "resolution": unit.resolution if unit.resolution > 0 else 512,
        "threshold_a": unit.threshold_a,
        "threshold_b": unit.threshold_b,
        "pixel_perfect": unit.pixel_perfect,
        "low_vram": unit.low_vram,
        "mode": unit.mode.value,
        "resize_mode": resize,
        "union_control": unit.union_control.value,
        "preview_as_input": False,
        "has_region": unit.region is not None,
        **control_pictures.show(unit.several),
    }
    if has_picture:
        shown |= {"independent": unit.image is not None, "cropped": unit.cropped_to_mask}
    else:
        shown["hires_option"] = unit.hires_option.value
    if unit.image is not None:
        shown["image"] = {"image": unit.image, "mask": unit.mask}
    if unit.region is not None:
        shown["region"] = unit.region
    return {named(number, name): value for name, value in shown.items()}


def only(components: Components, number: int) -> Components:
    """The unit's own components, by their short names."""
    prefix = named(number, "")
    return {name.removeprefix(prefix): each for name, each in components.items() if name.startswith(prefix)}
