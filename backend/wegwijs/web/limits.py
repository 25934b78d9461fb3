"""Which host names this server answers to. (The size of a body is limited by Litestar, from the settings.)"""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from wegwijs.foundation.problems import Problem
from wegwijs.web.problem_handlers import send_problem

# Probes ask by address; these two answers hold nothing.
_FOR_EVERYBODY = {"/healthz", "/readyz"}


def header(scope: Scope, name: bytes) -> str | None:
    """A request header's value (`name` in lower case), or None."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def known_hosts_only(app: ASGIApp, hosts: list[str]) -> ASGIApp:
    """Refuse requests for a host (with its port) that is not ours: Problem `unknown_host`.

    A page of another name that resolves to this server (DNS rebinding) would otherwise count as same origin.
    """
    known = {host.lower() for host in hosts}

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        host = (header(scope, b"host") or "").lower()
        if scope["type"] == ScopeType.HTTP and host not in known and scope["path"] not in _FOR_EVERYBODY:
            await send_problem(Problem("unknown_host"), scope, send)
            return
        await app(scope, receive, send)

    return check
