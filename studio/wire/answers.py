"""What A1111 says about finished pictures: the `info` of a generation (features.md 4.4). A fact is a line here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.domain.request import GenerationRequest
from studio.domain.version import VERSION

IN_FIELDS = frozenset(
    {
        "Steps",
        "Sampler",
        "CFG scale",
        "Seed",
        "Size",
        "Model hash",
        "Model",
        "Version",
        "Variation seed",
        "Variation seed strength",
        "Seed resize from",
        "Denoising strength",
        "Clip skip",
    }
)
"""What `info` has a field of its own for; the other facts are `extra_generation_params`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What one finished picture says of itself; `text` is its infotext as a whole."""

    text: str
    prompt: str
    negative_prompt: str
    facts: Mapping[str, str]


def generation_info(request: GenerationRequest, pictures: Sequence[Told], created: float, notes: Sequence[str]) -> str:
    """JSON. `request` has its seeds drawn; `created` is in seconds since 1970. A1111 calls notes comments."""
    sampling = request.sampling
    first = pictures[0] if pictures else Told(text="", prompt=request.prompt, negative_prompt="", facts={})
    strength = request.init.strength if request.init else request.hires.strength if request.hires else None
    info: dict[str, Any] = {
        "prompt": first.prompt,
        "all_prompts": [each.prompt for each in pictures],
        "negative_prompt": first.negative_prompt,
        "all_negative_prompts": [each.negative_prompt for each in pictures],
        "seed": seed_of(first, sampling.seed),
        "all_seeds": [seed_of(each, sampling.seed) for each in pictures],
        "subseed": sampling.variation_seed,
        "all_subseeds": [sampling.variation_seed + place for place in range(len(pictures))],
        "subseed_strength": sampling.variation_strength,
        "width": request.size.width,
        "height": request.size.height,
        "sampler_name": first.facts.get("Sampler", sampling.sampler),
        "cfg_scale": sampling.cfg_scale,
        "steps": sampling.steps,
        "batch_size": request.batch_size,
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": first.facts.get("Model"),
        "sd_model_hash": first.facts.get("Model hash"),
        "sd_vae_name": first.facts.get("VAE"),
        "sd_vae_hash": first.facts.get("VAE hash"),
        "seed_resize_from_w": sampling.seed_resize_from.width or -1,
        "seed_resize_from_h": sampling.seed_resize_from.height or -1,
        "denoising_strength": strength,
        "extra_generation_params": {key: value for key, value in first.facts.items() if key not in IN_FIELDS},
        "index_of_first_image": 0,
        "infotexts": [each.text for each in pictures],
        "styles": list(request.styles),
        "job_timestamp": timestamp(created),
        "clip_skip": int(first.facts.get("Clip skip", "1")),
        "is_using_inpainting_conditioning": False,
        "version": f"Redraw Studio {VERSION}",
        "comments": list(notes),
    }
    return json.dumps(info, ensure_ascii=False)


def seed_of(told: Told, otherwise: int) -> int:
    seed = told.facts.get("Seed", "")
    return int(seed) if seed.isdigit() else otherwise


def timestamp(created: float) -> str:
    return datetime.fromtimestamp(created).strftime("%Y%m%d%H%M%S")


def listed_facts(prompt: str, negative_prompt: str, facts: Mapping[str, str]) -> dict[str, str]:
    """An infotext's `parameters` as png-info gives them: sizes apart, the prompts among them (features.md 2.19)."""
    result = {"Prompt": prompt, "Negative prompt": negative_prompt}
    for key, value in facts.items():
        width, by, height = value.partition("x")
        if by and width.isdigit() and height.isdigit():
            result |= {f"{key}-1": width, f"{key}-2": height}
        else:
            result[key] = value
    return result
