"""From an infotext back to a request: paste, PNG info, and the API's `infotext`. A new key is a line in a table here.

What a key means is said once, as a function that puts its value into a request. Where a request has no picture, mask
or hires fix, keys about them have nothing to act on; a page that wants them all hands in a request that has all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from studio.domain.errors import BadRequest
from studio.domain.fields import Check, Number, Slider, Value
from studio.domain.geometry import Size
from studio.domain.old_names import split_sampler
from studio.domain.request import (
    ColourMatch,
    GenerationRequest,
    HiresFix,
    Mask,
    MaskedContent,
    Refiner,
    ResizeMode,
    SoftInpainting,
)
from studio.domain.settings import DECLARED, Declared, Settings
from studio.prompt.infotext import Infotext
from studio.prompt.old_texts import FIRST_PASS, SIZE, modern
from studio.prompt.restore_controls import controls_of

Put = Callable[[GenerationRequest, str], GenerationRequest]

WHEN_ABSENT: Mapping[str, str] = {
    "Schedule type": "Automatic",
    "Mask mode": "Inpaint masked",
    "Inpaint area": "Whole picture",
    "Masked area padding": "32",
    "Masked content": "original",
    "Soft inpainting enabled": "False",
    "Variation seed strength": "0",
    "Seed resize from": "0x0",
}
"""What A1111 takes a text without the key to mean, of what stands in a request."""
OWN_WHEN_ABSENT: Mapping[str, str] = {
    "Resize mode": "Just resize",
    "Keep original size": "False",
    "Mask round": "True",
    "Colour match": "None",
}
"""What is not A1111's; in a picture of ours, absence says something about these too."""
SAME = ("Use same checkpoint", "Use same sampler", "Use same scheduler")
SAYS_NOTHING = {
    "Version",
    "Model",
    "Model hash",
    "User",
    "Hires upscale",
    "Hires resize",
    "Refiner switch at",
    FIRST_PASS,
}
"""Keys that are for people, or that are read together with another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """`ignored` are the keys that mean nothing here, or whose value does not."""

    request: GenerationRequest
    ignored: tuple[str, ...]


def restore(text: Infotext, onto: GenerationRequest, settings: Settings, *, takes_model: bool = False) -> Restored:
    """`onto` with all that the text says. Settings are overridden where the text's differ from `settings`.

    A1111 by default never changes the checkpoint when it pastes; `takes_model` does, by hash, else by name.
    """
    is_own = text.facts.get("Version", "").startswith("Redraw Studio")
    facts = {**WHEN_ABSENT, **(OWN_WHEN_ABSENT if is_own else {}), **modern(text.facts)}
    request = replace(onto, prompt=text.prompt, negative_prompt=text.negative_prompt, styles=())
    request = replace(request, hires=hires_of(facts, onto.hires), refiner=refiner_of(facts))
    ignored: list[str] = []
    for key, value in facts.items():
        try:
            request = KEYS[key](request, value) if key in KEYS else request
        except (ValueError, ArithmeticError):
            ignored.append(key)
    request, bad_controls = with_controls(request, facts)
    overrides, bad_settings = overrides_of(facts, settings, takes_model=takes_model)
    known = KEYS.keys() | SETTING_KEYS.keys() | SAYS_NOTHING
    unknown = [key for key in text.facts if key not in known and not key.startswith("ControlNet ")]
    return Restored(
        request=replace(request, settings={**request.settings, **overrides}),
        ignored=tuple(dict.fromkeys([*ignored, *bad_controls, *bad_settings, *unknown])),
    )


def with_controls(request: GenerationRequest, facts: Mapping[str, str]) -> tuple[GenerationRequest, list[str]]:
    units, bad = controls_of(facts)
    return (replace(request, controls=units) if units else request), bad


def size_of(value: str) -> Size:
    match = SIZE.fullmatch(value)
    if not match:
        raise ValueError(value)
    return Size(int(match[1]), int(match[2]))


def truth(value: str) -> bool:
    return value.strip().lower() in ("true", "1", "yes")


def sampling(attribute: str, read: Callable[[str], Value]) -> Put:
    return lambda request, value: replace(request, sampling=replace(request.sampling, **{attribute: read(value)}))


def mask(attribute: str, read: Callable[[str], Value]) -> Put:
    def put(request: GenerationRequest, value: str) -> GenerationRequest:
        changed: Mask | None = request.mask and replace(request.mask, **{attribute: read(value)})
        return replace(request, mask=changed)

    return put


def init(attribute: str, read: Callable[[str], Value]) -> Put:
    def put(request: GenerationRequest, value: str) -> GenerationRequest:
        return replace(request, init=request.init and replace(request.init, **{attribute: read(value)}))

    return put


def soft(attribute: str) -> Put:
    def put(request: GenerationRequest, value: str) -> GenerationRequest:
        if not (request.mask and request.mask.soft):
            return request
        changed = replace(request.mask.soft, **{attribute: float(value)})
        return replace(request, mask=replace(request.mask, soft=changed))

    return put


def schedule_name(value: str) -> str:
    return "" if value.strip().lower() == "automatic" else value


def put_sampler(request: GenerationRequest, value: str) -> GenerationRequest:
    """Its schedule too, where the name holds one as old names do."""
    name, schedule = split_sampler(value)
    schedule = schedule or request.sampling.schedule
    return replace(request, sampling=replace(request.sampling, sampler=name, schedule=schedule))


def put_blur(request: GenerationRequest, value: str) -> GenerationRequest:
    return mask("blur_y", float)(mask("blur_x", float)(request, value), value)


def put_strength(request: GenerationRequest, value: str) -> GenerationRequest:
    """Of the picture that is redrawn, and of hires fix, whichever there is."""
    strength = float(value)
    return replace(
        request,
        init=request.init and replace(request.init, strength=strength),
        hires=request.hires and replace(request.hires, strength=strength),
    )


def put_soft(request: GenerationRequest, value: str) -> GenerationRequest:
    chosen = SOFT_DEFAULT if truth(value) else None
    return replace(request, mask=request.mask and replace(request.mask, soft=chosen))


SOFT_DEFAULT = SoftInpainting(
    schedule_bias=1.0,
    preservation_strength=0.5,
    transition_contrast_boost=4.0,
    mask_influence=0.0,
    difference_threshold=0.5,
    difference_contrast=2.0,
)

KEYS: Mapping[str, Put] = {
    "Steps": sampling("steps", int),
    "Sampler": put_sampler,
    "Schedule type": sampling("schedule", schedule_name),
    "CFG scale": sampling("cfg_scale", float),
    "Seed": sampling("seed", int),
    "Variation seed": sampling("variation_seed", int),
    "Variation seed strength": sampling("variation_strength", float),
    "Seed resize from": sampling("seed_resize_from", size_of),
    "Size": lambda request, value: replace(request, size=size_of(value)),
    "Denoising strength": put_strength,
    "Resize mode": init("resize_mode", ResizeMode),
    "Keep original size": init("keep_original_size", truth),
    "Image CFG scale": init("image_cfg_scale", float),
    "Mask mode": mask("inverted", lambda value: value == "Inpaint not masked"),
    "Mask blur": put_blur,
    "Mask blur x": mask("blur_x", float),
    "Mask blur y": mask("blur_y", float),
    "Inpaint area": mask("only_masked", lambda value: value == "Only masked"),
    "Masked area padding": mask("padding", int),
    "Masked content": mask("content", MaskedContent),
    "Mask round": mask("rounded", truth),
    "Colour match": mask("colour_match", ColourMatch),
    "Soft inpainting enabled": put_soft,
    "Soft inpainting schedule bias": soft("schedule_bias"),
    "Soft inpainting preservation strength": soft("preservation_strength"),
    "Soft inpainting transition contrast boost": soft("transition_contrast_boost"),
    "Soft inpainting mask influence": soft("mask_influence"),
    "Soft inpainting difference threshold": soft("difference_threshold"),
    "Soft inpainting difference contrast": soft("difference_contrast"),
    **{
        key: lambda request, value: request  # read together, by `hires_of` and `refiner_of`
        for key in (
            "Hires steps",
            "Hires upscaler",
            "Hires checkpoint",
            "Hires sampler",
            "Hires schedule type",
            "Hires prompt",
            "Hires negative prompt",
            "Refiner",
        )
    },
}


def hires_of(facts: Mapping[str, str], before: HiresFix | None) -> HiresFix | None:
    """None for a picture that was drawn without. A bad number counts as absent."""
    if not any(key in facts for key in ("Hires upscaler", "Hires upscale", "Hires resize")):
        return None
    size = SIZE.fullmatch(facts.get("Hires resize", ""))
    return HiresFix(
        upscaler=facts.get("Hires upscaler", "Latent"),
        scale=number(facts, "Hires upscale", before.scale if before else 2.0),
        size=Size(int(size[1]), int(size[2])) if size else Size(0, 0),
        steps=int(number(facts, "Hires steps", 0)),
        strength=before.strength if before else 0.7,
        model=other(facts, "Hires checkpoint"),
        sampler=other(facts, "Hires sampler"),
        schedule=schedule_name(other(facts, "Hires schedule type")),
        prompt=facts.get("Hires prompt", ""),
        negative_prompt=facts.get("Hires negative prompt", ""),
    )


def other(facts: Mapping[str, str], key: str) -> str:
    """A name, empty for "as in the first pass"."""
    name = facts.get(key, "")
    return "" if name in SAME else name


def refiner_of(facts: Mapping[str, str]) -> Refiner | None:
    model = facts.get("Refiner", "")
    return Refiner(model=model, switch_at=number(facts, "Refiner switch at", 0.8)) if model else None


def number(facts: Mapping[str, str], key: str, default: float) -> float:
    try:
        return float(facts.get(key, default))
    except ValueError:
        return default


def setting_keys() -> Iterator[tuple[str, Declared]]:
    for each in DECLARED:
        if each.infotext:
            yield each.infotext, each
        if each.field.name == "randn_source":
            yield "RNG", each


SETTING_KEYS: Mapping[str, Declared] = dict(setting_keys())


def overrides_of(
    facts: Mapping[str, str], settings: Settings, *, takes_model: bool
) -> tuple[dict[str, Value], list[str]]:
    """By A1111's keys of settings, those that differ; and the keys of the text whose value is refused."""
    found: dict[str, Value] = {}
    bad: list[str] = []
    for key, declared in SETTING_KEYS.items():
        try:
            value = value_of(key, declared, facts)
        except (ValueError, BadRequest):
            bad.append(key)
            continue
        if value != getattr(settings, declared.attribute):
            found[declared.field.name] = value
    model = facts.get("Model hash") or facts.get("Model")
    if takes_model and model:
        found["sd_model_checkpoint"] = model
    return found, bad


def value_of(key: str, declared: Declared, facts: Mapping[str, str]) -> Value:
    """A setting's value as the text has it; the usual one where it says nothing, since others would be written."""
    if key not in facts:
        return "GPU" if key == "RNG" else declared.field.check(declared.field.default)
    if isinstance(declared.field, Check):
        return truth(facts[key])
    is_number = isinstance(declared.field, Slider | Number)
    return declared.field.check(float(facts[key]) if is_number else facts[key])
