"""What every tab that draws has in common: jobs, and memory over a reload. A tab makes a `Panel` and binds it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gradio as gr

from studio.domain.errors import BadRequest, StudioError
from studio.domain.request import GenerationRequest
from studio.ui.canvas.paint_canvas import PaintCanvas
from studio.ui.desk import Desk
from studio.ui.parcel import packed, parcel, unpacked, values_for, values_in, visit_of
from studio.ui.parts import job
from studio.ui.parts.job import Shown, View, Window
from studio.ui.parts.result import Result
from studio.ui.queue_text import queue_html, waiting
from studio.ui.values import QUIET, Components, Controls, Values

POLL = 0.5  # seconds between two looks at a job that runs
OWNER = "page:"
FILES = (gr.File, gr.Image)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One job to be submitted, or why there is none. `name`: of its file, where it is one of many; then the others go
    on without it. `note` is said with its pictures; `settings` (attributes of `Settings`) hold for this job only.
    """

    request: GenerationRequest | StudioError
    note: str = ""
    name: str = ""
    settings: Values = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One tab that draws. `requests` raises StudioErrors; `show` gives the values for a request's parameters.

    `base` is a request with every part that the tab can have, for a text to be put on. `mode` is filled with
    the open tab by events that ask for it (`WITH_MODE`).
    """

    key: str
    controls: Controls
    result: Result
    mode: gr.Textbox
    requests: Callable[[Values], Iterable[Asked]]
    base: Callable[[Values], GenerationRequest]
    show: Callable[[GenerationRequest], Values]

    @property
    def components(self) -> Components:
        return self.controls.values

    @property
    def kept(self) -> Components:
        """What the page remembers; canvases remember themselves, and files are gone after a reload."""
        return {name: each for name, each in self.packed.items() if not isinstance(each, PaintCanvas)}

    @property
    def packed(self) -> Components:
        return {name: each for name, each in self.components.items() if not isinstance(each, FILES)}

    @property
    def direct(self) -> Components:
        """Components whose values are files that Gradio has received; it hands them over itself."""
        return {name: each for name, each in self.components.items() if isinstance(each, FILES)}


def hidden() -> gr.Textbox:
    """Holds what the scripts of the page fill in at the moment of an event."""
    return gr.Textbox(visible=False)


def bind(desk: Desk, panel: Panel) -> gr.State:
    """The buttons, the timer and the memory of a panel. Returns what the page shows of its jobs."""
    shown, timer = gr.State(Shown()), gr.Timer(POLL, active=False)
    outputs = [shown, *panel.result.outputs(), timer, desk.queue]
    window = window_of(desk, panel)
    bind_job(desk, panel, shown, outputs)
    bind_choosing(window, panel, shown, outputs)

    def look(known: Shown) -> list[Any]:
        return drawn(window, known, *job.look(window, known))

    timer.tick(look, shown, outputs, **QUIET)
    bind_memory(desk, panel, outputs)
    return shown


def window_of(desk: Desk, panel: Panel) -> Window:
    return Window(
        jobs=desk.jobs,
        outputs=desk.outputs,
        invitation=panel.result.invitation,
        is_ready=desk.studio.is_engine_ready,
    )


def bind_job(desk: Desk, panel: Panel, shown: gr.State, outputs: list[Any]) -> None:
    sent, window = parcel(), window_of(desk, panel)

    def generated(known: Shown, given: Values | None, *files: Any) -> list[Any]:
        try:
            values = {**values_in(given, panel.packed), **dict(zip(panel.direct, files, strict=True))}
            ids = submitted(desk, panel.requests(values), OWNER + visit_of(given))
        except StudioError as error:
            return drawn(window, known, *job.refused(known, error))
        fresh = job.begun(known, ids)
        return drawn(window, replace(known, is_over=True), *job.look(window, fresh))

    press = packed(panel.result.generate.click, panel.packed, sent)
    press.success(generated, [shown, sent, *panel.direct.values()], outputs, **QUIET)
    panel.result.interrupt.click(partial(interrupted, desk), shown, None, **QUIET)
    panel.result.skip.click(partial(each, desk.jobs.skip), shown, None, **QUIET)


def submitted(desk: Desk, asked: Iterable[Asked], owner: str) -> list[str]:
    """The ids of the jobs; the first one says which files were left out. Raises StudioError where nothing is left."""
    ids: list[str] = []
    left: dict[str, StudioError] = {}
    for one in asked:
        try:
            ids.append(submitted_one(desk, one, owner))
        except StudioError as error:
            if not one.name:
                raise
            left[one.name] = error
    if not ids:
        raise nothing_left(left)
    for name, error in left.items():
        desk.jobs.leave_out(ids[0], f"{name} was left out: {error.message}")
    return ids


def submitted_one(desk: Desk, one: Asked, owner: str) -> str:
    if isinstance(one.request, StudioError):
        raise one.request
    notes = (one.note,) if one.note else ()
    return desk.jobs.submit(one.request, owner, notes=notes, settings=one.settings)


def nothing_left(left: Mapping[str, StudioError]) -> StudioError:
    """One reason for all files is said once."""
    if len({error.message for error in left.values()}) == 1:
        return next(iter(left.values()))
    reasons = ". ".join(f"{name}: {error.message}" for name, error in left.items())
    return BadRequest(f"None of the pictures can be redrawn. {reasons}", field="picture")


def interrupted(desk: Desk, shown: Shown) -> None:
    """Of several pictures the one at hand is finished, where the settings say so, unless this is the second press."""
    known = [progress for job_id in shown.ids if (progress := desk.jobs.progress(job_id, has_preview=False))]
    has_others = sum(progress.pictures for progress in known) > 1
    waits = desk.studio.settings.get().finishes_picture and has_others and not any(each.text for each in known)
    if waits:
        gr.Info("The picture at hand is finished first. Press again to stop at once", duration=4)
    each(partial(desk.jobs.cancel, at_once=not waits), shown)


def each(act: Callable[[str], None], shown: Shown) -> None:
    for job_id in shown.ids:
        act(job_id)


def bind_choosing(window: Window, panel: Panel, shown: gr.State, outputs: list[Any]) -> None:
    """Clicks on the strip and on the history."""

    def picked(known: Shown, event: gr.EventData) -> list[Any]:
        chosen = replace(known, selected=int(event.number), count=-1)
        return drawn(window, known, *job.look(window, chosen))

    def returned(known: Shown, event: gr.EventData) -> list[Any]:
        if not known.is_over or event.job not in known.history:
            return drawn(window, known, known, View(progress="", is_busy=not known.is_over))
        back = replace(known, ids=job.ids_of(event.job), selected=0, count=-1)
        return drawn(window, known, *job.look(window, back))

    panel.result.strip.select(picked, shown, outputs, **QUIET)
    panel.result.history.select(returned, shown, outputs, **QUIET)


def drawn(window: Window, before: Shown, shown: Shown, view: View) -> list[Any]:
    """What an event returns for `outputs`; buttons change only when a job begins or ends."""
    texts = [view.progress or None, view.stage, view.strip, view.history, view.infotext]
    if before.is_over == shown.is_over:
        buttons: list[Any] = [gr.skip()] * 3
    else:
        words = "Generating…" if view.is_busy else "Generate"
        buttons = [
            gr.Button(words, interactive=not view.is_busy),
            gr.Button(interactive=view.is_busy),
            gr.Button(interactive=view.is_busy),
        ]
    shows = [gr.skip() if text is None else text for text in texts]
    return [shown, *buttons, *shows, gr.Timer(active=not shown.is_over), queue_html(waiting(window.jobs))]


def bind_memory(desk: Desk, panel: Panel, outputs: list[Any]) -> None:
    """Values are kept in the browser tab's document as they change, and come back, with the jobs, after a reload."""
    kept, key = panel.kept, panel.key
    changes = [component.change for component in kept.values() if hasattr(component, "change")]
    gr.on(changes, None, None, js=f"() => window.StudioPage?.touch('{key}')", **QUIET)
    gather = gr.Button(f"Keep the values of {key}", visible="hidden", elem_id=f"{key}_gather")
    names = json.dumps(list(kept))
    keeping = f"(...values) => window.StudioPage.keep('{key}', {names}, values)"
    gather.click(None, list(kept.values()), None, js=keeping, **QUIET)
    said, back, window = hidden(), parcel(), window_of(desk, panel)

    def restored(text: str) -> list[Any]:
        told: dict[str, Any] = json.loads(text) if text else {}
        history = tuple(press for press in told.get("jobs", ()) if is_of_a_page(desk, press))
        ids = job.ids_of(history[-1]) if history else ()
        shown = Shown(ids=ids, history=history, is_over=False)
        values = values_for(kept, told.get("values") or usual(desk, panel))
        return [*drawn(window, Shown(), *job.look(window, shown)), values]

    event = desk.blocks.load(restored, said, [*outputs, back], js=BOOT.replace("KEY", key), **QUIET)
    unpacked(event.then, kept, back)


BOOT = """async () => {
  for (let tries = 0; !window.StudioPage && tries < 300; tries++) await new Promise((go) => setTimeout(go, 20));
  return [JSON.stringify((await window.StudioPage?.boot('KEY')) ?? {})];
}"""


def is_of_a_page(desk: Desk, press: str) -> bool:
    found = desk.jobs.get(job.ids_of(press)[0])
    return found is not None and found.owner.startswith(OWNER)


def usual(desk: Desk, panel: Panel) -> Values:
    """What a fresh page begins with, where that depends on the models that are there."""
    native = desk.studio.native_size()
    return {"width": native.width, "height": native.height}
