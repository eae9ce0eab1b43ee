"""What clients read when they start: samplers, schedules, styles, flags, memory, extensions. A list is a route."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter

from studio.arguments import Arguments
from studio.extensions.loader import Extension
from studio.prompt.styles import Style
from studio.studio import Studio

SECRETS = {"api_users", "page_users"}
KARRAS_RHO = 7.0


def routes(studio: Studio, arguments: Arguments, extensions: Sequence[Extension] = ()) -> APIRouter:
    router = APIRouter(prefix="/sdapi/v1", tags=["listings"])

    @router.get("/samplers")
    def samplers() -> list[dict[str, Any]]:
        return [{"name": each.name, "aliases": each.aliases, "options": {}} for each in studio.samplers]

    @router.get("/schedulers")
    def schedulers() -> list[dict[str, Any]]:
        automatic = scheduler_answer("automatic", "Automatic")
        return [automatic, *(scheduler_answer(each.name, each.label) for each in studio.schedules)]

    @router.get("/prompt-styles")
    def prompt_styles() -> list[dict[str, str]]:
        return [style_answer(each) for each in studio.installed().styles]

    @router.get("/cmd-flags")
    def cmd_flags() -> dict[str, Any]:
        """All but names and passwords."""
        return flags(arguments)

    @router.get("/memory")
    def memory() -> dict[str, Any]:
        return {"ram": ram(), "cuda": {"error": "the memory of the device is told by --doctor"}}

    @router.get("/extensions")
    def list_extensions() -> list[dict[str, Any]]:
        return [extension_answer(each) for each in extensions]

    return router


def style_answer(style: Style) -> dict[str, str]:
    return {"name": style.name, "prompt": style.prompt, "negative_prompt": style.negative_prompt}


def scheduler_answer(name: str, label: str) -> dict[str, Any]:
    rho = KARRAS_RHO if name == "karras" else -1
    return {"name": name, "label": label, "aliases": None, "default_rho": rho, "need_inner_model": False}


def flags(arguments: Arguments) -> dict[str, Any]:
    told = {each.name: getattr(arguments, each.name) for each in dataclasses.fields(arguments)}
    return {key: plain(value) for key, value in told.items() if key not in SECRETS}


def extension_answer(extension: Extension) -> dict[str, Any]:
    return {
        "name": extension.name,
        "remote": None,
        "branch": None,
        "commit_hash": None,
        "version": None,
        "commit_date": None,
        "enabled": not extension.problem,
    }


def plain(value: Any) -> Any:
    """A flag as JSON."""
    if isinstance(value, tuple):
        return [plain(each) for each in cast("tuple[Any, ...]", value)]
    return str(value) if isinstance(value, Path) else value


def ram() -> dict[str, Any]:
    """Of the machine, in bytes, where the system tells."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total, free = page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError) as error:
        return {"error": f"this system does not tell: {error}"}
    return {"free": free, "used": total - free, "total": total}
