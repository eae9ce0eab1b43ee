"""Diffusers' schedulers by our names of samplers and schedules. A further one is a row of SAMPLERS or SCHEDULES."""

from collections.abc import Mapping
from typing import Any

from studio.domain.errors import BadRequest
from studio.domain.plan import PassPlan

SAMPLERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "LMS": ("LMSDiscreteScheduler", {}),
    "DPM2": ("KDPM2DiscreteScheduler", {}),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {}),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {"final_sigmas_type": "zero"}),
    "DPM++ 2M SDE": (
        "DPMSolverMultistepScheduler",
        {"final_sigmas_type": "zero", "algorithm_type": "sde-dpmsolver++"},
    ),
    "UniPC": ("UniPCMultistepScheduler", {}),
    "DDIM": ("DDIMScheduler", {"set_alpha_to_one": True}),
    "PLMS": ("PNDMScheduler", {"skip_prk_steps": True}),
    "LCM": ("LCMScheduler", {}),
}
SCHEDULES: Mapping[str, Mapping[str, Any]] = {
    "Uniform": {"timestep_spacing": "linspace"},
    "DDIM": {"timestep_spacing": "leading"},
    "SGM Uniform": {"timestep_spacing": "trailing"},
    "Karras": {"use_karras_sigmas": True},
    "Exponential": {"use_exponential_sigmas": True},
    "Beta": {"use_beta_sigmas": True},
}
FREE = ("DDIM", "PLMS", "LCM")
"""Schedulers that go by their own times; the schedule's name says nothing to them."""


def scheduler_for(planned: PassPlan, noise: Mapping[str, Any]) -> Any:
    """`noise` is how the model was trained. Raises BadRequest for what diffusers does not have."""
    import diffusers

    if planned.sampler not in SAMPLERS:
        raise refused(f"the sampler {planned.sampler}", "sampler_name", list(SAMPLERS))
    name, settings = SAMPLERS[planned.sampler]
    if planned.sampler in FREE:
        spacing: Mapping[str, Any] = {"timestep_spacing": "leading"}
    elif planned.schedule in SCHEDULES:
        spacing = SCHEDULES[planned.schedule]
    else:
        raise refused(f"the schedule {planned.schedule}", "scheduler", list(SCHEDULES))
    found: Any = getattr(diffusers, name)
    return found.from_config({**noise, **settings, **spacing})


def refused(what: str, field: str, allowed: list[str]) -> BadRequest:
    choices = f" It has: {', '.join(allowed)}." if allowed else ""
    message = f"The engine `diffusers` cannot do {what}.{choices} Choose the engine `studio` in the settings"
    return BadRequest(message, field=field, allowed=allowed)
