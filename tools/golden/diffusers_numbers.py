"""What schedulers of diffusers give, in float64, on the denoiser of `kdiffusion_numbers`. A case is a function here.

    python -m tools.golden.diffusers_numbers > tests/golden/diffusers.json

Their latents are scaled to variance 1; what is kept is x / sqrt(alpha), as studio/sampling has it.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import diffusers
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler, LCMScheduler, UniPCMultistepScheduler
from diffusers.schedulers import AysSchedules, scheduling_lcm

from tools.golden.kdiffusion_numbers import SPREAD, START, denoised, noise, written

TRAINED = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
Step = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


def run(sigmas: list[float], step: Step) -> list[list[float]]:
    """The latents after each step; `step(predicted noise, latent, index)` takes and gives scaled ones."""
    x, after = torch.tensor(START, dtype=torch.float64) * sigmas[0], list[list[float]]()
    for index, (sigma, next_sigma) in enumerate(pairwise(sigmas)):
        level = torch.tensor([sigma], dtype=torch.float64)
        predicted = (x - denoised(x, level)) / sigma
        x = step(predicted, x / math.sqrt(1 + sigma**2), index) * math.sqrt(1 + next_sigma**2)
        after.append(x.tolist())
    return after


def ddim(steps: int, eta: float) -> dict[str, Any]:
    made = DDIMScheduler(**TRAINED, steps_offset=1, clip_sample=False, set_alpha_to_one=True)
    made.set_timesteps(steps)
    made.alphas_cumprod, made.final_alpha_cumprod = made.alphas_cumprod.double(), made.final_alpha_cumprod.double()
    kept = [float(made.alphas_cumprod[time]) for time in made.timesteps]
    sigmas = [*(math.sqrt((1 - share) / share) for share in kept), 0.0]

    def step(predicted: torch.Tensor, x: torch.Tensor, index: int) -> torch.Tensor:
        fresh = noise(sigmas[index], sigmas[index + 1])
        return made.step(predicted, made.timesteps[index], x, eta=eta, variance_noise=fresh).prev_sample

    return {"sampler": "DDIM", "options": {"eta_ddim": eta}, "sigmas": sigmas, "after": run(sigmas, step)}


def uni_pc(steps: int, order: int, variant: str, lower_order_final: bool) -> dict[str, Any]:
    made = UniPCMultistepScheduler(
        **TRAINED,
        solver_order=order,
        solver_type=variant,
        lower_order_final=lower_order_final,
        final_sigmas_type="sigma_min" if variant == "bh1" or not lower_order_final else "zero",
    )
    made.set_timesteps(steps)
    made.sigmas = made.sigmas.double()
    sigmas = made.sigmas.tolist()
    options = {"uni_pc_variant": variant, "uni_pc_order": order, "uni_pc_lower_order_final": lower_order_final}

    def step(predicted: torch.Tensor, x: torch.Tensor, index: int) -> torch.Tensor:
        return made.step(predicted[None], made.timesteps[index], x[None]).prev_sample[0]

    return {"sampler": "UniPC", "options": options, "sigmas": sigmas, "after": run(sigmas, step)}


def lcm(steps: int) -> dict[str, Any]:
    made = LCMScheduler(**TRAINED, clip_sample=False, set_alpha_to_one=True)
    made.set_timesteps(steps)
    made.alphas_cumprod = made.alphas_cumprod.double()
    kept = [float(made.alphas_cumprod[time]) for time in made.timesteps]
    sigmas = [*(math.sqrt((1 - share) / share) for share in kept), 0.0]

    def step(predicted: torch.Tensor, x: torch.Tensor, index: int) -> torch.Tensor:
        scheduling_lcm.randn_tensor = lambda *_, **__: noise(sigmas[index], sigmas[index + 1])
        return made.step(predicted, made.timesteps[index], x).prev_sample

    return {"sampler": "LCM", "options": {}, "sigmas": sigmas, "after": run(sigmas, step)}


def schedules() -> Iterator[dict[str, Any]]:
    for steps in (2, 10, 20):
        beta = EulerDiscreteScheduler(**TRAINED, use_beta_sigmas=True)
        beta.set_timesteps(steps)
        yield {"schedule": "beta", "steps": steps, "sigmas": beta.sigmas.double().tolist()}
    for steps in (4, 20, 50):
        made = DDIMScheduler(**TRAINED, steps_offset=1)
        made.set_timesteps(steps)
        yield {"schedule": "ddim", "steps": steps, "times": made.timesteps.tolist()}
    yield {"schedule": "align_your_steps", "is_sdxl": False, "sigmas": AysSchedules["StableDiffusionSigmas"]}
    yield {"schedule": "align_your_steps", "is_sdxl": True, "sigmas": AysSchedules["StableDiffusionXLSigmas"]}
    shifted = DDIMScheduler(**TRAINED, rescale_betas_zero_snr=True)
    for name, made in (("stable_diffusion", DDIMScheduler(**TRAINED)), ("zero_terminal_snr", shifted)):
        yield {"trained": name, "kept": made.alphas_cumprod.double().tolist()[::111]}


def main() -> None:
    samplers = [
        *(ddim(steps, eta) for steps in (5, 20) for eta in (0.0, 0.6)),
        *(uni_pc(9, order, variant, True) for order in (1, 2, 3) for variant in ("bh1", "bh2")),
        uni_pc(9, 3, "bh2", False),
        lcm(4),
    ]
    about = {"from": f"diffusers {diffusers.__version__}", "spread": SPREAD, "start": START}
    print(written(about, schedules=list(schedules()), samplers=samplers))


if __name__ == "__main__":
    main()
