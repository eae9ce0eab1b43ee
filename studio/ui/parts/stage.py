"""The right side as HTML: progress, stage, strip, history. All of a fixed size, so nothing jumps while a job runs."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from studio.domain.geometry import Size
from studio.ui.icons import svg

THUMB = 96  # pixels, twice what is shown, for dense screens
PREVIEW_QUALITY = 85
LARGEST_INPUT = 1024  # pixels of the longer side of the picture that a result is compared with


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One finished picture; `address` is the browser's."""

    path: Path
    address: str
    seed: str
    infotext: str
    size: Size


def address(path: Path, served: Path, job: str) -> str:
    """Where the browser gets a job's picture, relative to the page. For what Gradio may not serve see `archive.py`."""
    if path.is_relative_to(served):
        return f"gradio_api/file={quote(path.as_posix())}"
    return f"page/pictures/{job}/{quote(path.name)}"


def data_uri(picture: Image.Image, longest: int = 0) -> str:
    """The picture inside of the page, for what is gone in a second, or small."""
    small = picture.convert("RGB")
    if longest and max(small.size) > longest:
        small.thumbnail((longest, longest))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=PREVIEW_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def progress_html(words: str, right: str = "", share: float = 0, *, has_keys: bool = False) -> str:
    kind = ' class="keys"' if has_keys else ""
    return (
        f'<div class="progress"><p><b role="status">{escape(words)}</b><span{kind}>{escape(right)}</span></p>'
        f'<div class="track" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{100 * share:.0f}"><i style="width:{share:.1%}"></i></div></div>'
    )


def ready_html() -> str:
    return progress_html("Ready", "Ctrl + Enter", has_keys=True)


def stage_html(inside: str, classes: str = "") -> str:
    return f'<div class="stage {classes}">{inside}</div>'


def empty_inside(invitation: str) -> str:
    """`invitation` is markup of ours."""
    return f"{svg('picture', 40)}<h3>The result appears here</h3><p>{invitation}</p>"


def preview_inside(picture: Image.Image) -> str:
    return f'<img class="after" src="{data_uri(picture)}" alt="Preview"><span class="tag">Preview</span>'


def result_inside(shot: Shot, before: Image.Image | None, notes: Sequence[str]) -> str:
    """With something to compare with, a slider."""
    width, height = shot.size
    tag = f"{width} &times; {height}" + (f" · seed {escape(shot.seed)}" if shot.seed else "")
    told = "".join(f"<li>{escape(note)}</li>" for note in notes)
    picture = f'<img class="after" src="{shot.address}" alt="Result" data-path="{escape(str(shot.path))}">'
    notes_html = f'<ul class="notes">{told}</ul>' if told else ""
    compare = compare_html(data_uri(before, LARGEST_INPUT)) if before else ""
    return f'{picture}{notes_html}{compare}<span class="tag note">{tag}</span>'


def compare_html(before: str) -> str:
    return (
        f'<img class="before" src="{before}" alt="Input"><div class="cut"></div>'
        '<input type="range" class="cutter" min="0" max="100" value="50" aria-label="Compare with the input">'
        '<span class="tag left">Input</span><span class="tag right">Result</span>'
        f'<button type="button" class="compare" aria-pressed="false">{svg("compare", 16)}Compare</button>'
    )


def problem_html(message: str) -> str:
    """What is wrong as a title, and what to do below it; it stays until it is dismissed."""
    title, _, remedy = message.partition(". ")
    return (
        f'<div class="problem" role="alert">{svg("info", 18)}<div><b>{escape(title)}</b><p>{escape(remedy)}</p></div>'
        f'<button type="button" class="dismiss" aria-label="Dismiss" title="Dismiss">{svg("close", 16)}</button></div>'
    )


def strip_html(shots: Sequence[Shot], selected: int, jobs: str = "") -> str:
    """`jobs`: whose pictures they are, joined by commas, for the link that loads them all."""
    thumbs = "".join(thumb_html(shot, number, number == selected) for number, shot in enumerate(shots))
    inside = thumbs + board_button(shots) if thumbs else "<span></span>" * 4
    return f'<div class="strip" data-jobs="{escape(jobs)}" aria-label="Pictures of this job">{inside}</div>'


def board_button(shots: Sequence[Shot]) -> str:
    """Only where there is something to choose from; maps have no seed."""
    if sum(bool(shot.seed) for shot in shots) < 2:
        return ""
    name = "Choose the best on a board"
    return f'<button type="button" class="open-board" aria-label="{name}" title="{name}">{svg("board", 20)}</button>'


def thumb_html(shot: Shot, number: int, is_on: bool) -> str:
    name = f"Picture {number + 1}" + (f", seed {escape(shot.seed)}" if shot.seed else "")
    seed = f' data-seed="{escape(shot.seed)}"' if shot.seed else ""
    return (
        f'<button type="button" class="thumb{" is-on" if is_on else ""}" data-number="{number}" aria-label="{name}" '
        f'aria-pressed="{str(is_on).lower()}" title="{name}" data-address="{shot.address}"{seed}>'
        f'<img src="{thumbnail(shot.path)}" alt=""></button>'
    )


def thumbnail(path: Path) -> str:
    with Image.open(path) as picture:
        return data_uri(picture, THUMB)


def history_html(jobs: Sequence[tuple[str, Path]], all_ids: Sequence[str], current: str) -> str:
    """`jobs`: those that have a picture, newest first. The page keeps `all_ids` (assets/session.js)."""
    items = "".join(
        f'<button type="button" class="thumb{" is-on" if job_id == current else ""}" data-job="{escape(job_id)}" '
        f'title="Back to this one" aria-label="Back to version {len(jobs) - number}">'
        f'<img src="{thumbnail(path)}" alt=""></button>'
        for number, (job_id, path) in enumerate(jobs)
    )
    invitation = '<span class="hint">earlier versions appear here</span>'
    kept = escape(" ".join(all_ids))
    return f'<div class="history" data-jobs="{kept}"><span class="hint">History</span>{items or invitation}</div>'
