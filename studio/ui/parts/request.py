"""The parts that all tabs that draw have, as a request and back. A tab adds its own: picture, mask, hires fix."""

from typing import Any

from studio.domain.geometry import Size
from studio.domain.request import GenerationRequest
from studio.ui.parts import batch, overrides, prompt, sampling, script, size
from studio.ui.parts.batch import Batch
from studio.ui.parts.prompt import Prompts
from studio.ui.values import Names, Values


def assemble(values: Values, names: Names, asked: Size, **own: Any) -> GenerationRequest:
    """`own` are the pieces that a tab has beside. Raises BadRequest."""
    prompts, batches = prompt.read(values), batch.read(values)
    given: dict[str, Any] = {
        "prompt": prompts.prompt,
        "negative_prompt": prompts.negative_prompt,
        "styles": prompts.styles,
        "size": asked,
        "batch_count": batches.pictures,
        "batch_size": batches.at_once,
        "sampling": sampling.read(values),
        "init": None,
        "mask": None,
        "hires": None,
        "refiner": None,
        "controls": (),
        "script": script.read(values, names.scripts),
        "always_on": (),
        "settings": overrides.read(values),
    }
    return GenerationRequest(**given | own)


def show(request: GenerationRequest, names: Names) -> dict[str, Any]:
    prompts = Prompts(prompt=request.prompt, negative_prompt=request.negative_prompt, styles=request.styles)
    return {
        **prompt.show(prompts),
        **size.show(request.size),
        **batch.show(Batch(request.batch_count, request.batch_size)),
        **sampling.show(request.sampling, names),
        **script.show(request.script, names.scripts),
        **overrides.show(request.settings),
    }
