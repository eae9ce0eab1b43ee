"""What k-diffusion's samplers and schedules give, in float64, on a denoiser that is a formula.

    pip install --no-deps --target FOLDER k-diffusion==0.1.1.post1
    python -m tools.golden.kdiffusion_numbers FOLDER > tests/golden/kdiffusion.json

Only `sampling.py` and `utils.py` of the package are run; nothing of it is needed by the tests. Add a case to CASES.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

VERSION = "k-diffusion 0.1.1.post1"
START = (1.0, -0.7, 0.3, -0.1)
SPREAD = 0.25
"""Of each of the two Gaussians, at -1 and 1, that the denoiser knows."""

PLAIN = {"eta": 1.0, "noise": 1.0, "churn": 0.0, "churn_min": 0.0, "churn_max": 0.0}
QUIET = PLAIN | {"eta": 0.0}
HALF = PLAIN | {"eta": 0.5, "noise": 0.9}
CHURN = PLAIN | {"churn": 3.0, "churn_min": 0.1, "churn_max": 8.0, "noise": 1.1}

CASES: dict[str, tuple[str, dict[str, Any], tuple[dict[str, float], ...]]] = {
    "Euler": ("sample_euler", {}, (PLAIN, CHURN)),
    "Euler a": ("sample_euler_ancestral", {}, (PLAIN, QUIET, HALF)),
    "Heun": ("sample_heun", {}, (PLAIN, CHURN)),
    "LMS": ("sample_lms", {}, (PLAIN,)),
    "DPM2": ("sample_dpm_2", {}, (PLAIN, CHURN)),
    "DPM2 a": ("sample_dpm_2_ancestral", {}, (PLAIN, QUIET, HALF)),
    "DPM++ 2S a": ("sample_dpmpp_2s_ancestral", {}, (PLAIN, QUIET, HALF)),
    "DPM++ SDE": ("sample_dpmpp_sde", {}, (PLAIN, QUIET, HALF)),
    "DPM++ 2M": ("sample_dpmpp_2m", {}, (PLAIN,)),
    "DPM++ 2M SDE": ("sample_dpmpp_2m_sde", {"solver_type": "midpoint"}, (PLAIN, QUIET, HALF)),
    "DPM++ 2M SDE Heun": ("sample_dpmpp_2m_sde", {"solver_type": "heun"}, (PLAIN, QUIET, HALF)),
    "DPM++ 3M SDE": ("sample_dpmpp_3m_sde", {}, (PLAIN, QUIET, HALF)),
    "DPM fast": ("sample_dpm_fast", {}, (PLAIN, QUIET, HALF)),
    "DPM adaptive": ("sample_dpm_adaptive", {}, (PLAIN, QUIET, HALF)),
}


def written(about: dict[str, Any], **lists: list[dict[str, Any]]) -> str:
    """JSON with a line for each case, so that a change shows which."""
    rows = {name: ",\n".join(json.dumps(row) for row in row_list) for name, row_list in lists.items()}
    parts = [json.dumps(about)[1:-1], *(f'"{name}": [\n{text}\n]' for name, text in rows.items())]
    return "{" + ",\n".join(parts) + "}"


def denoised(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """The mean of the picture, given x, when pictures are half about -1 and half about 1."""
    variance, spread = sigma.reshape(-1) ** 2, SPREAD**2
    return (spread * x + variance * torch.tanh(x / (spread + variance))) / (spread + variance)


def noise(sigma: Any, next_sigma: Any) -> torch.Tensor:
    """No chance in it: another wave for each pair of levels."""
    turn = 1 + 3 * float(sigma) + 7 * float(next_sigma)
    return math.sqrt(2) * torch.sin(turn * torch.arange(1, len(START) + 1, dtype=torch.float64))


def sampling_of(folder: Path) -> ModuleType:
    """k_diffusion.sampling without the package's start, which imports all that training needs."""
    package = ModuleType("k_diffusion")
    sys.modules["k_diffusion"] = package
    sys.modules["torchdiffeq"] = ModuleType("torchdiffeq")
    sys.modules["torchdiffeq"].odeint = None  # type: ignore[attr-defined]
    utils = ModuleType("k_diffusion.utils")
    utils.append_dims = lambda sigma, dims: sigma[(...,) + (None,) * (dims - sigma.ndim)]  # type: ignore[attr-defined]
    sys.modules["k_diffusion.utils"] = package.utils = utils  # type: ignore[attr-defined]
    spec = spec_from_file_location("k_diffusion.sampling", folder / "k_diffusion" / "sampling.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def noise_in_turn(sigmas: list[float]) -> Iterator[None]:
    """Churn draws one noise a step from torch itself; here it gets the wave of that step."""
    levels, drawn = iter(pairwise(sigmas)), torch.randn_like
    torch.randn_like = lambda x: noise(*next(levels))  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.randn_like = drawn


def taken(function: Callable[..., Any], sigmas: list[float], options: dict[str, float]) -> dict[str, Any]:
    given = {
        "sigmas": torch.tensor(sigmas, dtype=torch.float64),
        "sigma_min": sigmas[-2],
        "sigma_max": sigmas[0],
        "n": len(sigmas) - 1,
        "noise_sampler": noise,
        "eta": options["eta"],
        "s_noise": options["noise"],
        "s_churn": options["churn"],
        "s_tmin": options["churn_min"],
        "s_tmax": options["churn_max"] or math.inf,
    }
    code = function.__wrapped__.__code__
    return {name: value for name, value in given.items() if name in code.co_varnames[: code.co_argcount]}


def sampled(sampling: ModuleType, name: str, options: dict[str, float], sigmas: list[float]) -> dict[str, Any]:
    function, fixed, _ = CASES[name]
    evaluated = list[float]()

    def model(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        evaluated.append(float(sigma.reshape(-1)[0]))
        return denoised(x, sigma)

    step = getattr(sampling, function)
    start = torch.tensor(START, dtype=torch.float64) * sigmas[0]
    with noise_in_turn(sigmas):
        end = step(model, start, disable=True, **taken(step, sigmas, options), **fixed)
    return {"sampler": name, "sigmas": sigmas, "options": options, "evaluated": evaluated, "end": end.tolist()}


def main() -> None:
    torch.set_default_dtype(torch.float64)
    sampling = sampling_of(Path(sys.argv[1]))
    low, high = 0.0292, 14.6146
    schedules = [
        {"schedule": name, "steps": steps, "rho": rho, "low": low, "high": high, "sigmas": made.tolist()}
        for steps in (2, 10, 25)
        for name, rho, made in (
            ("karras", 7.0, sampling.get_sigmas_karras(steps, low, high)),
            ("karras", 3.0, sampling.get_sigmas_karras(steps, low, high, rho=3.0)),
            ("exponential", 0.0, sampling.get_sigmas_exponential(steps, low, high)),
            ("polyexponential", 1.0, sampling.get_sigmas_polyexponential(steps, low, high)),
            ("polyexponential", 2.5, sampling.get_sigmas_polyexponential(steps, low, high, rho=2.5)),
        )
    ]
    levels = [sampling.get_sigmas_karras(steps, low, high).tolist() for steps in (10, 12)]
    levels.append(sampling.get_sigmas_exponential(20, low, high).tolist()[6:])
    samplers = [
        sampled(sampling, name, options, sigmas)
        for name, (_, _, several) in CASES.items()
        for options in several
        for sigmas in levels
    ]
    print(written({"from": VERSION, "spread": SPREAD, "start": START}, schedules=schedules, samplers=samplers))


if __name__ == "__main__":
    main()
