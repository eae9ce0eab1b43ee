"""The upper part of the Models tab: models from elsewhere, by what people type or by one click on a known one.

How far a download is, is a function of `catalog/downloads.py`; the timer runs only while something is on its way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from studio.catalog.downloads import Download, Downloads, DownloadState
from studio.catalog.known import Known, is_here, names_by_kind
from studio.domain.errors import StudioError
from studio.ui.desk import Desk
from studio.ui.download_text import known_text, state_text
from studio.ui.errors import shown
from studio.ui.values import LOUD, QUIET

POLL = 0.7  # seconds
CLICKS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-ask]');
  if (!button || button.disabled) return;
  button.disabled = true;
  trigger('select', { ask: button.dataset.ask });
});
"""
HOW = "owner/name of huggingface.co, owner/name/file.safetensors, or an address that begins with https://"
OFF = (
    "Bringing models from this page is switched off while the studio answers other machines too; "
    "start it with --allow-downloads to switch it on. Until then put files into the folders named below"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Adding:
    """`arrived` counts the files that have come, for whoever lists them."""

    looked: Any
    outputs: Sequence[Any]
    arrived: gr.Number


def build_add(desk: Desk) -> Adding | None:
    """None where the page may not bring models."""
    with gr.Accordion("Add a model", open=False, elem_classes=["fold"], elem_id="models_add"):
        if desk.downloads is None:
            gr.HTML(f'<p class="hint">{escape(OFF)}</p>')
            return None
        with gr.Row(elem_classes=["bar", "models-bar"]):
            named = gr.Textbox(
                label="Model to add", placeholder=HOW, interactive=True, show_label=False, elem_id="models_source",
                elem_classes=["grow"],
            )  # fmt: skip
            start = gr.Button("Download", variant="primary", size="sm", scale=0, elem_id="models_download")
        coming = gr.HTML("", elem_id="models_coming", js_on_load=CLICKS)
        offers = gr.HTML("", elem_id="models_known", js_on_load=CLICKS)
    return bind_add(desk.downloads, named, start, coming, offers)


def bind_add(downloads: Downloads, named: Any, start: Any, coming: Any, offers: Any) -> Adding:
    timer = gr.Timer(POLL, active=False)
    arrived = gr.Number(0, visible="hidden", precision=0)  # a State that changes outside the queue tells nobody
    outputs = [coming, offers, timer, arrived]

    def looked() -> list[Any]:
        return [*ticked(-1)]

    def ticked(known: int) -> list[Any]:
        """The list of known models only where a file has come since."""
        every = downloads.list()
        done = sum(each.state is DownloadState.done for each in every)
        known_html = offers_html(downloads) if done != known else gr.skip()
        return [coming_html(every), known_html, gr.Timer(active=downloads.is_busy()), done]

    def typed(text: str | None) -> list[Any]:
        downloads.add(text or "")
        return [*looked(), ""]

    def clicked(event: gr.EventData) -> list[Any]:
        with shown():
            ask(downloads, str(event.ask))
        return looked()

    gr.on([start.click, named.submit], typed, named, [*outputs, named], **QUIET)
    coming.select(clicked, None, outputs, **LOUD)
    offers.select(clicked, None, outputs, **LOUD)
    timer.tick(ticked, arrived, outputs, **QUIET)
    return Adding(looked=looked, outputs=outputs, arrived=arrived)


def ask(downloads: Downloads, what: str) -> None:
    """Of a button: "cancel:<number>" or "known:<file>". Raises StudioError."""
    verb, _, name = what.partition(":")
    if verb == "cancel" and name.isdigit():
        downloads.cancel(int(name))
    elif verb == "known":
        downloads.add_known(name)
    else:
        raise StudioError(f"There is nothing to do for {what!r}")


def coming_html(downloads: Sequence[Download]) -> str:
    rows = "".join(coming_row(each) for each in downloads)
    return f'<ul class="models-coming" aria-label="Downloads">{rows}</ul>' if rows else ""


def coming_row(download: Download) -> str:
    is_over = download.state.is_over
    more = "" if is_over else button_html(f"cancel:{download.number}", "Cancel") + track_html(download)
    return (
        f'<li class="models-way is-{download.state}"><b>{escape(download.title)}</b>'
        f"<span>{escape(state_text(download))}</span>{more}</li>"
    )


def track_html(download: Download) -> str:
    share = download.here / download.whole if download.whole else 0.0
    return (
        f'<div class="models-track" role="progressbar" aria-label="{escape(download.title, quote=True)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{100 * share:.0f}"><i style="width:{share:.1%}"></i>'
        "</div>"
    )


def offers_html(downloads: Downloads) -> str:
    """The known models, kind by kind, each with its button, or told to be here."""
    names = names_by_kind(downloads.places)
    kinds = dict.fromkeys(each.kind for each in downloads.known)
    parts = "".join(
        kind_html(str(kind), [(each, is_here(each, names)) for each in downloads.known if each.kind is kind], downloads)
        for kind in kinds
    )
    return f'<div class="models-offers"><h3>Known good models</h3>{parts}</div>' if parts else ""


def kind_html(kind: str, offers: Sequence[tuple[Known, bool]], downloads: Downloads) -> str:
    here = sum(is_installed for _, is_installed in offers)
    rows = "".join(offer_row(known, downloads, is_installed) for known, is_installed in offers)
    return (
        f"<details><summary>{escape(kind)} <span>{here} of {len(offers)} here</span></summary>"
        f'<ul class="models-rows">{rows}</ul></details>'
    )


def offer_row(known: Known, downloads: Downloads, is_installed: bool) -> str:
    source = escape(known.source(downloads.hub), quote=True)
    button = (
        '<span class="state is-good">Here</span>' if is_installed else button_html(f"known:{known.file}", "Download")
    )
    return (
        f'<li class="models-row models-offer"><div class="models-name"><b>{escape(known.title)}</b></div>'
        f'<div class="models-facts"><a href="{source}" target="_blank" rel="noreferrer">{escape(known.file)}</a>'
        f' · {escape(known_text(known))}</div><div class="models-use">{button}</div></li>'
    )


def button_html(what: str, label: str) -> str:
    return f'<button type="button" class="models-insert" data-ask="{escape(what, quote=True)}">{escape(label)}</button>'
