"""A finished picture goes to a canvas, with or without its parameters, and back again with Undo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from studio.domain.request import GenerationRequest
from studio.prompt.infotext import parse_infotext
from studio.ui.desk import Desk, Place
from studio.ui.generation import Panel
from studio.ui.parcel import packed, parcel, unpacked, values_for
from studio.ui.parts import job, size
from studio.ui.parts.control_unit import named
from studio.ui.parts.controlnet import count_units
from studio.ui.parts.job import Shown, Window
from studio.ui.parts.result import unit_name
from studio.ui.parts.stage import Shot
from studio.ui.values import LOUD, QUIET, Values

NO_PICTURE = "There is no picture to send yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What was on a place before a picture was sent there."""

    place: str
    page: str
    canvas: Any
    values: Sequence[Any]


def bind_sending(desk: Desk, panel: Panel, shown: gr.State) -> None:
    """After all tabs are drawn: each button to its place, and one level of undo."""
    before = gr.State(None)
    places = [place for place in desk.places if place.canvas and place.name in panel.result.sends]
    places += units_of(desk, panel)
    for place in places:
        bind_send(desk, panel, place, shown, before)
    if places:
        bind_undo(panel, places, before)


def units_of(desk: Desk, panel: Panel) -> list[Place]:
    """The ControlNet units of the panel's own page."""
    own = next(place for place in desk.places if place.page == panel.key)
    return [
        replace(
            own,
            name=unit_name(number),
            canvas=panel.components[named(number, "image")],
            unit=number,
            needs={named(number, "independent"): True},
        )
        for number in range(count_units(panel.components))
    ]


def bind_send(desk: Desk, panel: Panel, place: Place, shown: gr.State, before: gr.State) -> None:
    sent, back = parcel(), parcel()

    def sending(known: Shown, is_full: bool, is_typed: bool, canvas: Any, given: Values | None) -> list[Any]:
        found = picked(desk, known)
        if found is None:
            gr.Warning(NO_PICTURE)
            return [gr.skip(), gr.skip(), gr.skip(), []]
        shot, request = found
        fitted = size.fitting(shot.size, desk.studio.native_size())
        own_size = {} if is_typed or place.unit is not None else {"width": fitted.width, "height": fitted.height}
        shows = values_for(place.components, {**(place.show(request) if is_full else own_size), **place.needs})
        values = list((given or {}).get("values", ()))
        undo = Sent(place=place.name, page=place.page, canvas=canvas, values=values)
        return [undo, gr.Button(interactive=True), str(shot.path), shows]

    event = packed(panel.result.sends[place.name].click, place.components, sent).success(
        sending,
        [shown, panel.result.with_parameters, place.typed, place.canvas, sent],
        [before, panel.result.undo, place.canvas, back],
        **LOUD,
    )
    opened = unpacked(event.success, place.components, back)
    opened.success(None, None, None, js=f"() => {place.opening}", **QUIET)


def bind_undo(panel: Panel, places: Sequence[Place], before: gr.State) -> None:
    """The canvas and the values of the place as they were; all places of a page have the same controls."""
    pages = {place.page: place for place in places}
    backs = {page: parcel() for page in pages}

    def undone(sent: Sent | None) -> list[Any]:
        canvases = [gr.skip() if sent is None or sent.place != place.name else sent.canvas for place in places]
        values = [list(sent.values) if sent and sent.page == page else [] for page in pages]
        return [None, gr.Button(interactive=False), *canvases, *values]

    outputs = [before, panel.result.undo, *(place.canvas for place in places), *backs.values()]
    event = panel.result.undo.click(undone, before, outputs, **LOUD)
    for page, place in pages.items():
        unpacked(event.success, place.components, backs[page])


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
