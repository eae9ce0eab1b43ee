"""The kinds of things that are looked up by name, and the decorators that make one of a function.

Each is one frozen value in one file of its room; `domain/registry.py:collect` gathers them. A new kind is a class here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PIL.Image import Image

from studio.domain.fields import Field, check_declared
from studio.domain.request import GenerationRequest
from studio.domain.result import GeneratedImage, Result

Latent = Any
"""A numpy array, a torch tensor, a number: whatever adds and multiplies. Samplers do nothing else with it."""


class Denoiser(Protocol):
    """(x, sigma) -> x0: the best guess at the clean latent, of x's shape, when x has noise of deviation sigma."""

    def __call__(self, x: Latent, sigma: float) -> Latent: ...
    def with_unconditional(self, x: Latent, sigma: float) -> tuple[Latent, Latent]:
        """The guided guess, and the one of the negative prompt alone (CFG++)."""
        ...


Noise = Callable[[float, float], Latent]
"""(sigma, next_sigma) -> standard normal noise of the latent's shape, for the step between the two levels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplerOptions:
    """Appendix B, "Sampler parameters". `churn_max` 0 means no upper bound."""

    eta: float = 1.0
    eta_ddim: float = 0.0
    churn: float = 0.0
    churn_min: float = 0.0
    churn_max: float = 0.0
    noise: float = 1.0
    uni_pc_variant: str = "bh1"
    uni_pc_order: int = 3
    uni_pc_lower_order_final: bool = True
    ddim_as_a1111: bool = False


Steps = Callable[[Denoiser, Latent, Sequence[float], Noise, SamplerOptions], Iterator[Latent]]
"""(denoise, x, sigmas, noise, options) -> the latent after each step from sigmas[i] to sigmas[i + 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampler:
    """`schedule` names the one that is used when none is asked for.

    `discards_penultimate`: the next-to-last sigma is dropped. `is_second_order`: two evaluations a step.
    `is_brownian`: its noise comes from a Brownian tree, so that more steps refine the same picture.
    """

    name: str
    steps: Steps
    schedule: str
    aliases: tuple[str, ...]
    discards_penultimate: bool
    is_second_order: bool
    is_brownian: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleOptions:
    """0 for `sigma_min`, `sigma_max`, `rho` leaves the schedule's own."""

    sigma_min: float = 0.0
    sigma_max: float = 0.0
    rho: float = 0.0
    beta_alpha: float = 0.6
    beta_beta: float = 0.6
    uni_pc_skip_type: str = "time_uniform"
    is_sdxl: bool = False
    ddim_as_a1111: bool = False


Sigmas = Callable[[int, Sequence[float], ScheduleOptions], tuple[float, ...]]
"""(steps, trained, options) -> steps + 1 falling levels, the last 0; `trained` are the model's own levels, rising."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """`label` is what people see, `name` is A1111's key."""

    name: str
    label: str
    sigmas: Sigmas
    aliases: tuple[str, ...]


def sampler(
    name: str,
    *aliases: str,
    schedule: str = "Uniform",
    discards_penultimate: bool = False,
    is_second_order: bool = False,
    is_brownian: bool = False,
) -> Callable[[Steps], Sampler]:
    return lambda steps: Sampler(
        name=name,
        steps=steps,
        schedule=schedule,
        aliases=aliases,
        discards_penultimate=discards_penultimate,
        is_second_order=is_second_order,
        is_brownian=is_brownian,
    )


def schedule(label: str, name: str, *aliases: str) -> Callable[[Sigmas], Schedule]:
    return lambda sigmas: Schedule(name=name, label=label, sigmas=sigmas, aliases=(label, *aliases))


Detect = Callable[..., Image]


@dataclass(frozen=True, kw_only=True, slots=True)
class Preprocessor:
    """Makes a control map of a picture.

    `detect(image, resolution, *, <its fields>)` takes an RGB picture and the length of the shorter side to work at,
    and gives a picture. `label` is what the page shows, `types` are the control types that list it. `resolution` is
    the default where it `has_resolution`. One that `needs` weight files takes the folders they are found in as a third
    argument, `detect(image, resolution, weights, *, <its fields>)` (`controlnet/weights.py`). One
    that `takes_mask` is given an RGBA picture, whose alpha is the mask (255: masked).
    """

    name: str
    label: str
    types: tuple[str, ...]
    fields: tuple[Field, ...]
    detect: Detect
    aliases: tuple[str, ...]
    has_resolution: bool
    needs: tuple[str, ...]
    resolution: int = 512
    takes_mask: bool = False


def preprocessor(
    name: str,
    *fields: Field,
    label: str = "",
    types: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    has_resolution: bool = True,
    needs: tuple[str, ...] = (),
    resolution: int = 512,
    takes_mask: bool = False,
) -> Callable[[Detect], Preprocessor]:
    """Raises TypeError, at import, when the fields are not the function's keyword arguments."""

    def made(detect: Detect) -> Preprocessor:
        check_declared(fields, detect)
        return Preprocessor(
            name=name,
            label=label or name,
            types=types,
            fields=fields,
            detect=detect,
            aliases=(label or name, *aliases),
            has_resolution=has_resolution,
            needs=needs,
            resolution=resolution,
            takes_mask=takes_mask,
        )

    return made


class Generate(Protocol):
    """One of `count` equal runs; `facts` go into the text of its pictures."""

    def __call__(
        self, request: GenerationRequest, index: int, count: int, facts: Mapping[str, str] = ..., /
    ) -> Result: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptPorts:
    """All that a script may use of the studio.

    `generate` makes one of several runs; `draw(request, index, count)` does the same, but nothing is saved or
    shown. `keep(image, like, facts)` saves a picture that was made of others, with the infotext of `like` and more
    facts. `upscale(image, scale, upscaler)` gives a picture of int(side * scale) pixels a side.
    """

    generate: Generate
    draw: Callable[[GenerationRequest, int, int], Result]
    keep: Callable[[Image, GeneratedImage, Mapping[str, str]], GeneratedImage]
    upscale: Callable[[Image, float, str], Image]


Run = Callable[..., Result]


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """`run(request, ports, *, <its fields>)`. `aliases` are other names that clients send."""

    name: str
    fields: tuple[Field, ...]
    run: Run
    aliases: tuple[str, ...]
    is_txt2img: bool
    is_img2img: bool


def script(
    name: str, *fields: Field, aliases: tuple[str, ...] = (), is_txt2img: bool = True, is_img2img: bool = True
) -> Callable[[Run], Script]:
    """Raises TypeError, at import, when the fields are not the function's keyword arguments."""

    def made(run: Run) -> Script:
        check_declared(fields, run)
        return Script(name=name, fields=fields, run=run, aliases=aliases, is_txt2img=is_txt2img, is_img2img=is_img2img)

    return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Upscaler:
    """`upscale(image, scale)` gives a picture of exactly int(side * scale) pixels a side, at least 1."""

    name: str
    upscale: Callable[[Image, float], Image]
    aliases: tuple[str, ...] = ()
    model_path: str = ""
    scale: float = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Interrogator:
    """`describe(image, *, <its fields>)` gives a prompt for a picture (RGB)."""

    name: str
    fields: tuple[Field, ...]
    describe: Callable[..., str]
    aliases: tuple[str, ...]


def interrogator(
    name: str, *fields: Field, aliases: tuple[str, ...] = ()
) -> Callable[[Callable[..., str]], Interrogator]:
    """Raises TypeError, at import, when the fields are not the function's keyword arguments."""

    def made(describe: Callable[..., str]) -> Interrogator:
        check_declared(fields, describe)
        return Interrogator(name=name, fields=fields, describe=describe, aliases=aliases)

    return made
