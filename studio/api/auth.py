"""Who may come in by the API, and whose jobs are whose. Another way to log in is another `guard`."""

import secrets
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials

PREFIX = "api:"
Guard = Callable[..., None]


def guard(users: Sequence[tuple[str, str]]) -> Guard:
    """Lets in those who know a name and its password (`--api-auth`), and everybody where there are none."""

    def enter(
        request: Request, given: Annotated[HTTPBasicCredentials | None, Depends(HTTPBasic(auto_error=False))]
    ) -> None:
        if users and not (given and is_known(given, users)):
            raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Basic"})
        request.state.user = given.username if users and given else ""

    return enter


def is_known(given: HTTPBasicCredentials, users: Sequence[tuple[str, str]]) -> bool:
    """Every pair is compared in full, so that the time tells nothing."""
    matches = [
        secrets.compare_digest(given.username.encode(), name.encode())
        & secrets.compare_digest(given.password.encode(), password.encode())
        for name, password in users
    ]
    return any(matches)


def owner_of(request: Request) -> str:
    """Whose jobs a call speaks of; where nobody logs in, everybody's that came by the API."""
    return f"{PREFIX}{request.state.user}"


Owner = Annotated[str, Depends(owner_of)]
