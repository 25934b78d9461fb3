"""Only our own pages may change something: the answer to cross-site request forgery.

Litestar's CSRF token is not bound to a session (another client's token was accepted), so we look at what browsers
say of a request's source and cannot be made to lie about.
"""

from collections.abc import Mapping

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.web.limits import header
from wegwijs.web.problem_handlers import send_problem

_SAFE = {"GET", "HEAD", "OPTIONS"}


def _origins(settings: Settings) -> frozenset[str]:
    scheme = settings.public_url.partition("://")[0]
    return frozenset({settings.public_url, *(f"{scheme}://{host}" for host in settings.allowed_hosts)})


def _is_ours(scope: Scope, origins: frozenset[str]) -> bool:
    site = header(scope, b"sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return header(scope, b"origin") in origins


def _has_body(scope: Scope) -> bool:
    return header(scope, b"transfer-encoding") is not None or header(scope, b"content-length") not in {None, "0"}


def _refusal(scope: Scope, origins: frozenset[str], more: Mapping[str, str]) -> Problem | None:
    if not _is_ours(scope, origins):
        return Problem("foreign_origin")
    media_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if _has_body(scope) and media_type not in {"application/json", more.get(scope["path"])}:
        return Problem("wrong_content_type")
    return None


def own_pages_only(app: ASGIApp, settings: Settings, content_types: Mapping[str, str]) -> ASGIApp:
    """Refuse unsafe methods from other sites (`foreign_origin`) and bodies that are not JSON (`wrong_content_type`).

    `content_types` names the one other type that an address takes; no form of another site can send it.
    A request that names neither its site nor its origin is refused too.
    """
    origins = _origins(settings)

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] not in _SAFE:
            problem = _refusal(scope, origins, content_types)
            if problem is not None:
                await send_problem(problem, scope, send)
                return
        await app(scope, receive, send)

    return check
