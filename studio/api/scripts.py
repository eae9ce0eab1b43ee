"""The scripts that are installed, and their arguments in A1111's words. A script stands here by being installed."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from studio.domain.fields import Choice, Field, MultiChoice, Picture, Slider
from studio.domain.registry import Registry
from studio.domain.things import Script
from studio.studio import Studio
from studio.wire.scripts import ALWAYS_ON


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(prefix="/sdapi/v1", tags=["scripts"])

    @router.get("/scripts")
    def scripts() -> dict[str, list[str]]:
        return {"txt2img": titles(studio.scripts, False), "img2img": titles(studio.scripts, True)}

    @router.get("/script-info")
    def script_info() -> list[dict[str, Any]]:
        return script_infos(studio)

    return router


def titles(scripts: Registry[Script], is_img2img: bool) -> list[str]:
    """In small letters, those that are always on among them, as A1111 lists them."""
    own = [each.name for each in scripts if (each.is_img2img if is_img2img else each.is_txt2img)]
    always = [name for each in ALWAYS_ON if is_img2img or each.is_txt2img for name in (each.name, *each.also)]
    return [name.lower() for name in (*own, *always)]


def script_infos(studio: Studio) -> list[dict[str, Any]]:
    infos: list[dict[str, Any]] = []
    for is_img2img in (False, True):
        for script in studio.scripts:
            if script.is_img2img if is_img2img else script.is_txt2img:
                infos.append(info(script.name, script.fields, studio, is_img2img, False))
        for always in ALWAYS_ON:
            if is_img2img or always.is_txt2img:
                infos.append(info(always.name, always.fields, studio, is_img2img, True))
    return infos


def info(name: str, fields: Sequence[Field], studio: Studio, is_img2img: bool, is_always_on: bool) -> dict[str, Any]:
    return {
        "name": name.lower(),
        "is_alwayson": is_always_on,
        "is_img2img": is_img2img,
        "args": [argument_answer(each, studio) for each in fields],
    }


def argument_answer(field: Field, studio: Studio) -> dict[str, Any]:
    is_slider = isinstance(field, Slider)
    return {
        "label": field.label,
        "value": None
        if isinstance(field, Picture)
        else list(field.default)
        if isinstance(field, MultiChoice)
        else field.default,
        "minimum": field.minimum if is_slider else None,
        "maximum": field.maximum if is_slider else None,
        "step": field.step if is_slider else None,
        "choices": choices(field, studio) if isinstance(field, Choice | MultiChoice) else None,
    }


def choices(field: Choice | MultiChoice, studio: Studio) -> list[str]:
    """A list that is only named is looked up."""
    if not isinstance(field.options, str):
        return list(field.options)
    lists: Mapping[str, Any] = {
        "checkpoints": studio.checkpoints,
        "samplers": lambda: studio.samplers,
        "schedules": lambda: studio.schedules,
        "upscalers": studio.upscalers,
        "styles": lambda: studio.installed().styles,
    }
    return [each.name for each in lists[field.options]()] if field.options in lists else []
