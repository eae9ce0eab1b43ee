"""Redraws a picture again and again, each time from the last result, with a strength that moves to a final one."""

import math
from collections.abc import Mapping
from dataclasses import replace

from studio.domain.errors import BadRequest
from studio.domain.fields import Choice, Slider
from studio.domain.request import GenerationRequest, MaskedContent
from studio.domain.result import GeneratedImage, Result
from studio.domain.things import ScriptPorts, script
from studio.prompt.infotext import short

CURVES = ("Aggressive", "Linear", "Lazy")


@script(
    "Loopback",
    Slider(name="loops", label="Loops", minimum=1, maximum=32, default=4),
    Slider(name="final_strength", label="Final denoising strength", minimum=0, maximum=1, step=0.01, default=0.5),
    Choice(name="curve", label="Denoising strength curve", options=CURVES, default="Linear"),
    is_txt2img=False,
)
def loopback(
    request: GenerationRequest, ports: ScriptPorts, *, loops: int, final_strength: float, curve: str
) -> Result:
    """With one batch every loop's picture is a result; with more, the last of each, and each begins anew."""
    if request.init is None:
        raise BadRequest("Loopback needs a picture to begin with", field="init_images")
    made, batches = list[GeneratedImage](), request.batch_count
    for batch in range(batches):
        history = run_once(request, ports, batch, (loops, final_strength, curve))
        made += history if batches == 1 else history[-1:]
    return Result(images=tuple(made))


def run_once(
    request: GenerationRequest, ports: ScriptPorts, batch: int, wanted: tuple[int, float, str]
) -> list[GeneratedImage]:
    assert request.init
    loops, final, curve = wanted
    init, mask, history = request.init, request.mask, list[GeneratedImage]()
    facts = {"Final denoising strength": short(final), "Denoising curve": curve}
    for loop in range(loops):
        number = batch * loops + loop
        strength = strength_at(loop, loops, request.init.strength, final, curve)
        asked = replace(
            request,
            init=replace(init, strength=strength),
            mask=mask,
            batch_count=1,
            batch_size=1,
            sampling=replace(request.sampling, seed=request.sampling.seed + number),
        )
        history += ports.generate(asked, number, request.batch_count * loops, facts).images
        init = replace(init, image=history[-1].image)
        mask = replace(mask, content=MaskedContent.original) if mask else None
    return history


def strength_at(loop: int, loops: int, first: float, final: float, curve: str) -> float:
    """From `first` in loop 0 to `final` in the last one."""
    share = loop / (loops - 1) if loops > 1 else 0.0
    bent: Mapping[str, float] = {
        "Aggressive": math.sin(share * math.pi / 2),
        "Linear": share,
        "Lazy": 1 - math.cos(share * math.pi / 2),
    }
    return first + bent[curve] * (final - first)
