"""Writes docs/settings.md out of the declarations: `python -m tools.document`. A test holds the file to them."""

from collections.abc import Iterator
from pathlib import Path

from studio.domain.fields import Choice, Field, MultiChoice, Number, Slider
from studio.domain.settings import DECLARED

TARGET = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Every setting, by A1111's key: as in the Settings tab, in `GET /sdapi/v1/options`, and in a request's
`override_settings`. Written by `python -m tools.document`.
"""


def allowed(field: Field) -> str:
    if isinstance(field, Slider):
        return f"{field.minimum} to {field.maximum}"
    if isinstance(field, Number):
        return "a number"
    if isinstance(field, Choice | MultiChoice):
        some = "any of " if isinstance(field, MultiChoice) else ""
        return some + (f"the installed {field.options}" if isinstance(field.options, str) else ", ".join(field.options))
    return {"Check": "true, false", "Colour": "#rrggbb"}.get(type(field).__name__, "a text")


def lines() -> Iterator[str]:
    yield HEAD
    for section in dict.fromkeys(each.section for each in DECLARED):
        yield f"## {section}\n"
        yield "| key | label | values | default | in pictures as |"
        yield "|---|---|---|---|---|"
        for each in DECLARED:
            if each.section == section:
                field = each.field
                default = field.default if field.default not in ("", ()) else "-"
                said = each.infotext or "-"
                yield f"| `{field.name}` | {field.label} | {allowed(field)} | {default} | {said} |"
        yield ""


def text() -> str:
    return "\n".join(lines())


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
