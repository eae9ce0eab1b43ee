"""A finished picture goes to a canvas, with or without its parameters, and back again with Undo."""

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from studio.domain.request import GenerationRequest
from studio.prompt.infotext import parse_infotext
from studio.ui.canvas.paint_canvas import FLUSH
from studio.ui.desk import Desk, Place
from studio.ui.generation import Panel, shown_on
from studio.ui.parts import job, size
from studio.ui.parts.job import Shown, Window
from studio.ui.parts.stage import Shot
from studio.ui.values import LOUD

NO_PICTURE = "There is no picture to send yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What was on a place before a picture was sent there; `values` in the order of the place's components."""

    place: str
    canvas: Any
    values: tuple[Any, ...]


def bind_sending(desk: Desk, panel: Panel, shown: gr.State) -> None:
    """After all tabs are drawn: each button to its place."""
    before = gr.State(None)
    for place in desk.places:
        if place.canvas and place.name in panel.result.sends:
            bind_send(desk, panel, place, shown, before)
    bind_undo(desk, panel, before)


def bind_send(desk: Desk, panel: Panel, place: Place, shown: gr.State, before: gr.State) -> None:
    kept = list(place.components.values())

    def sent(known: Shown, with_parameters: bool, is_typed: bool, canvas: Any, *values: Any) -> list[Any]:
        found = picked(desk, known)
        if found is None:
            gr.Warning(NO_PICTURE)
            return [gr.skip()] * (len(kept) + 3)
        shot, request = found
        if with_parameters:
            shows = place.show(request)
        else:
            fitted = size.fitting(shot.size, desk.studio.native_size())
            shows = {} if is_typed else {"width": fitted.width, "height": fitted.height}
        undo = Sent(place=place.name, canvas=canvas, values=values)
        return [undo, gr.Button(interactive=True), str(shot.path), *shown_on(place.components, shows)]

    event = panel.result.sends[place.name].click(
        sent,
        [shown, panel.result.with_parameters, place.typed, place.canvas, *kept],
        [before, panel.result.undo, place.canvas, *kept],
        js=FLUSH,
        **LOUD,
    )
    event.success(None, None, None, js=f"() => window.StudioPage.open('{place.page}', '{place.mode}')", **LOUD)


def bind_undo(desk: Desk, panel: Panel, before: gr.State) -> None:
    """One level: the canvas and the values of the place as they were."""
    places = [place for place in desk.places if place.canvas and place.name in panel.result.sends]
    if not places:
        return
    kept = list(places[0].components.values())

    def undone(sent: Sent | None) -> list[Any]:
        canvases = [gr.skip() if sent is None or sent.place != place.name else sent.canvas for place in places]
        values = [gr.skip()] * len(kept) if sent is None else list(sent.values)
        return [None, gr.Button(interactive=False), *canvases, *values]

    outputs = [before, panel.result.undo, *(place.canvas for place in places), *kept]
    panel.result.undo.click(undone, before, outputs, **LOUD)


def bind_seed(desk: Desk, panel: Panel, shown: gr.State) -> None:
    """The seed of the picture on the stage, to use it again."""

    def seed(known: Shown) -> Any:
        found = picked(desk, known)
        return int(found[0].seed) if found and found[0].seed.isdigit() else gr.skip()

    panel.controls.handles["again"].click(seed, shown, panel.components["seed"], **LOUD)


def picked(desk: Desk, shown: Shown) -> tuple[Shot, GenerationRequest] | None:
    """The picture on the stage, and the request that draws it: with its own seed."""
    known = [found for job_id in shown.ids if (found := desk.jobs.get(job_id))]
    shots = job.shots_of(Window(jobs=desk.jobs, outputs=desk.outputs, invitation=""), known)
    if not shots:
        return None
    shot = shots[min(max(shown.selected, 0), len(shots) - 1)]
    owner = next(each for each in known if shot.path in (*each.paths, *each.maps))
    return shot, own_request(desk.jobs.request(owner.id), shot)


def own_request(request: GenerationRequest, shot: Shot) -> GenerationRequest:
    facts = parse_infotext(shot.infotext).facts
    seed = int(facts["Seed"]) if facts.get("Seed", "").isdigit() else request.sampling.seed
    variation = facts.get("Variation seed", "")
    sampling = replace(
        request.sampling,
        seed=seed,
        variation_seed=int(variation) if variation.isdigit() else request.sampling.variation_seed,
    )
    return replace(request, sampling=sampling)
