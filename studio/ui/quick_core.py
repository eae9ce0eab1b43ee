"""Gradio's script for its tree of components, served with two searches that a page of our size waits for made quick.

For each component it goes through every event of the page, and for each value through the whole tree: two thirds of
what the browser computes until the page stands. `assets/gradio_tree.js` answers both from what it has seen before.
A Gradio whose script reads otherwise is served as it is.
"""

import hashlib
import re
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Request, Response

SCRIPTS = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
IMPORT = 'import{find as studioFind,byTarget as studioByTarget}from"../page/assets/gradio_tree.js";'
FIND = re.compile(
    r"(function (\w+)\((\w+),(\w+)\)\{)if\(\3\.id===\4\)return \3;if\(\3\.children\)"
    r"for\(let (\w+) of \3\.children\)\{let \3=\2\(\5,\4\);if\(\3\)return \3\}return null\}"
)
EVENTS = re.compile(r"(\w+)=>this\.find_attached_events\(\1,this\.(#\w+)\)")


def add_quick_core(app: FastAPI) -> None:
    """Before Gradio's own routes; the browser asks each time whether it has changed."""
    for path in SCRIPTS.glob("core-*.js"):
        if text := quick(path.read_text("utf-8")):
            add_script(app, f"/assets/{path.name}", text)


def quick(script: str) -> str | None:
    """Nothing where either search does not read as we know it."""
    script, finds = FIND.subn(r"\1return studioFind(\3,\4)}", script)
    script, events = EVENTS.subn(
        r"(found=>\1=>this.find_attached_events(\1,found.get(\1.id)??[]))(studioByTarget(this.\2))", script
    )
    return IMPORT + script if finds == events == 1 else None


def add_script(app: FastAPI, address: str, text: str) -> None:
    about = {"ETag": f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"', "Cache-Control": "no-cache"}

    @app.get(address, include_in_schema=False)
    def script(request: Request) -> Response:
        if request.headers.get("if-none-match") == about["ETag"]:
            return Response(status_code=304, headers=about)
        return Response(text, media_type="text/javascript", headers=about)
