"""Passes of the denoiser: names resolved, prompts complete, noise levels known. A fact about a pass is a line here."""

import math
from dataclasses import replace

from studio.catalog.checkpoints import Checkpoint
from studio.domain.errors import IncompatibleModel
from studio.domain.plan import HiresPlan, PassPlan, RefinerPlan
from studio.domain.request import GenerationRequest, HiresFix, Refiner
from studio.domain.settings import Settings
from studio.domain.things import Sampler, Schedule
from studio.planning.installed import Installed, pick_checkpoint
from studio.planning.sizes import hires_sizes
from studio.prompt.comments import strip_comments
from studio.prompt.styles import apply_styles
from studio.sampling.noise_levels import noise_levels
from studio.sampling.options import options_from
from studio.sampling.trained import stable_diffusion, zero_terminal_snr

AUTOMATIC = ("", "automatic")
LATENT_UPSCALERS = (
    "Latent",
    "Latent (antialiased)",
    "Latent (bicubic)",
    "Latent (bicubic antialiased)",
    "Latent (nearest)",
    "Latent (nearest-exact)",
)
IMAGE_CFG_SCALE = 1.5  # of no effect without a picture
NO_SIGMAS = (0.0,)  # nothing to run: strength 0


def first_pass(
    request: GenerationRequest, checkpoint: Checkpoint, installed: Installed, settings: Settings
) -> PassPlan:
    """The only pass but for hires fix."""
    sampling, strength = request.sampling, request.init.strength if request.init else None
    sampler, schedule = samplers_of(sampling.sampler, sampling.schedule, installed)
    prompt, negative_prompt = prompts_of(request, installed)
    return PassPlan(
        model=checkpoint.title,
        prompt=prompt,
        negative_prompt=negative_prompt,
        size=request.size.snapped(),
        sampler=sampler.name,
        schedule=schedule.label,
        steps=sampling.steps,
        sigmas=levels(checkpoint, (sampler, schedule), sampling.steps, strength, settings),
        cfg_scale=sampling.cfg_scale,
        strength=1.0 if strength is None else strength,
        image_cfg_scale=request.init.image_cfg_scale if request.init else IMAGE_CFG_SCALE,
    )


def samplers_of(sampler_name: str, schedule_name: str, installed: Installed) -> tuple[Sampler, Schedule]:
    """Raises UnknownName."""
    sampler = installed.samplers[sampler_name]
    is_automatic = schedule_name.lower() in AUTOMATIC
    return sampler, installed.schedules[sampler.schedule if is_automatic else schedule_name]


def levels(
    checkpoint: Checkpoint, things: tuple[Sampler, Schedule], steps: int, strength: float | None, settings: Settings
) -> tuple[float, ...]:
    """The noise levels that are run, down to 0; strength 0 runs none. Raises BadRequest for levels that cannot be."""
    if strength == 0:
        return NO_SIGMAS
    return noise_levels(
        *things,
        trained=trained(checkpoint, settings),
        steps=steps,
        strength=strength,
        options=options_from(settings, is_sdxl(checkpoint))[1],
        discards_penultimate=settings.discards_penultimate,
        exact_steps=settings.exact_steps,
    )


def trained(checkpoint: Checkpoint, settings: Settings) -> tuple[float, ...]:
    """The noise levels that a checkpoint was trained at, rising; the user may know it better than the file."""
    is_told = settings.noise_schedule == "Zero Terminal SNR"
    return zero_terminal_snr() if is_told or checkpoint.has_zero_terminal_snr else stable_diffusion()


def is_sdxl(checkpoint: Checkpoint) -> bool:
    return checkpoint.architecture in ("sdxl", "refiner")


def prompts_of(request: GenerationRequest, installed: Installed) -> tuple[str, str]:
    """With the styles put in and the comments taken out. Raises UnknownName for a style that is not there."""
    styles = [installed.style(name) for name in request.styles]
    return (
        strip_comments(apply_styles(request.prompt, [style.prompt for style in styles])),
        strip_comments(apply_styles(request.negative_prompt, [style.negative_prompt for style in styles])),
    )


def hires_plan(
    request: GenerationRequest,
    hires: HiresFix,
    first: PassPlan,
    checkpoint: Checkpoint,
    installed: Installed,
    settings: Settings,
) -> HiresPlan:
    """The second pass runs exactly as many steps as asked, as A1111's does."""
    model = pick_checkpoint(hires.model, installed.checkpoints) if hires.model else checkpoint
    asked = hires.schedule or ("" if hires.sampler else request.sampling.schedule)
    things = samplers_of(hires.sampler or first.sampler, asked, installed)
    upscaler = upscaler_of(hires.upscaler, installed)
    if upscaler in LATENT_UPSCALERS:
        check_latents(checkpoint, model, "Hires. fix with a latent upscaler")
    own = replace(
        request,
        prompt=hires.prompt or request.prompt,
        negative_prompt=hires.negative_prompt or request.negative_prompt,
    )
    prompt, negative_prompt = prompts_of(own, installed)
    target, size = hires_sizes(first.size, hires)
    steps = hires.steps or first.steps
    second = PassPlan(
        model=model.title,
        prompt=prompt,
        negative_prompt=negative_prompt,
        size=size,
        sampler=things[0].name,
        schedule=things[1].label,
        steps=steps,
        sigmas=levels(model, things, steps, hires.strength, replace(settings, exact_steps=True)),
        cfg_scale=first.cfg_scale,
        strength=hires.strength,
    )
    return HiresPlan(upscaler=upscaler, target=target, second=second)


def upscaler_of(name: str, installed: Installed) -> str:
    """The name as it is listed; the first latent mode where none is asked for. Raises UnknownName."""
    if not name:
        return LATENT_UPSCALERS[0]
    latent = {each.lower(): each for each in LATENT_UPSCALERS}
    return latent.get(name.lower()) or installed.upscaler(name)


def refiner_plan(refiner: Refiner, checkpoint: Checkpoint, installed: Installed, settings: Settings) -> RefinerPlan:
    """The switch comes at the first level whose nearest trained one lies `switch_at` of the way down."""
    model = pick_checkpoint(refiner.model, installed.checkpoints)
    check_latents(checkpoint, model, "The refiner")
    known = trained(checkpoint, settings)
    last = math.floor(999 - 1000 * refiner.switch_at + 1e-9)  # index of the noisiest level that is the refiner's
    if last < 0:
        return RefinerPlan(model=model.title, switch_sigma=0.0)
    if last >= len(known) - 1:
        return RefinerPlan(model=model.title, switch_sigma=math.inf)
    return RefinerPlan(model=model.title, switch_sigma=(known[last] + known[last + 1]) / 2)


def check_latents(one: Checkpoint, other: Checkpoint, what: str) -> None:
    """Raises IncompatibleModel where a latent of one model says nothing to the other."""
    if is_sdxl(one) != is_sdxl(other):
        raise IncompatibleModel(
            f"{what} passes latents from {one.name} ({one.architecture}) to {other.name} ({other.architecture}), which "
            "cannot read them. Choose two models of one family",
            models=[one.name, other.name],
            architectures=[one.architecture, other.architecture],
        )
