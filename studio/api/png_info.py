"""/sdapi/v1/png-info: what a picture says of itself. Another format is a branch of `imaging/load.py:read_infotext`."""

from typing import Any

from fastapi import APIRouter

from studio.api.pictures import Pictures
from studio.imaging.load import read_infotext
from studio.prompt.infotext import parse_infotext
from studio.studio import Studio
from studio.wire.answers import listed_facts
from studio.wire.reading import Body


class PngInfoBody(Body):
    image: str = ""


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(tags=["pictures"])
    pictures = Pictures(studio.settings.get)

    @router.post("/sdapi/v1/png-info")
    def png_info(body: PngInfoBody) -> dict[str, Any]:
        """An empty `info` for a picture that says nothing, as for none."""
        text = read_infotext(pictures.data(body.image)) if body.image.strip() else ""
        if not text:
            return {"info": "", "items": {}, "parameters": {}}
        parsed = parse_infotext(text)
        parameters = listed_facts(parsed.prompt, parsed.negative_prompt, parsed.facts)
        return {"info": text, "items": {"parameters": text}, "parameters": parameters}

    return router
