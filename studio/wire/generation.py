"""What txt2img and img2img have in common (features.md 4.2). A parameter is a field, and its use in `to_parts`.

Names and defaults are those of A1111's API, which differ from its page's (features.md 4.3, last line).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import Field, field_validator, model_validator

from studio.domain.errors import BadRequest
from studio.domain.fields import Value
from studio.domain.geometry import Size
from studio.domain.old_names import split_sampler
from studio.domain.request import ControlUnit, Refiner, Region, Sampling, ScriptCall, SoftInpainting
from studio.domain.settings import BY_KEY
from studio.wire.options import known_options
from studio.wire.reading import Body, Reading
from studio.wire.scripts import AlwaysOn, always_on_of, script_of

AUTOMATIC = ("", "automatic")
ETA = ("eta_ancestral", "eta_ddim")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The pieces of a request that both kinds of bodies fill in the same way."""

    sampling: Sampling
    refiner: Refiner | None
    controls: tuple[ControlUnit, ...]
    regions: tuple[Region, ...]
    soft: SoftInpainting | None
    script: ScriptCall | None
    settings: Mapping[str, Value]


class GenerationBody(Body):
    prompt: str = ""
    negative_prompt: str = ""
    styles: list[str] = Field(default_factory=list[str])
    seed: int = -1
    subseed: int = -1
    subseed_strength: float = 0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    sampler_name: str | None = None
    sampler_index: str = "Euler"
    scheduler: str | None = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    restore_faces: bool | None = None
    tiling: bool | None = None
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    eta: float | None = None
    denoising_strength: float = 0.75
    s_min_uncond: float | None = None
    s_churn: float | None = None
    s_tmax: float | None = None
    s_tmin: float | None = None
    s_noise: float | None = None
    override_settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    override_settings_restore_afterwards: bool = True
    refiner_checkpoint: str | None = None
    refiner_switch_at: float | None = None
    script_name: str | None = None
    script_args: list[Any] = Field(default_factory=list[Any])
    send_images: bool = True
    save_images: bool = False
    alwayson_scripts: dict[str, Any] = Field(default_factory=dict[str, Any])
    force_task_id: str | None = None
    infotext: str | None = None

    @field_validator("styles", mode="before")
    @classmethod
    def without_no_style(cls, given: Any) -> Any:
        """A1111's name for no style is "None", and some clients send an empty one, or null."""
        if not isinstance(given, list):
            return given
        return [each for each in cast("list[Any]", given) if each not in (None, "", "None")]

    @field_validator("alwayson_scripts", "override_settings", mode="before")
    @classmethod
    def nothing(cls, given: Any) -> Any:
        """Languages that have one kind of empty container send a list."""
        return given or {}

    @model_validator(mode="before")
    @classmethod
    def with_old_units(cls, given: Any) -> Any:
        """Clients from before `alwayson_scripts` send their control units beside the other fields."""
        body = cast("Mapping[str, Any]", given)
        if not isinstance(given, Mapping) or not body.get("controlnet_units"):
            return body
        named: Mapping[str, Any] = body.get("alwayson_scripts") or {}
        return {**body, "alwayson_scripts": {"controlnet": {"args": body["controlnet_units"]}, **named}}

    def to_parts(self, reading: Reading, *, is_img2img: bool) -> Parts:
        """Raises BadRequest, BrokenFile, UnknownScript."""
        always_on = always_on_of(self.alwayson_scripts, reading)
        return Parts(
            sampling=self.to_sampling(),
            refiner=self.to_refiner(always_on),
            controls=always_on.controls,
            regions=always_on.regions,
            soft=always_on.soft,
            script=script_of(self.script_name, self.script_args, reading, is_img2img=is_img2img),
            settings=self.to_settings(),
        )

    def to_sampling(self) -> Sampling:
        sampler, old_schedule = split_sampler(self.sampler_name or self.sampler_index)
        schedule = "" if (self.scheduler or "").lower() in AUTOMATIC else self.scheduler or ""
        return Sampling(
            sampler=sampler,
            schedule=old_schedule or schedule,
            steps=self.steps,
            cfg_scale=self.cfg_scale,
            seed=self.seed,
            variation_seed=self.subseed,
            variation_strength=self.subseed_strength,
            seed_resize_from=Size(max(0, self.seed_resize_from_w), max(0, self.seed_resize_from_h)),
        )

    def to_refiner(self, always_on: AlwaysOn) -> Refiner | None:
        model, switch_at = self.refiner_checkpoint or "None", self.refiner_switch_at
        if model == "None" or switch_at is None or switch_at >= 1:
            return always_on.refiner
        return Refiner(model=model, switch_at=switch_at)

    def to_settings(self) -> dict[str, Value]:
        """The overrides, those that are fields of the body among them. Pictures are kept only if that is asked for."""
        given = {**self.override_settings, **self.settings_in_fields()}
        if not self.save_images or self.do_not_save_samples:
            given["samples_save"] = False
        if not self.save_images or self.do_not_save_grid:
            given |= {"grid_save": False, "return_grid": False}
        return known_options(given)

    def settings_in_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "tiling": self.tiling,
            "face_restoration": self.restore_faces,
            "s_min_uncond": self.s_min_uncond,
            "s_churn": self.s_churn,
            "s_tmin": self.s_tmin,
            "s_tmax": self.s_tmax,
            "s_noise": self.s_noise,
            **{key: self.eta for key in ETA if key in BY_KEY},
        }
        return {key: value for key, value in fields.items() if value is not None}


def choice(names: tuple[str, ...], value: int | str, field: str) -> str:
    """One of the names, by its place or by itself in any case. Raises BadRequest."""
    for place, name in enumerate(names):
        if value == place or str(value).lower() in (name.lower(), str(place)):
            return name
    allowed = ", ".join(f"{place} ({name})" for place, name in enumerate(names))
    raise BadRequest(f"{field} is {value!r}; it can be {allowed}", field=field, allowed=allowed)
