"""One log line a request: the route's template and never its address, query, body or cookies."""

import logging
import time
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.logs import fields

_log = logging.getLogger("wegwijs.access")
_METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}


def logged(app: ASGIApp) -> ASGIApp:
    """Give each request an id (also in the answer, `X-Request-Id`) and log how it went."""

    async def log_request(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun, request_id, status = time.perf_counter(), uuid4().hex[:16], 0
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await app(scope, receive, note)
        finally:
            _log.info("request", extra=_told(scope, status, request_id, begun))

    return log_request


def _told(scope: Scope, status: int, request_id: str, begun: float) -> dict[str, Any]:
    known: Any = scope
    problem = known["state"].get("problem")
    return fields(
        # A method is the client's own word: only those that exist are printed.
        method=known["method"] if known["method"] in _METHODS else "?",
        route=known.get("path_template", "-"),
        status=status,
        duration_ms=round((time.perf_counter() - begun) * 1000, 1),
        request_id=request_id,
        **({"problem": problem} if problem else {}),
    )
