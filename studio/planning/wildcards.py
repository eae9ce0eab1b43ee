"""The wildcards of a request, drawn when it is accepted, so that a job that runs again is the same job.

Another prompt that takes wildcards is one more line of `with_wildcards`.
"""

from collections.abc import Callable
from dataclasses import replace

from studio.domain.request import GenerationRequest
from studio.planning.installed import Installed
from studio.prompt.styles import apply_styles
from studio.prompt.wildcards import expand, has_wildcards

Expand = Callable[[str], str]


def with_wildcards(request: GenerationRequest, installed: Installed) -> tuple[GenerationRequest, tuple[str, ...]]:
    """The request with a line for each wildcard, by its seed (which is drawn by now), and what is to be said of it.

    Raises UnknownName for a style that is not there, BrokenFile for a list that cannot be read.
    """
    styled = with_styles(request, installed)
    if not any(map(has_wildcards, texts_of(styled))):
        return request, ()
    lists, unknown = installed.wildcards(), dict[str, None]()

    def drawn(text: str) -> str:
        text, missing = expand(text, lists, request.sampling.seed)
        unknown.update(dict.fromkeys(missing))
        return text

    return with_texts(styled, drawn), tuple(UNKNOWN.format(name=name) for name in unknown)


UNKNOWN = "There is no wildcard list {name}: __{name}__ was left as it is. Put {name}.txt into the folder wildcards"


def with_styles(request: GenerationRequest, installed: Installed) -> GenerationRequest:
    """Styles become text where they hold wildcards; otherwise they stay names."""
    styles = [installed.style(name) for name in request.styles]
    if not any(has_wildcards(style.prompt) or has_wildcards(style.negative_prompt) for style in styles):
        return request
    return replace(
        request,
        prompt=apply_styles(request.prompt, [style.prompt for style in styles]),
        negative_prompt=apply_styles(request.negative_prompt, [style.negative_prompt for style in styles]),
        styles=(),
    )


def texts_of(request: GenerationRequest) -> list[str]:
    texts = [request.prompt, request.negative_prompt]
    if request.hires:
        texts += [request.hires.prompt, request.hires.negative_prompt]
    for region in request.regions:
        texts += [region.prompt, region.negative_prompt]
    return texts


def with_texts(request: GenerationRequest, drawn: Expand) -> GenerationRequest:
    hires = request.hires and replace(
        request.hires,
        prompt=drawn(request.hires.prompt),
        negative_prompt=drawn(request.hires.negative_prompt),
    )
    regions = (
        replace(region, prompt=drawn(region.prompt), negative_prompt=drawn(region.negative_prompt))
        for region in request.regions
    )
    return replace(
        request,
        prompt=drawn(request.prompt),
        negative_prompt=drawn(request.negative_prompt),
        hires=hires,
        regions=tuple(regions),
    )
