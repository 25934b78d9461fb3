"""The network between a simulated device and the server, and the nemesis that sits in it.

Every fault is one word of a schedule; which request of a run it meets is its number: `drop_response@2` loses the answer
to the third request.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.sync.server import ORIGIN, PowerCut, Server
from wegwijs.sync.core.answer import RawAnswer

LONGEST_WAY = timedelta(minutes=5)
"""No connection outlives this: what a request says of the time is at most so old when it arrives."""
PORTAL = "<html><body><h1>Welcome to our network</h1></body></html>"
PROXY = {"portal": 200, "401": 401, "403": 403, "404": 404, "413": 413, "429": 429, "503": 503}
"""Answers in the server's place: a captive portal says 200, proxies and virus scanners everything else."""

FAULTS = (
    "drop_request", "drop_response", "truncate", "twice", "late", "delay", *PROXY,
)  # fmt: skip
"""`twice`: the same request two times at once. `late`: a copy arrives once more, later. `delay`: the request itself
arrives later, when the device has given up waiting."""


class NoAnswer(Exception):
    """The device waited in vain: the request may have arrived or not."""


class ServerFailed(AssertionError):
    """The application met something that it did not expect: no input may do that."""


@dataclass
class Request:
    """One request as it travels."""

    method: str
    path: str
    body: bytes = b""
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Response:
    """One answer as it travels."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def raw(self) -> RawAnswer:
        """What the device judges."""
        return RawAnswer(self.status, self.header("content-type"), self.body.decode(errors="replace"))


class Network:
    """Carries requests to the application. What was delayed waits in `delayed` until a schedule delivers it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.delayed: list[tuple[datetime, Request]] = []
        self.count = 0

    async def carry(self, request: Request, fault: str | None = None) -> Response:
        """One request with at most one fault. Raises NoAnswer."""
        self.count += 1
        self._server.clock.advance(milliseconds=40)
        if fault in PROXY:
            return Response(PROXY[fault], [("content-type", "text/html")], PORTAL.encode())
        match fault:
            case "drop_request":
                raise NoAnswer
            case "delay":
                self.delayed.append((self._server.clock.now, request))
                raise NoAnswer
            case "late":
                self.delayed.append((self._server.clock.now, request))
            case "twice":
                first, _ = await asyncio.gather(self.arrive(request), self.arrive(request))
                return first
        response = await self.arrive(request)
        if fault == "drop_response":
            raise NoAnswer
        if fault == "truncate":
            response.body = response.body[: len(response.body) // 2]
        return response

    async def deliver(self) -> None:
        """What was delayed arrives now, the latest first; what was under way for too long never does.

        Nobody waits for the answers any more.
        """
        while self.delayed:
            sent_at, request = self.delayed.pop()
            if self._server.clock.now - sent_at <= LONGEST_WAY:
                with suppress(NoAnswer):
                    await self.arrive(request)

    async def arrive(self, request: Request) -> Response:
        """Hand a request to the application. Raises NoAnswer when the power was cut under it."""
        path, _, query = request.path.partition("?")
        headers = {"host": "localhost:8000", "origin": ORIGIN, "sec-fetch-site": "same-origin", **request.headers}
        if request.cookie:
            headers["cookie"] = request.cookie
        if request.body:
            headers.setdefault("content-type", "application/json")
            headers["content-length"] = str(len(request.body))
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "scheme": "http",
            "server": ("localhost", 8000), "client": ("127.0.0.1", 50000), "root_path": "", "state": {},
        }  # fmt: skip
        sent: list[dict[str, Any]] = []
        arriving = [{"type": "http.request", "body": request.body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return arriving.pop() if arriving else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        cuts = self._server.statements.cuts
        with suppress(PowerCut):
            await self._server.app(scope, receive, send)  # type: ignore[arg-type]
        if self._server.statements.cuts != cuts:
            raise NoAnswer  # whatever it still said: the process was gone
        start = next(message for message in sent if message["type"] == "http.response.start")
        body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        found = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
        if start["status"] == 500:
            raise ServerFailed(f"{request.method} {request.path}: {body.decode()}, asked {request.body.decode()}")
        return Response(start["status"], found, body)


def get(path: str, **query: str | int | None) -> Request:
    """A GET; parameters that are None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return Request("GET", f"{path}?{urlencode(given)}" if given else path)


def post(path: str, value: Any) -> Request:
    """A POST of JSON."""
    return Request("POST", path, json.dumps(value).encode())
