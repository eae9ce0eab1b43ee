"""Which script to run, with its own fields. Nothing to do here for a new script."""

from collections.abc import Iterable

import gradio as gr

from studio.domain.fields import Note
from studio.domain.registry import Registry
from studio.domain.request import ScriptCall
from studio.domain.things import Script
from studio.ui.values import QUIET, Controls, Values
from studio.ui.widgets import Options, choice, component

NONE = "None"


def build(scripts: Iterable[Script], options: Options) -> Controls:
    """Nothing is drawn where there are no scripts, but the choice is there, and says none."""
    listed = list(scripts)
    with gr.Accordion("Script", open=False, elem_classes=["fold"], visible=bool(listed)):
        chosen = choice("Script", [NONE, *(script.name for script in listed)])
        values = {"script": chosen}
        groups: list[gr.Column] = []
        for script in listed:
            with gr.Column(visible=False, elem_classes=["columns"]) as group:
                values |= {key(script, field.name): component(field, options) for field in script.fields}
            groups.append(group)

    def unfolded(name: str) -> list[gr.Column]:
        return [gr.Column(visible=script.name == name) for script in listed]

    if groups:
        chosen.change(unfolded, chosen, groups, **QUIET)
    return Controls(values=values)


def read(values: Values, scripts: Registry[Script]) -> ScriptCall | None:
    """Raises BadRequest."""
    if values["script"] in (NONE, None):
        return None
    script = scripts[values["script"]]
    args = {field.name: field.check(values[key(script, field.name)]) for field in script.fields}
    return ScriptCall(name=script.name, args=args)


def show(call: ScriptCall | None, scripts: Registry[Script]) -> Values:
    if call is None or call.name not in scripts:
        return {"script": NONE}
    script = scripts[call.name]
    inputs = {field.name for field in script.fields if not isinstance(field, Note)}
    shown = {key(script, name): value for name, value in call.args.items() if name in inputs}
    return {"script": script.name} | shown


def key(script: Script, field: str) -> str:
    return f"{script.name}.{field}"
