"""Every failure leaves as a problem document (RFC 9457); an unexpected one tells nothing but its number in the log."""

import logging
import traceback
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap, Scope, Send

from wegwijs.foundation.logs import fields
from wegwijs.foundation.problems import Problem

MEDIA_TYPE = "application/problem+json"
_BY_STATUS = {
    401: "signed_out",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "wrong_content_type",
    429: "too_many_requests",
}
_CUT_OFF = "client disconnected prematurely"
"""Litestar's words; it has no class of its own for this."""
_log = logging.getLogger("wegwijs.web")
AnyRequest = Request[Any, Any, Any]


def _remember(scope: Scope, problem: Problem) -> None:
    """Let the access log name the failure."""
    scope["state"]["problem"] = problem.type.code


def answer(request: AnyRequest, problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    """The answer to a request that met a problem."""
    _remember(request.scope, problem)
    return Response(
        content=msgspec.json.encode(problem.document()),
        media_type=MEDIA_TYPE,
        status_code=problem.type.status,
        headers={**(headers or {}), **problem.headers},
    )


async def send_problem(problem: Problem, scope: Scope, send: Send) -> None:
    """The same before any route was chosen: for rules that hold for every request."""
    _remember(scope, problem)
    body = msgspec.json.encode(problem.document())
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **problem.headers}
    await send(
        {
            "type": "http.response.start",
            "status": problem.type.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _place(error: ValidationException) -> str:
    """Which fields are wrong, and how: `device.name: Expected str, got int`."""
    extra = error.extra if isinstance(error.extra, list) else []
    told = [f"{one.get('key', 'body')}: {one.get('message', '')}" for one in extra if isinstance(one, dict)]
    return "; ".join(told) or error.detail


def _on_problem(request: AnyRequest, error: Problem) -> Response[bytes]:
    return answer(request, error)


def _on_http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    if error.detail == _CUT_OFF:
        # A phone lost its network in the middle of a request: no fault of ours, and nobody reads the answer.
        return answer(request, Problem("bad_request", "The request was cut off."))
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _on_unexpected(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    code = _BY_STATUS.get(error.status_code)
    if code is not None:
        return answer(request, Problem(code), headers)
    detail = _place(error) if isinstance(error, ValidationException) else error.detail
    return answer(request, Problem("bad_request", detail))


def _on_recursion(request: AnyRequest, error: RecursionError) -> Response[bytes]:
    """JSON nested thousands of levels deep."""
    return answer(request, Problem("bad_request", "The JSON is nested too deeply."))


def _on_wrong_text(request: AnyRequest, error: UnicodeDecodeError) -> Response[bytes]:
    """A text that is no UTF-8: the decoder of JSON lets this one through as it is."""
    return answer(request, Problem("bad_request", "The JSON holds a text that is no UTF-8."))


def _on_unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A fault of ours: its type and place go to the log, never its text, which may quote a value."""
    request_id = str(request.scope["state"].get("request_id", ""))
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{last[0].name}:{last[0].lineno}" if last else "?"
    _log.error("unexpected failure", extra=fields(request_id=request_id, error_type=type(error).__name__, where=where))
    return answer(request, Problem("internal", request_id=request_id))


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Problem: _on_problem,
    HTTPException: _on_http,
    RecursionError: _on_recursion,
    UnicodeDecodeError: _on_wrong_text,
    Exception: _on_unexpected,
}
