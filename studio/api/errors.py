"""Where errors become answers, the only place. A new error gets its status here.

The answer has the keys of A1111's (error, detail, body, errors), and `facts` for programs.
"""

import json
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from studio.domain.errors import (
    BadRequest,
    BrokenFile,
    DiskRefused,
    IncompatibleModel,
    ModelMissing,
    NotANumber,
    OutOfMemory,
    PictureMissing,
    StudioError,
    UnknownName,
    UnknownScript,
)

log = logging.getLogger(__name__)

NO_OBJECT = ("missing", "model_attributes_type")
AS_JSON = "send a JSON object, with the header Content-Type: application/json"

STATUS: dict[type[Exception], int] = {
    BadRequest: 422,
    UnknownScript: 422,
    IncompatibleModel: 422,
    BrokenFile: 400,
    UnknownName: 400,
    ModelMissing: 404,
    PictureMissing: 404,
    OutOfMemory: 507,
    DiskRefused: 507,
    NotANumber: 500,
    StudioError: 500,
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(StudioError, refuse)
    app.add_exception_handler(RequestValidationError, refuse_body)
    app.add_exception_handler(HTTPException, refuse_call)
    app.add_exception_handler(Exception, apologise)


def status_of(error: StudioError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, StudioError)
    return answer(status_of(error), error.kind, error.message, error.message, error.facts)


def refuse_body(_: Request, error: Exception) -> Response:
    """A body of the wrong shape. What was sent is not sent back: it may be megabytes, and need not be JSON."""
    assert isinstance(error, RequestValidationError)
    told = [{key: each[key] for key in ("loc", "msg", "type") if key in each} for each in error.errors()]
    for each in told:
        if tuple(each["loc"]) == ("body",) and each["type"] in NO_OBJECT:
            each["msg"] += f"; {AS_JSON}"
    text = "; ".join(f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in told)
    return answer(422, "RequestValidationError", told, text, {})


def refuse_call(_: Request, error: Exception) -> Response:
    """What FastAPI itself refuses: a login, a body that is no text. Headers stay, for a browser asks by them."""
    assert isinstance(error, HTTPException)
    response = answer(error.status_code, "HTTPException", error.detail, str(error.detail), {})
    response.headers.update(error.headers or {})
    return response


def apologise(_: Request, error: Exception) -> Response:
    """The last resort."""
    log.error("A call failed", exc_info=error)
    text = "The studio failed; its log tells why"
    return answer(500, type(error).__name__, text, text, {})


def answer(status: int, kind: str, detail: Any, text: str, facts: dict[str, Any]) -> Response:
    """In ASCII alone: what is told may name what was sent, which need not be whole characters."""
    body = {"error": kind, "detail": detail, "body": "", "errors": text, "facts": facts}
    return Response(json.dumps(body, default=str), status, media_type="application/json")
