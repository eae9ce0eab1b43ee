"""The Settings tab, drawn from the declarations in `domain/settings.py`. A new setting needs nothing here."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import gradio as gr

from studio.domain.folder_settings import SECTION as FOLDERS
from studio.domain.settings import DECLARED, Declared, Settings, plain
from studio.ui.desk import Desk, Tab
from studio.ui.errors import shown
from studio.ui.lists import lists_of
from studio.ui.values import LOUD, QUIET
from studio.ui.widgets import component, icon_button, text_button

KEY = "settings"
APPLIED = "Settings applied. They take effect with the next job"


def build(desk: Desk) -> None:
    settings = desk.studio.settings.get()
    inputs: dict[str, Any] = {}
    with gr.Column(elem_classes=["settings"]):
        with gr.Row(elem_classes=["bar", "settings-bar"]):
            search = gr.Textbox(
                label="Search", placeholder="Search settings", interactive=True, elem_id="settings_search",
                show_label=False, elem_classes=["grow"],
            )  # fmt: skip
            defaults = text_button("undo", "Set all to default", elem_id="settings_defaults")
            apply = gr.Button("Apply settings", variant="primary", size="sm", elem_id="settings_apply", scale=0)
        for section, declared in sections():
            if section == FOLDERS and not desk.has_folders:
                continue
            with gr.Column(elem_classes=["card", "settings-section"]):
                gr.HTML(f"<h2>{section}</h2>", elem_classes=["heading"])
                for each in declared:
                    inputs[each.field.name] = build_line(desk, each, settings)
    bind(desk, inputs, apply, defaults)
    search.change(None, search, None, js="(text) => window.StudioPage?.search(text)", **QUIET)


def sections() -> Iterator[tuple[str, list[Declared]]]:
    order = list(dict.fromkeys(each.section for each in DECLARED))
    sorted_by_section = sorted(DECLARED, key=lambda each: order.index(each.section))
    for section, declared in groupby(sorted_by_section, key=lambda each: each.section):
        yield section, list(declared)


def build_line(desk: Desk, declared: Declared, settings: Settings) -> Any:
    """One setting, and the button that puts it back."""
    with gr.Row(elem_classes=["bar", "setting"], elem_id=f"setting_{declared.field.name}"):
        drawn = component(declared.field, lists_of(desk.studio), plain(getattr(settings, declared.attribute)))
        reset = icon_button("undo", f"Set {declared.field.label} to its default")
    default = plain(declared.field.default)
    reset.click(lambda: default, None, drawn, **QUIET)
    return drawn


def bind(desk: Desk, inputs: dict[str, Any], apply: gr.Button, defaults: gr.Button) -> None:
    def applied(*given: Any) -> None:
        said = dict(zip(inputs, given, strict=True))
        known = desk.studio.settings.get().as_options()
        with shown():
            desk.studio.settings.change({key: value for key, value in said.items() if value != known[key]})
        gr.Info(APPLIED)

    def current() -> list[Any]:
        known = desk.studio.settings.get().as_options()
        return [known[key] for key in inputs]

    components = list(inputs.values())
    apply.click(applied, components, None, **LOUD).success(current, None, components, **QUIET)
    usual = [plain(declared.field.default) for declared in DECLARED if declared.field.name in inputs]
    defaults.click(lambda: usual, None, components, **QUIET)
    desk.blocks.load(current, None, components, show_progress_on=apply, **QUIET)


TAB = Tab(name="Settings", key=KEY, order=90, build=build)
