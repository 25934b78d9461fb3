"""The OpenAPI document, mended: Litestar drops two things that a client and a fuzzer must know.

Structs that refuse unknown fields say so again (`additionalProperties: false`, which msgspec emits and Litestar
drops), and every operation names the problems it may answer with.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig

from wegwijs import __version__
from wegwijs.foundation.settings import Settings

ADDRESS = "/api/openapi.json"
Json = dict[str, Any]

_PROBLEM: Json = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. The list is docs/problems.md; translate by `code`.",
    "required": ["type", "title", "status", "code", "number", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "number": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_MEANINGS = {
    400: "Not readable",
    401: "Signed out",
    403: "Not allowed",
    404: "Not found",
    409: "Not in this state",
    410: "No longer there",
    413: "Too large",
    415: "Not JSON",
    422: "Not acceptable as it is; every reason is listed",
    429: "Too many tries",
    500: "A fault of the server",
    503: "The database cannot answer",
}
_METHODS = ("get", "post", "put", "patch", "delete")


class _NoRoutes(Router):
    """Keeps Litestar from adding its own document pages and their HTML error page under /api."""

    def register(self, value: Any) -> list[Any]:
        return []


def openapi_config() -> OpenAPIConfig:
    """Title and version; the document itself is served by `openapi_route`."""
    return OpenAPIConfig(
        title="Wegwijs",
        version=__version__,
        description="The interface between the app and its server. Errors are RFC 9457 problem documents.",
        openapi_router=_NoRoutes(path="/", route_handlers=[]),
    )


def _structs(base: type[msgspec.Struct] = msgspec.Struct) -> Iterator[type[msgspec.Struct]]:
    for one in base.__subclasses__():
        yield one
        yield from _structs(one)


def _close_structs(schemas: Json) -> None:
    """Restore `additionalProperties: false`. Raises ValueError when two structs of one name disagree."""
    strict: dict[str, bool] = {}
    for struct in _structs():
        if not struct.__module__.startswith("wegwijs.") or struct.__name__ not in schemas:
            continue
        refuses = struct.__struct_config__.forbid_unknown_fields
        if strict.setdefault(struct.__name__, refuses) != refuses:
            raise ValueError(f"two structs are called {struct.__name__}: the interface cannot tell them apart")
        if refuses:
            schemas[struct.__name__]["additionalProperties"] = False


def _name_problems(operation: Json, method: str, public: bool) -> None:
    """Document every problem an operation may answer with, in place of Litestar's own error shape."""
    responses: Json = operation.setdefault("responses", {})
    read, changed = {400, 404, 410, 422, 500, 503}, {400, 403, 404, 409, 413, 415, 422, 429, 500, 503}
    statuses = read if method == "get" else changed
    if not public:
        statuses |= {401, 403}
        operation["security"] = [{"session": []}]
    for status in sorted(statuses):
        responses[str(status)] = {
            "description": _MEANINGS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def mended_document(app: Litestar, settings: Settings, is_public: Callable[[str, str], bool]) -> Json:
    """The document of an application. `is_public(method, template)` tells which operations need no session."""
    document: Json = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema(), enc_hook=str))
    components: Json = document.setdefault("components", {})
    schemas: Json = components.setdefault("schemas", {})
    _close_structs(schemas)
    schemas["Problem"] = _PROBLEM
    name = "__Host-wegwijs" if settings.tls else "wegwijs"
    components["securitySchemes"] = {"session": {"type": "apiKey", "in": "cookie", "name": name}}
    for template, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                _name_problems(item[method], method, is_public(method.upper(), template))
    return document


def openapi_route(settings: Settings, is_public: Callable[[str, str], bool]) -> HTTPRouteHandler:
    """`GET /api/openapi.json`; the document is made at the first request and kept."""
    kept: list[bytes] = []

    @get(ADDRESS, include_in_schema=False, sync_to_thread=False)
    def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not kept:
            kept.append(msgspec.json.encode(mended_document(request.app, settings, is_public)))
        return Response(content=kept[0], media_type="application/json")

    return openapi_document
