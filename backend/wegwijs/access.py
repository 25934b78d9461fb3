"""THE access matrix: every route, and who may use it. What is not in it is refused, and the application does not start.

Rights within a route (own team, own organisation, own record) are the services' business; this is the first door.
"""

import re
from enum import Enum
from typing import Any, Final

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor, Role


class Public(Enum):
    """The mark of a route that needs no session."""

    PUBLIC = "public"


PUBLIC: Final = Public.PUBLIC
Rule = frozenset[Role] | Public

ANYBODY = frozenset(Role)
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
SUPERVISOR = frozenset({Role.SUPERVISOR})
# Those who speak the languages, and those who publish.
CHECKERS = frozenset({Role.WORKER, Role.SUPERVISOR})

MATRIX: dict[tuple[str, str], Rule] = {
    # The app itself, and whether the server is well.
    ("GET", "/"): PUBLIC,
    ("HEAD", "/"): PUBLIC,
    ("GET", "/{path}"): PUBLIC,
    ("HEAD", "/{path}"): PUBLIC,
    # What newcomers read: no session, and none is looked at.
    ("GET", "/g"): PUBLIC,
    ("GET", "/g/{name}"): PUBLIC,
    ("GET", "/g/{name}/{wanted}"): PUBLIC,
    ("POST", "/g/{name}/unclear"): PUBLIC,
    ("POST", "/g/forget"): PUBLIC,
    ("GET", "/g/sw.js"): PUBLIC,
    ("HEAD", "/g/sw.js"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/api/openapi.json"): PUBLIC,
    # The door.
    ("POST", "/api/enrol"): PUBLIC,
    ("POST", "/api/sign-in/challenge"): PUBLIC,
    ("POST", "/api/sign-in"): PUBLIC,
    ("POST", "/api/sign-out"): ANYBODY,
    ("GET", "/api/me"): ANYBODY,
    ("POST", "/api/me/device"): ANYBODY,
    # People.
    ("GET", "/api/people"): ADMINISTRATOR | SUPERVISOR,
    ("POST", "/api/people"): ADMINISTRATOR,
    ("POST", "/api/people/{membership_id}/invitation"): ADMINISTRATOR,
    ("POST", "/api/people/{membership_id}/switch-off"): ADMINISTRATOR,
    ("POST", "/api/people/{membership_id}/team"): ADMINISTRATOR,
    ("POST", "/api/devices/{device_id}/revoke"): ADMINISTRATOR | SUPERVISOR,
    ("GET", "/api/teams"): ADMINISTRATOR,
    # Catalogue.
    ("GET", "/api/catalogue"): ANYBODY,
    ("PUT", "/api/catalogue/{list}/{code}"): ADMINISTRATOR,
    # Guides.
    ("GET", "/api/guides"): ANYBODY,
    ("GET", "/api/guides/public-facts"): ANYBODY,
    ("PUT", "/api/guides/public-facts"): ADMINISTRATOR | SUPERVISOR,
    ("GET", "/api/guides/unclear"): SUPERVISOR | {Role.COORDINATOR},
    ("GET", "/api/guides/steps"): ANYBODY,
    ("GET", "/api/guides/bundles"): ANYBODY,
    ("GET", "/api/guides/bundle/{code}/{digest}"): ANYBODY,
    ("GET", "/api/guides/voices"): ANYBODY,
    ("PUT", "/api/guides/voices/{code}"): SUPERVISOR,
    ("GET", "/api/guides/{code}/check"): CHECKERS,
    ("POST", "/api/guides/answers"): CHECKERS,
    ("POST", "/api/guides/sound/{kind}"): CHECKERS,
    ("POST", "/api/guides/sound/withdraw"): CHECKERS,
    ("POST", "/api/guides/sound/speak"): SUPERVISOR,
    ("GET", "/g/sound/{name}"): PUBLIC,
    ("POST", "/api/guides"): SUPERVISOR,
    ("GET", "/api/guides/{code}/draft"): SUPERVISOR,
    ("POST", "/api/guides/{code}/changes"): SUPERVISOR,
    ("POST", "/api/guides/{code}/steps"): SUPERVISOR,
    ("POST", "/api/guides/{code}/steps/{step}/move"): SUPERVISOR,
    ("POST", "/api/guides/{code}/steps/{step}/remove"): SUPERVISOR,
    ("POST", "/api/guides/{code}/clashes"): SUPERVISOR,
    ("POST", "/api/guides/{code}/news"): SUPERVISOR,
    ("GET", "/api/guides/{code}/comparison"): SUPERVISOR,
    ("POST", "/api/guides/{code}/versions"): SUPERVISOR,
    ("GET", "/api/guides/{code}/versions"): SUPERVISOR,
    ("GET", "/api/guides/{code}/suggestions"): SUPERVISOR,
    ("POST", "/api/guides/{code}/suggestions"): SUPERVISOR,
    ("GET", "/api/guides/files/po"): SUPERVISOR,
    ("GET", "/api/guides/files/xlsx"): SUPERVISOR,
    ("POST", "/api/guides/files/po"): SUPERVISOR,
    ("POST", "/api/guides/files/xlsx"): SUPERVISOR,
    # Sync: everybody pulls what is theirs; only those who work with records hand any in.
    ("GET", "/api/sync/v1/status"): ANYBODY,
    ("GET", "/api/sync/v1/pull"): ANYBODY,
    ("POST", "/api/sync/v1/push"): frozenset({Role.WORKER, Role.SUPERVISOR}),
    # Without a session: the device's signature counts. A file may be brought by who answers for the devices.
    ("POST", "/api/sync/v1/letterbox"): PUBLIC,
    ("POST", "/api/sync/v1/rescue"): SUPERVISOR | ADMINISTRATOR,
    ("GET", "/api/sync/v1/quarantine"): SUPERVISOR,
    ("POST", "/api/sync/v1/quarantine/accept"): SUPERVISOR,
    ("POST", "/api/sync/v1/quarantine/reject"): SUPERVISOR,
    # Keeping the server.
    ("GET", "/api/operation/backups"): ADMINISTRATOR,
    ("GET", "/api/operation/window"): ADMINISTRATOR,
    ("PUT", "/api/operation/window"): ADMINISTRATOR,
    # Review and reports.
    ("GET", "/api/review/contacts"): SUPERVISOR,
    ("GET", "/api/review/contacts/{id}"): SUPERVISOR,
    ("GET", "/api/review/members"): SUPERVISOR,
    ("GET", "/api/review/attention"): SUPERVISOR,
    ("GET", "/api/reports/counts"): SUPERVISOR | {Role.COORDINATOR},
    ("GET", "/api/reports/guides"): SUPERVISOR | {Role.COORDINATOR},
}


class RouteWithoutRule(Exception):
    """A route is missing from the access matrix."""


def _shape(template: str) -> str:
    """A path template without the names of its parameters: `/api/people/{}/invitation`."""
    return re.sub(r"\{[^}]*\}", "{}", template) or "/"


_RULES = {(method, _shape(template)): rule for (method, template), rule in MATRIX.items()}


def rule_for(method: str, template: str) -> Rule | None:
    """Who may use a route; None when it is not in the matrix."""
    # Litestar makes the OPTIONS of each route itself: they answer the methods of the route and nothing else.
    return PUBLIC if method == "OPTIONS" else _RULES.get((method, _shape(template)))


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    """Method and path template of every route of a running application."""
    return sorted(
        (method, route.path_format or "/")
        for route in app.routes
        for method in (route.methods if isinstance(route, HTTPRoute) else {"OTHER"})
        if method != "OPTIONS"
    )


def check_matrix(app: Litestar) -> None:
    """Raises RouteWithoutRule with every route that the matrix does not know; nothing starts then."""
    missing = [f"{method} {template}" for method, template in routes_of(app) if rule_for(method, template) is None]
    if missing:
        raise RouteWithoutRule(f"not in the access matrix (wegwijs/access.py): {', '.join(missing)}")


class AccessMiddleware(ASGIMiddleware):
    """Lets a request pass when the matrix names its route and role: `signed_out` or `not_allowed` otherwise."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        known: Any = scope
        rule = rule_for(known["method"], known["path_template"])
        if rule is not PUBLIC:
            actor = known["state"].get("actor")
            if not isinstance(actor, Actor):
                raise Problem("signed_out")
            if rule is None or actor.role not in rule:
                raise Problem("not_allowed")
        await next_app(scope, receive, send)
