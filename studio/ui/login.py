"""The page's login (`--gradio-auth`): HTTP Basic before everything but the API, which has its own (`--api-auth`)."""

import base64
import binascii
import secrets
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

API = ("/sdapi/", "/controlnet/", "/internal/", "/queue/status")


class Login:
    """`users` are names and passwords. Covers the page, its pictures, its files and its sockets alike."""

    def __init__(self, app: ASGIApp, users: Sequence[tuple[str, str]]) -> None:
        self._app, self._users = app, tuple(users)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] not in ("http", "websocket") or scope.get("path", "").startswith(API)
        if is_open or self._is_known(Headers(scope=scope).get("authorization", "")):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        asking = {"WWW-Authenticate": 'Basic realm="Redraw Studio"'}
        refusal = PlainTextResponse("This studio asks for a name and a password", 401, asking)
        await refusal(scope, receive, send)

    def _is_known(self, header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        given = f"{name}:{password}".encode()
        return any([secrets.compare_digest(given, f"{user}:{word}".encode()) for user, word in self._users])
