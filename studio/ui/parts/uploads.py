"""Files that are put into the tab Batch. The studio keeps them by their content, so that they are still there after a
reload of the page and a stop of the server; what the page holds is their list, as JSON.
"""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from studio.store.documents import Documents
from studio.ui.icons import svg
from studio.ui.values import QUIET, Controls

REMOVING = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-number]');
  if (button) trigger('select', { number: Number(button.dataset.number) });
});
"""
ALL = -1


class Upload(NamedTuple):
    """`key`: of the document store."""

    name: str
    key: str


def build(documents: Documents, name: str, elem_id: str) -> Controls:
    """The box to drop files into, and below it what is there already: the value of this name."""
    box = gr.File(label="Pictures", file_count="multiple", file_types=["image"], height=110, interactive=True)
    there = gr.Textbox("", label="Kept pictures", visible="hidden", interactive=True)
    shown = gr.HTML("", elem_classes=["uploads-box"], elem_id=elem_id, js_on_load=REMOVING)

    def put(paths: list[str] | None, text: str) -> list[Any]:
        return [None, with_files(text, [Path(path) for path in paths or ()], documents)]

    def removed(text: str, event: gr.EventData) -> str:
        return without(text, int(event.number))

    box.upload(put, [box, there], [box, there], **QUIET)
    shown.select(removed, there, there, **QUIET)
    there.change(list_html, there, shown, **QUIET)
    return Controls(values={name: there})


def listed(text: str) -> list[Upload]:
    """Names are names only, whatever a browser sends."""
    return [Upload(Path(str(name)).name, str(key)) for name, key in json.loads(text or "[]")]


def with_files(text: str, paths: Sequence[Path], documents: Documents) -> str:
    """What was there already, and these files; the same file under the same name is there once."""
    found = listed(text)
    found += [Upload(path.name, documents.keep(path.read_bytes())) for path in paths]
    return json.dumps(list(dict.fromkeys(found)))


def without(text: str, number: int) -> str:
    """All but one, or nothing for `ALL`."""
    left = [] if number == ALL else [each for index, each in enumerate(listed(text)) if index != number]
    return json.dumps(left) if left else ""


def list_html(text: str) -> str:
    found = listed(text)
    if not found:
        return ""
    items = "".join(
        f'<li><span title="{escape(each.name)}">{escape(each.name)}</span><button type="button" '
        f'data-number="{number}" aria-label="Remove {escape(each.name)}">{svg("close", 12)}</button></li>'
        for number, each in enumerate(found)
    )
    count = f"{len(found)} picture{'' if len(found) == 1 else 's'}"
    return (
        f'<div class="uploads"><p><b>{count}</b><button type="button" data-number="{ALL}">Remove all</button></p>'
        f"<ul>{items}</ul></div>"
    )
