"""What the user sets once for all jobs. A setting is one line in `Settings`, or in a class that it builds on; then it
stands in the Settings tab, in `/sdapi/v1/options` and in `override_settings`, under A1111's key. Sections are drawn in
the order of their first use.

A setting lands here with the code that gives it its effect, never before.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, cast

from studio.domain.errors import BadRequest
from studio.domain.fields import Check, Choice, Field, MultiChoice, Slider, Text
from studio.domain.folder_settings import FolderSettings
from studio.domain.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings(FolderSettings):
    """Read once per job, when it is accepted; a change never touches what is queued."""

    control_units: int = setting(
        "ControlNet",
        Slider(
            name="control_net_unit_count",
            label="Multi-ControlNet: ControlNet unit number",
            minimum=1,
            maximum=10,
            default=3,
            info="units on the page; needs a reload of the page. The API takes any number",
        ),
    )
    hides_control_maps: bool = setting(
        "ControlNet",
        Check(name="control_net_no_detectmap", label="Do not append detectmap to output", default=False),
    )
    ignores_strokes: bool = setting(
        "ControlNet",
        Check(
            name="controlnet_ignore_noninpaint_mask",
            label="Ignore mask on ControlNet input image if control type is not inpaint",
            default=False,
            info="otherwise what is drawn on a unit's picture replaces it, as white lines on black",
        ),
    )
    control_blur: int = setting(
        "ControlNet",
        Slider(
            name="control_net_inpaint_blur_sigma",
            label="ControlNet inpainting Gaussian blur sigma",
            minimum=0,
            maximum=64,
            default=7,
            info="how softly inpaint_only joins what it has drawn to what it keeps",
        ),
    )
    fetches_pictures: bool = setting(
        "API",
        Check(
            name="api_enable_requests",
            label="Allow http:// and https:// URLs for input images in API",
            default=True,
        ),
        is_api_settable=False,
    )
    fetches_public_only: bool = setting(
        "API",
        Check(
            name="api_forbid_local_requests",
            label="Forbid URLs to local resources",
            default=True,
            info="of this machine and of networks that are not public",
        ),
        is_api_settable=False,
    )
    fetching_agent: str = setting(
        "API",
        Text(
            name="api_useragent",
            label="User agent for requests",
            default="",
            pattern="[ -~]*",
            example="plain letters, digits and signs in one line",
            info="empty: none is sent",
        ),
        is_api_settable=False,
    )
    live_previews: bool = setting(
        "Live previews",
        Check(name="live_previews_enable", label="Show live previews of the created image", default=True),
    )
    preview_every: int = setting(
        "Live previews",
        Slider(
            name="show_progress_every_n_steps",
            label="Live preview display period, in steps",
            minimum=1,
            maximum=32,
            default=2,
        ),
    )
    preview_method: str = setting(
        "Live previews",
        Choice(
            name="show_progress_type",
            label="Live preview method",
            options=("Full", "TAESD", "Approx cheap"),
            default="Approx cheap",
            info="Full: exact and slow. TAESD: a small decoder, of models/VAE-approx. Approx cheap: at once, coarse",
        ),
    )
    finishes_picture: bool = setting(
        "User interface",
        Check(
            name="interrupt_after_current",
            label="Don't Interrupt in the middle",
            default=True,
            info="of several pictures the one at hand is finished; a second press on Interrupt stops at once",
        ),
    )
    quick_settings: tuple[str, ...] = setting(
        "User interface",
        MultiChoice(
            name="quicksettings_list",
            label="Quicksettings list",
            options="settings",
            default=("sd_model_checkpoint",),
            info="settings that stand on top of the page and act at once; needs a reload of the page",
        ),
    )

    def overridden(self, given: Mapping[str, object]) -> Self:
        """These settings but for the given ones, by A1111's keys. Raises BadRequest for unknown keys and bad values."""
        changes = dict[str, Any]()
        for key, value in given.items():
            if key not in BY_KEY:
                raise BadRequest(f"There is no setting {key!r}", field=key, allowed=sorted(BY_KEY))
            changes[BY_KEY[key].attribute] = BY_KEY[key].field.check(value)
        return replace(self, **changes)

    def as_options(self) -> dict[str, Any]:
        """Every value by A1111's key (JSON values)."""
        return {each.field.name: plain(getattr(self, each.attribute)) for each in DECLARED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """One setting: the attribute of `Settings` and what is declared about it."""

    attribute: str
    section: str
    field: Field
    infotext: str
    is_api_settable: bool


def plain(value: Any) -> Any:
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def declared() -> Iterator[Declared]:
    for each in dataclasses.fields(Settings):
        yield Declared(attribute=each.name, **each.metadata)


DECLARED: tuple[Declared, ...] = tuple(declared())
BY_KEY: Mapping[str, Declared] = {each.field.name: each for each in DECLARED}
