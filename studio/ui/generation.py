"""What every tab that draws has in common: jobs, and memory over a reload. A tab makes a `Panel` and binds it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from studio.domain.errors import StudioError
from studio.domain.request import GenerationRequest
from studio.ui.canvas.paint_canvas import FLUSH, PaintCanvas
from studio.ui.parts import job
from studio.ui.parts.job import Shown, View, Window
from studio.ui.parts.result import Result
from studio.ui.tabs.tab import Desk
from studio.ui.values import LOUD, QUIET, Components, Controls, Values

POLL = 0.4  # seconds between two looks at a job that runs
OWNER = "page:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One tab that draws. `requests` raises StudioErrors; `show` gives the values for a request's parameters.

    `base` is a request with every part that the tab can have, for a text to be put on. `note` is said with the result.
    """

    key: str
    controls: Controls
    result: Result
    mode: gr.Textbox
    requests: Callable[[Values], Sequence[GenerationRequest]]
    base: Callable[[Values], GenerationRequest]
    show: Callable[[GenerationRequest], Values]
    note: Callable[[Values], str] = lambda _: ""

    @property
    def components(self) -> Components:
        return self.controls.values

    @property
    def kept(self) -> Components:
        """What the page remembers; canvases remember themselves."""
        return {name: each for name, each in self.components.items() if not isinstance(each, PaintCanvas)}


def hidden() -> gr.Textbox:
    """Holds what the scripts of the page fill in at the moment of an event."""
    return gr.Textbox(visible=False)


def bind(desk: Desk, panel: Panel) -> gr.State:
    """The buttons, the timer and the memory of a panel. Returns what the page shows of its jobs."""
    shown, timer = gr.State(Shown()), gr.Timer(POLL, active=False)
    outputs = [shown, *panel.result.outputs(), timer]
    window = window_of(desk, panel)
    bind_job(desk, panel, shown, outputs)
    bind_choosing(window, panel, shown, outputs)

    def look(known: Shown) -> list[Any]:
        return drawn(known, *job.look(window, known))

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
    session, window = hidden(), window_of(desk, panel)
    names = ["mode", *panel.components]

    def generated(known: Shown, visit: str, *given: Any) -> list[Any]:
        values = dict(zip(names, given, strict=True))
        try:
            ids = [desk.jobs.submit(request, OWNER + visit) for request in panel.requests(values)]
        except StudioError as error:
            return drawn(known, *job.refused(known, error))
        fresh = job.begun(known, ids, panel.note(values))
        return drawn(replace(known, is_over=True), *job.look(window, fresh))

    panel.result.generate.click(
        generated,
        [shown, session, panel.mode, *panel.components.values()],
        outputs,
        js=f"async (...values) => window.StudioPage.signed(await ({FLUSH})(...values))",
        **LOUD,
    )
    for button, act in ((panel.result.interrupt, desk.jobs.cancel), (panel.result.skip, desk.jobs.skip)):
        button.click(partial(each, act), shown, None, **QUIET)


def each(act: Callable[[str], None], shown: Shown) -> None:
    for job_id in shown.ids:
        act(job_id)


def bind_choosing(window: Window, panel: Panel, shown: gr.State, outputs: list[Any]) -> None:
    """Clicks on the strip and on the history."""

    def picked(known: Shown, event: gr.EventData) -> list[Any]:
        chosen = replace(known, selected=int(event.number), count=-1)
        return drawn(known, *job.look(window, chosen))

    def returned(known: Shown, event: gr.EventData) -> list[Any]:
        if not known.is_over or event.job not in known.history:
            return drawn(known, known, View(progress="", is_busy=not known.is_over))
        back = replace(known, ids=(event.job,), selected=0, count=-1, note="")
        return drawn(known, *job.look(window, back))

    panel.result.strip.select(picked, shown, outputs, **QUIET)
    panel.result.history.select(returned, shown, outputs, **QUIET)


def drawn(before: Shown, shown: Shown, view: View) -> list[Any]:
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
    return [shown, *buttons, *shows, gr.Timer(active=not shown.is_over)]


def bind_memory(desk: Desk, panel: Panel, outputs: list[Any]) -> None:
    """Values are kept in the browser tab's document as they change, and come back, with the jobs, after a reload."""
    kept = panel.kept
    changes = [component.change for component in kept.values() if hasattr(component, "change")]
    names = json.dumps(list(kept))
    gr.on(
        changes,
        None,
        list(kept.values()),
        js=f"(...values) => window.StudioPage?.keep('{panel.key}', {names}, values)",
        **QUIET,
    )
    said, window = hidden(), window_of(desk, panel)

    def restored(text: str) -> list[Any]:
        told: dict[str, Any] = json.loads(text) if text else {}
        history = tuple(job_id for job_id in told.get("jobs", ()) if is_of_a_page(desk, job_id))
        shown = Shown(ids=history[-1:], history=history, is_over=False)
        values = told.get("values") or usual(desk, panel)
        back = [value_of(component, values.get(name)) for name, component in kept.items()]
        return [*drawn(Shown(), *job.look(window, shown)), *back]

    desk.blocks.load(restored, said, [*outputs, *kept.values()], js=BOOT.replace("KEY", panel.key), **QUIET)


BOOT = """async () => {
  for (let tries = 0; !window.StudioPage && tries < 300; tries++) await new Promise((go) => setTimeout(go, 20));
  return [JSON.stringify((await window.StudioPage?.boot('KEY')) ?? {})];
}"""


def is_of_a_page(desk: Desk, job_id: str) -> bool:
    found = desk.jobs.get(job_id)
    return found is not None and found.owner.startswith(OWNER)


def usual(desk: Desk, panel: Panel) -> Values:
    """What a fresh page begins with, where that depends on the models that are there."""
    native = desk.studio.native_size()
    return {"width": native.width, "height": native.height}


def value_of(component: Any, value: Any) -> Any:
    """An update, if the component can take the value; names that are not installed (any more) are left."""
    if value is None:
        return gr.skip()
    if isinstance(component, gr.Dropdown) and component.allow_custom_value:
        return gr.Dropdown(choices=value, value=value, visible=bool(value))
    if isinstance(component, gr.Dropdown):
        known = {choice[1] for choice in component.choices}
        wanted = value if isinstance(value, list) else [value]
        return value if known.issuperset(wanted) else gr.skip()
    return value


def shown_on(components: Components, values: Values) -> list[Any]:
    return [value_of(component, values.get(name)) for name, component in components.items()]
