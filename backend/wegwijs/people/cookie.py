"""The session's cookie, and the middleware that turns it into an actor."""

import logging
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.foundation.logs import fields
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people.access import Actor
from wegwijs.people.sessions import resolve, touch

_log = logging.getLogger("wegwijs.people")


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this very host and to TLS; plain http exists on loopback only."""
    return "__Host-wegwijs" if settings.tls else "wegwijs"


def session_cookie(settings: Settings, token: str, until: datetime) -> Cookie:
    """The cookie of a new session."""
    return _cookie(settings, token, max(0, int((until - now()).total_seconds())))


def no_cookie(settings: Settings) -> Cookie:
    """The cookie that takes the session's away."""
    return _cookie(settings, "", 0)


def _cookie(settings: Settings, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=cookie_name(settings),
        value=value,
        path="/",
        max_age=max_age,
        httponly=True,
        secure=settings.tls,
        samesite="strict",
    )


def _token(scope: Scope, name: str) -> str | None:
    """Our cookie, whatever stands beside it: Python's own reader gives up, or raises, at others' strange cookies.

    Of two with our name the last counts: browsers send cookies of narrower paths, which are never ours, first.
    """
    found = None
    for key, value in scope["headers"]:
        if key == b"cookie":
            for part in value.decode("latin-1").split(";"):
                given, _, token = part.strip().partition("=")
                found = token if given == name else found
    return found


class SessionMiddleware(ASGIMiddleware):
    """Sets `state["actor"]` for requests of the interface: an Actor, or None when nobody is signed in."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._name = cookie_name(settings)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        scope["state"]["actor"] = None
        if scope["path"].startswith("/api/"):
            token = _token(scope, self._name)
            if token:
                scope["state"]["actor"] = await self._actor(token)
        await next_app(scope, receive, send)

    async def _actor(self, token: str) -> Actor | None:
        async with self._db.read() as tx:
            resolved = await resolve(tx, self._settings, token)
        if resolved is None:
            return None
        if resolved.stale:
            try:
                async with self._db.write() as tx:
                    await touch(tx, resolved.actor)
            except Problem as problem:
                # A database that can only be read still serves readers: the time of last use can wait.
                _log.warning("last use not written", extra=fields(problem=problem.type.code))
        return resolved.actor


def signed_in_actor(request: Request[Any, Any, Any]) -> Actor:
    """The dependency `actor`. Raises Problem `signed_out`."""
    actor = request.scope["state"].get("actor")
    if not isinstance(actor, Actor):
        raise Problem("signed_out")
    return actor
