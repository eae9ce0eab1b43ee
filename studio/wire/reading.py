"""What a body needs to become a request, and the ground that all bodies stand on. Leniency for all bodies goes here.

Clients of every age send null for what they leave out, numbers as text, and fields that nobody knows; none of that is
an error (features.md 4.6).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from PIL.Image import Image
from pydantic import BaseModel, ConfigDict, model_validator

from studio.domain.errors import BadRequest
from studio.domain.registry import Registry
from studio.domain.things import Script

Load = Callable[[str], Image]
"""The picture behind base64, with or without a data prefix, or behind an address. Raises BadRequest, BrokenFile."""
Pictures = tuple[Image, ...]
Folder = Callable[[str, str], tuple[Pictures, Pictures]]
"""The pictures of a folder and the masks of another one ("" for none), both by path. Raises BadRequest, BrokenFile."""
Store = Callable[[Image], str]
"""A picture as base64."""


def no_folder(pictures: str, masks: str) -> tuple[Pictures, Pictures]:
    message = "Folders of this machine cannot be named here. Send the pictures themselves, as a list"
    raise BadRequest(message, field="batch_images", allowed="a list of pictures")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    load: Load
    scripts: Registry[Script]
    folder: Folder = no_folder


def as_list(given: Any) -> Any:
    """One text is a list of one, and null among others is none of them."""
    if isinstance(given, str):
        return [given]
    return [each for each in cast("list[Any]", given) if each is not None] if isinstance(given, list) else given


class Body(BaseModel):
    """null counts as not given; unknown fields are left out; numbers are finite, texts can be written down."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, populate_by_name=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        fields = {key: value for key, value in cast("Mapping[str, Any]", given).items() if value is not None}
        broken = [key for key, value in fields.items() if not is_text(value)]
        if broken:
            raise ValueError(f"{broken[0]} holds half a character (a lone surrogate); send whole ones")
        return fields


def is_text(value: Any) -> bool:
    """Whether all texts in it can be written down: JSON can hold "\\ud800", half of a character, UTF-8 cannot."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value)
    if isinstance(value, Mapping):
        return all(is_text(key) and is_text(each) for key, each in cast("Mapping[Any, Any]", value).items())
    return not isinstance(value, list) or all(is_text(each) for each in cast("list[Any]", value))
