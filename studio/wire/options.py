"""A1111's settings as clients send them: those of ours, and those that it has and we have not.

A setting that lands in `domain/settings.py` needs nothing here; its line in `FOREIGN` goes then.
"""

from collections.abc import Mapping
from typing import Any

from studio.domain.errors import BadRequest
from studio.domain.fields import Check, Number, Slider
from studio.domain.registry import nearest_first
from studio.domain.settings import BY_KEY

FOREIGN: Mapping[str, tuple[Any, ...]] = {
    "add_model_hash_to_info": (True,),
    "add_model_name_to_info": (True,),
    "auto_vae_precision": (True,),
    "batch_cond_uncond": (True,),
    "code_former_weight": (0.5,),
    "cross_attention_optimization": ("Automatic",),
    "enable_batch_seeds": (True,),
    "face_restoration": (False,),
    "face_restoration_model": ("CodeFormer", "GFPGAN", "None", ""),
    "filter_nsfw": (False,),
    "forge_additional_modules": ([],),
    "live_preview_content": ("Prompt", "Combined", "Negative prompt"),
    "pad_cond_uncond": (False, True),
    "persistent_cond_cache": (True, False),
    "save_images_before_face_restoration": (False,),
    "save_images_replace_action": ("Add number suffix",),
    "sd_checkpoint_hash": ("",),
    "sd_unet": ("Automatic",),
    "send_seed": (True, False),
    "send_size": (True, False),
    "use_old_karras_scheduler_sigmas": (False,),
    "use_old_scheduling": (False,),
}
"""What the studio does as if these were set to one of the values, so that saying so is no contradiction."""


def known_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ours, as they were given, but for what an API may not set and what is set so anyhow.

    Raises BadRequest for a setting that neither program has, and for a value that here cannot be.
    """
    kept: dict[str, Any] = {}
    for key, value in given.items():
        if key in BY_KEY:
            if BY_KEY[key].is_api_settable and value is not None:
                kept[key] = as_declared(key, value)
        elif key not in FOREIGN:
            known = nearest_first(key, BY_KEY)
            raise BadRequest(f"There is no setting {key!r}. The nearest are {', '.join(known[:3])}", field=key)
        elif value is not None and value not in FOREIGN[key]:
            allowed = ", ".join(repr(each) for each in FOREIGN[key])
            raise BadRequest(f"The setting {key} can only be {allowed} here, not {value!r}", field=key, allowed=allowed)
    return kept


def as_declared(key: str, value: Any) -> Any:
    """Clients send numbers and truths as text, too. What cannot be read stays, for the field to refuse."""
    field = BY_KEY[key].field
    if not isinstance(value, str):
        return value
    if isinstance(field, Check) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(field, Slider | Number):
        try:
            return float(value)
        except ValueError:
            return value
    return value
