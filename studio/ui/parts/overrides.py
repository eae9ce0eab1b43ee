"""Settings that a pasted text brings along, for this generation only, as chips ("Clip skip: 2") that can be removed."""

import json
from collections.abc import Mapping

import gradio as gr

from studio.domain.errors import BadRequest
from studio.domain.fields import Value
from studio.domain.settings import BY_KEY, DECLARED, plain
from studio.ui.values import Controls, Values

LABELS = {declared.infotext or declared.field.label: declared.field.name for declared in DECLARED}


def build(key: str) -> Controls:
    """Hidden as long as there is nothing to override."""
    chips = gr.Dropdown(
        [],
        value=[],
        multiselect=True,
        allow_custom_value=True,
        label="Override settings",
        interactive=True,
        visible=False,
        elem_id=f"{key}_overrides",
        elem_classes=["line", "overrides"],
    )
    return Controls(values={"overrides": chips})


def read(values: Values) -> Mapping[str, Value]:
    """By A1111's keys. Raises BadRequest for what is no setting, or no value of one."""
    found: dict[str, Value] = {}
    for chip in values["overrides"] or ():
        label, _, text = str(chip).partition(": ")
        if label not in LABELS:
            raise BadRequest(
                f"Override settings: there is no setting {label!r}", field="overrides", allowed=list(LABELS)
            )
        found[LABELS[label]] = BY_KEY[LABELS[label]].field.check(value_in(text))
    return found


def value_in(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:  # a name stands there without quotes
        return text


def show(settings: Mapping[str, Value]) -> Values:
    return {"overrides": [chip(key, value) for key, value in settings.items() if key in BY_KEY]}


def chip(key: str, value: Value) -> str:
    declared = BY_KEY[key]
    text = value if isinstance(value, str) and isinstance(value_in(value), str) else json.dumps(plain(value))
    return f"{declared.infotext or declared.field.label}: {text}"
