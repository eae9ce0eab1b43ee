"""The txt2img tab. A parameter belongs to one of the parts, or to `to_request` and `show_request` here."""

import gradio as gr

from studio.domain.request import GenerationRequest
from studio.planning.passes import LATENT_UPSCALERS
from studio.ui.binding import bind_all
from studio.ui.control_binding import bind_controlnet
from studio.ui.desk import Desk, Place, Tab
from studio.ui.generation import Asked, Panel, hidden
from studio.ui.lists import checkpoint_titles, lists_of
from studio.ui.parts import (
    batch,
    controlnet,
    hires,
    overrides,
    picture,
    prompt,
    refiner,
    regions,
    request,
    result,
    sampling,
    script,
    size,
)
from studio.ui.region_binding import bind_regions
from studio.ui.values import Controls, Names, Values

KEY = "txt2img"
INVITATION = "Say what to draw, press <b>Generate</b>."


def to_request(values: Values, names: Names) -> GenerationRequest:
    """Raises BadRequest."""
    return request.assemble(
        values,
        names,
        size.read(values),
        hires=hires.read(values),
        refiner=refiner.read(values),
        controls=controlnet.read(values, names.documents, has_picture=False),
        regions=regions.read(values),
    )


def show_request(given: GenerationRequest, names: Names) -> Values:
    return {
        **request.show(given, names),
        **hires.show(given.hires),
        **refiner.show(given.refiner),
        **controlnet.show(given.controls, names.control_units, names.preprocessors, has_picture=False),
    }


def base_request(values: Values, names: Names) -> GenerationRequest:
    """With hires fix, so that whatever a text says about it finds its place."""
    return to_request({**controlnet.without_pictures(regions.without(values)), "hires": True}, names)


def build(desk: Desk) -> None:
    studio = desk.studio
    with gr.Column(elem_classes=["workspace", KEY]):
        drawn = prompt.build(KEY, studio.count_tokens, [style.name for style in studio.installed().styles], ())
        with gr.Column(elem_classes=["area-controls", "card", "controls-t2i"]):
            drawn |= build_controls(desk)
        with gr.Column(elem_classes=["area-more"]):
            drawn |= overrides.build(KEY)
            drawn |= controlnet.build(KEY, studio, desk.documents, has_picture=False, has_folders=desk.has_folders)
            drawn |= regions.build(KEY, desk.documents, has_picture=False)
            drawn |= build_hires(desk)
            drawn |= refiner.build(checkpoint_titles(studio))
            drawn |= script.build([each for each in studio.scripts if each.is_txt2img], lists_of(studio))
        outcome = result.build(
            KEY, INVITATION, [mode.name for mode in picture.MODES], studio.settings.get().control_units
        )
    panel = Panel(
        key=KEY,
        controls=drawn,
        result=outcome,
        mode=hidden(),
        requests=lambda values: [Asked(request=to_request(values, desk.names))],
        base=lambda values: base_request(values, desk.names),
        show=lambda given: show_request(given, desk.names),
    )
    desk.places.append(
        Place(
            name=KEY,
            page=KEY,
            mode="",
            canvas=None,
            components=panel.kept,
            typed=drawn.handles["typed"],
            base=panel.base,
            show=panel.show,
        )
    )
    bind_all(desk, panel)
    bind_controlnet(desk, panel, has_picture=False)
    bind_regions(panel, has_picture=False)


def build_hires(desk: Desk) -> Controls:
    studio = desk.studio
    upscalers = [*LATENT_UPSCALERS, *studio.upscalers().names()]
    schedules = [schedule.label for schedule in studio.schedules]
    return hires.build(upscalers, checkpoint_titles(studio), studio.samplers.names(), schedules)


def build_controls(desk: Desk) -> Controls:
    studio = desk.studio
    with gr.Column(elem_classes=["group"]):
        drawn = size.build(KEY, studio.native_size(), has_picture=False)
    with gr.Column(elem_classes=["group"]):
        drawn |= sampling.build(studio.samplers.names(), [schedule.label for schedule in studio.schedules])
    with gr.Column(elem_classes=["group"]):
        drawn |= sampling.build_seed(KEY)
        drawn |= batch.build()
        drawn |= sampling.build_extra_seed(KEY)
    return drawn


TAB = Tab(name="txt2img", key=KEY, order=10, build=build)
