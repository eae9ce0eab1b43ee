"""A request at the moment it is taken: seeds drawn, settings and model frozen. What fails, fails here.

Whatever a job must not learn only later, when it runs, is one more line of `accept`.
"""

from collections.abc import Callable
from dataclasses import replace

from studio.domain.accepted import Accepted
from studio.domain.request import GenerationRequest, Sampling
from studio.domain.settings import Settings
from studio.planning.installed import Installed, pick_checkpoint
from studio.planning.limits import check_limits
from studio.planning.planner import make_plan
from studio.planning.wildcards import with_wildcards

NEW = -1


def accept(
    request: GenerationRequest, settings: Settings, installed: Installed, new_seed: Callable[[], int]
) -> Accepted:
    """Raises BadRequest, BrokenFile, UnknownName, ModelMissing, IncompatibleModel."""
    check_limits(request)
    frozen = with_token_merging(settings.overridden(request.settings), request)
    checkpoint = pick_checkpoint(frozen.checkpoint, installed.checkpoints)
    request, notes = with_wildcards(replace(request, sampling=drawn(request.sampling, new_seed)), installed)
    accepted = Accepted(
        request=request,
        settings=replace(frozen, checkpoint=checkpoint.title),
        model=checkpoint.title,
        model_hash=checkpoint.short_hash,
        notes=notes,
    )
    make_plan(accepted, installed)
    installed.networks.chosen_vae(frozen.vae, checkpoint.path)
    return accepted


def drawn(sampling: Sampling, new_seed: Callable[[], int]) -> Sampling:
    """With a seed in the place of every -1."""
    return replace(
        sampling,
        seed=new_seed() if sampling.seed == NEW else sampling.seed,
        variation_seed=new_seed() if sampling.variation_seed == NEW else sampling.variation_seed,
    )


def with_token_merging(settings: Settings, request: GenerationRequest) -> Settings:
    """With the ratio of each pass as it will be, so that the infotext says it and repeats it (A1111's rules).

    img2img's own ratio is set aside by a general one that the request itself names.
    """
    is_named = "token_merging_ratio" in request.settings
    own = settings.token_merging_img2img if request.init and not is_named else 0.0
    first = own or settings.token_merging
    second = (settings.token_merging_second or first) if request.hires else 0.0
    return replace(settings, token_merging=first, token_merging_img2img=0.0, token_merging_second=second)
