"""Scripts and their arguments as the API gives them (features.md 4.4). An always-on script is a line in `ALWAYS_ON`.

Arguments come in the order of the fields: missing ones keep their defaults, surplus ones are ignored, for one script
and never for its neighbours (A1111 lets a wrong number of them shift all other scripts' arguments).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from studio.domain.errors import BadRequest, UnknownScript
from studio.domain.fields import Check, Field, Number, Picture, Slider, Text, Value, complete
from studio.domain.registry import nearest_first
from studio.domain.request import ControlUnit, Refiner, Region, ScriptCall, SoftInpainting
from studio.wire.controlnet import units_of
from studio.wire.reading import Load, Reading
from studio.wire.regions import regions_of

NO_SCRIPT = ("", "none")

SOFT_FIELDS: tuple[Field, ...] = (
    Check(name="enabled", label="Soft inpainting", default=False),
    Slider(name="schedule_bias", label="Schedule bias", minimum=0, maximum=8, step=0.1, default=1.0),
    Slider(name="preservation_strength", label="Preservation strength", minimum=0, maximum=8, step=0.05, default=0.5),
    Slider(
        name="transition_contrast_boost",
        label="Transition contrast boost",
        minimum=1,
        maximum=32,
        step=0.5,
        default=4.0,
    ),
    Slider(name="mask_influence", label="Mask influence", minimum=0, maximum=1, step=0.05, default=0.0),
    Slider(name="difference_threshold", label="Difference threshold", minimum=0, maximum=8, step=0.25, default=0.5),
    Slider(name="difference_contrast", label="Difference contrast", minimum=0, maximum=8, step=0.25, default=2.0),
)
REFINER_FIELDS: tuple[Field, ...] = (
    Check(name="enabled", label="Refiner", default=False),
    Text(name="model", label="Checkpoint", default=""),
    Slider(name="switch_at", label="Switch at", minimum=0.01, maximum=1, step=0.01, default=0.8),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlwaysOn:
    """What scripts that are always there add to a request."""

    controls: tuple[ControlUnit, ...] = ()
    soft: SoftInpainting | None = None
    refiner: Refiner | None = None
    regions: tuple[Region, ...] = ()


def read_controls(args: Sequence[Any], reading: Reading) -> AlwaysOn:
    return AlwaysOn(controls=units_of(args, reading.load, reading.folder))


def read_soft(args: Sequence[Any], reading: Reading) -> AlwaysOn:
    values = arguments(SOFT_FIELDS, flat(args), reading.load)
    is_on = values.pop("enabled")
    return AlwaysOn(soft=SoftInpainting(**values) if is_on else None)


def read_regions(args: Sequence[Any], reading: Reading) -> AlwaysOn:
    return AlwaysOn(regions=regions_of(args, reading.load))


def read_refiner(args: Sequence[Any], reading: Reading) -> AlwaysOn:
    values = arguments(REFINER_FIELDS, args, reading.load)
    is_on = values.pop("enabled") and values["model"] not in ("", "None")
    return AlwaysOn(refiner=Refiner(**values) if is_on else None)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlwaysOnScript:
    """`fields` are for script-info; `is_listed_as` are its titles in listings, where those differ from its name."""

    name: str
    read: Callable[[Sequence[Any], Reading], AlwaysOn]
    fields: tuple[Field, ...] = ()
    also: tuple[str, ...] = ()
    is_txt2img: bool = True


ALWAYS_ON: tuple[AlwaysOnScript, ...] = (
    AlwaysOnScript(name="controlnet", read=read_controls, also=("controlnet m2m",)),
    AlwaysOnScript(name="soft inpainting", read=read_soft, fields=SOFT_FIELDS, is_txt2img=False),
    AlwaysOnScript(name="refiner", read=read_refiner, fields=REFINER_FIELDS),
    AlwaysOnScript(name="regions", read=read_regions),
)
"""`controlnet m2m` is what webuiapi looks for before it uses ControlNet at all."""


ELSEWHERE = ("sampler", "seed", "comments", "extra options", "hypertile")
"""A1111's, whose arguments act on its page only; over the API, there too, fields of the body say what they would."""


def always_on_of(given: Mapping[str, Any], reading: Reading) -> AlwaysOn:
    """Raises UnknownScript, BadRequest, BrokenFile."""
    result = AlwaysOn()
    for title, value in given.items():
        if title.lower() in ELSEWHERE:
            continue
        script = always_on_named(title, reading)
        part = script.read(arguments_in(title, value), reading)
        told = {each.name: getattr(part, each.name) for each in fields(part) if getattr(part, each.name)}
        result = replace(result, **told)
    return result


def always_on_named(title: str, reading: Reading) -> AlwaysOnScript:
    for script in ALWAYS_ON:
        if title.lower() in (script.name, *script.also):
            return script
    names = nearest_first(title, [script.name for script in ALWAYS_ON])
    if title in reading.scripts:
        raise UnknownScript(f"{title!r} is not always on; name it in script_name", name=title, installed=names)
    message = f"There is no always-on script {title!r}. Installed: {', '.join(names)}"
    raise UnknownScript(message, name=title, installed=names)


def arguments_in(title: str, value: Any) -> list[Any]:
    args: Any = cast("Mapping[str, Any]", value).get("args", []) if isinstance(value, Mapping) else value
    if isinstance(args, Mapping):  # some clients send one unit, or named arguments, by themselves
        return [args]
    if args is None:
        return []
    if not isinstance(args, list):
        raise BadRequest(f"alwayson_scripts, {title}: args must be a list", field="alwayson_scripts", allowed="a list")
    return cast("list[Any]", args)


def flat(args: Sequence[Any]) -> Sequence[Any]:
    """Arguments given by name, in order."""
    if len(args) == 1 and isinstance(args[0], Mapping):
        named = cast("Mapping[str, Any]", args[0])
        by_name = {soft_name(key): value for key, value in named.items()}
        return [by_name.get(each.name) for each in SOFT_FIELDS]
    return args


def soft_name(key: str) -> str:
    """Of a field, by its label, with or without the script's name before it; that name alone says whether it is on."""
    return key.lower().removeprefix("soft inpainting").strip().replace(" ", "_") or "enabled"


def script_of(name: str | None, args: Sequence[Any], reading: Reading, *, is_img2img: bool) -> ScriptCall | None:
    """Raises UnknownScript, BadRequest, BrokenFile."""
    if name is None or name.lower() in NO_SCRIPT:
        return None
    fitting = [each.name for each in reading.scripts if (each.is_img2img if is_img2img else each.is_txt2img)]
    script = reading.scripts[name]
    if script.name not in fitting:
        page = "img2img" if is_img2img else "txt2img"
        message = f"The script {script.name!r} is not for {page}. Installed for it: {', '.join(fitting) or 'none'}"
        raise UnknownScript(message, name=name, installed=fitting)
    return ScriptCall(name=script.name, args=arguments(script.fields, args, reading.load))


def arguments(declared: Sequence[Field], given: Sequence[Any], load: Load) -> dict[str, Value]:
    """Every field by its name, with the value in its place or its default. Raises BadRequest, BrokenFile."""
    placed = dict(zip((each.name for each in declared), given, strict=False))
    pictures = {each.name for each in declared if isinstance(each, Picture)}
    read = {
        name: load(value) if name in pictures and isinstance(value, str) else value
        for name, value in placed.items()
        if value is not None and not (name in pictures and value == "")
    }
    numeric = {each.name for each in declared if isinstance(each, Slider | Number)}
    return complete(declared, {name: number_in(value) if name in numeric else value for name, value in read.items()})


def number_in(value: Any) -> Any:
    """The number that a text holds, as fields of bodies take it too; anything else as it is."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
