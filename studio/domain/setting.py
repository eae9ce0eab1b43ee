"""How a setting is declared. What holds for all settings is a parameter here."""

import dataclasses
from typing import Any

from studio.domain.fields import Field


def setting(section: str, field: Field, infotext: str = "", is_api_settable: bool = True) -> Any:
    """`infotext` is the key under which a value other than the default is written into pictures."""
    about = {"section": section, "field": field, "infotext": infotext, "is_api_settable": is_api_settable}
    return dataclasses.field(default=field.default, metadata=about)
