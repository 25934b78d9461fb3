"""What every answer has in common: headers, origin, limits, problem documents, and the built app."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Controller, Litestar, get

from tests.conftest import started
from tests.door import told
from tests.helpers import ORIGIN, browser_like, sign_in
from wegwijs import access
from wegwijs import app as wiring
from wegwijs.access import PUBLIC
from wegwijs.app import create_app
from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.web.headers import HSTS, SECURITY_HEADERS

JSON = {"Content-Type": "application/json"}
CANARY = "canary-7f3a"


class Broken(Controller):
    """Routes that fail in ways no real one may."""

    path = "/api/broken"

    @get("/fault", sync_to_thread=False)
    def fault(self) -> None:
        raise ValueError(CANARY)

    @get("/busy", sync_to_thread=False)
    def busy(self) -> None:
        raise Problem("database_busy", retry_after=2)


@pytest_asyncio.fixture
async def broken(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """An application with routes that fail."""
    monkeypatch.setattr(wiring, "CONTROLLERS", (*wiring.CONTROLLERS, Broken))
    for path in ("fault", "busy"):
        monkeypatch.setitem(access._RULES, ("GET", f"/api/broken/{path}"), PUBLIC)
    application = create_app(settings)
    async with started(application), browser_like(application) as client:
        yield client


# -- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/api/openapi.json", 200),
        ("OPTIONS", "/api/me", 204),
        ("GET", "/api/broken/fault", 500),
        ("GET", "/api/broken/busy", 503),
        ("GET", "/api/me", 401),
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing.js", 404),
        ("DELETE", "/api/me", 405),
        ("POST", "/api/enrol", 400),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_every_answer_has_every_header(broken: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await broken.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get_list(name) for name in SECURITY_HEADERS} == {
        name: [value] for name, value in SECURITY_HEADERS.items()
    }
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_refusals_before_routing_have_them_too(client: httpx.AsyncClient) -> None:
    for answer in (
        await client.get("/api/me", headers={"Host": "evil.example"}),
        await client.post("/api/enrol", headers={"Sec-Fetch-Site": "cross-site"}),
        await client.post("/api/enrol", content="a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    ):
        assert answer.status_code in {400, 403, 415}
        assert all(answer.headers[name] == value for name, value in SECURITY_HEADERS.items())
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_with_tls_browsers_are_told_to_stay_with_it(settings: Settings) -> None:
    behind_tls = msgspec.structs.replace(
        settings, public_url="https://wegwijs.example.org", allowed_hosts=["wegwijs.example.org"]
    )
    application = create_app(behind_tls)
    async with started(application), browser_like(application) as client:
        answer = await client.get("/api/me", headers={"Host": "wegwijs.example.org"})
        assert answer.status_code == 401
        assert answer.headers["strict-transport-security"] == HSTS


async def test_the_catalogue_alone_may_be_kept(app: Litestar) -> None:
    worker = await sign_in(app)
    assert (await worker.client.get("/api/catalogue")).headers["cache-control"] == "private, no-cache"
    assert (await worker.client.get("/api/me")).headers["cache-control"] == "no-store"
    async with browser_like(app) as nobody:
        assert (await nobody.get("/api/catalogue")).headers["cache-control"] == "no-store"


# -- where a request comes from --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": ORIGIN}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}, True),
        ({}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://localhost:8000"}, False),
        ({"Origin": "http://localhost:8001"}, False),
        ({"Origin": "http://localhost:8000.evil.example"}, False),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_only_our_own_pages_change_anything(
    client: httpx.AsyncClient, said: dict[str, str], passes: bool
) -> None:
    for name in ("Origin", "Sec-Fetch-Site"):
        del client.headers[name]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await client.request(method, "/api/enrol", headers=said)
        assert (answer.json()["code"] != "foreign_origin") is passes, (method, answer.text)
    assert (await client.get("/healthz", headers=said)).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "passes"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/json-patch+json", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_only_json_is_read(client: httpx.AsyncClient, content_type: str, passes: bool) -> None:
    answer = await client.post("/api/enrol", content=b"{}", headers={"Content-Type": content_type})
    assert told(answer) == ((400, "bad_request") if passes else (415, "wrong_content_type"))


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:8001", "localhost:8000.evil.example", ""])
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_another_host_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/me", headers={"Host": host, "X-Forwarded-Host": "localhost:8000"})
    assert told(answer) == (400, "unknown_host")


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "data"),
        (b"{nope", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "object"),
        (b'{"code": 7}', "code"),
        (b'{"code": "x", "surprise": 1}', "surprise"),
        (b'{"code": "x", "device": {"name": "a", "public_key": "short", "schema": 1, "app_version": ""}}', "device"),
        (b"[" * 100_000, "nested"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_cannot_be_read_is_named(client: httpx.AsyncClient, body: bytes, named: str) -> None:
    answer = await client.post("/api/enrol", content=body, headers=JSON)
    assert told(answer) == (400, "bad_request")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_body_over_the_limit_is_too_large(
    client: httpx.AsyncClient, settings: Settings, announced: bool
) -> None:
    body = b'{"code": "' + b"x" * settings.max_body_bytes + b'"}'

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    answer = await client.post("/api/enrol", content=body if announced else chunks(), headers=JSON)
    assert told(answer) == (413, "too_large")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_wrong_method_is_told_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/me")
    assert told(answer) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_fault_of_ours_tells_nothing(broken: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await broken.get("/api/broken/fault")
    assert told(answer) == (500, "internal")
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    logged = [record for record in caplog.records if record.name == "wegwijs.web"]
    assert [record.__dict__["wegwijs"]["request_id"] for record in logged] == [answer.headers["x-request-id"]]
    assert CANARY not in caplog.text + str([record.__dict__ for record in logged])


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_request_that_is_cut_off_is_no_fault_of_ours(app: Litestar, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []
    received: list[Any] = [
        {"type": "http.request", "body": b'{"device_id":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return received.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"host": "localhost:8000", "origin": ORIGIN, "content-type": "application/json", "content-length": "50"}
    scope: Any = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/sign-in/challenge",
        "raw_path": b"/api/sign-in/challenge",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert "unexpected failure" not in caplog.text


async def test_a_busy_database_says_when_to_come_back(broken: httpx.AsyncClient) -> None:
    answer = await broken.get("/api/broken/busy")
    assert told(answer) == (503, "database_busy")
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_access_log_holds_no_addresses(
    app: Litestar, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await sign_in(app)
    monkeypatch.setattr(logging.getLogger("wegwijs"), "propagate", True)
    with caplog.at_level(logging.INFO, logger="wegwijs.access"):
        await worker.client.post(f"/api/devices/{worker.device_id}/revoke?q={CANARY}", json={"x": CANARY})
    (line,) = [record.__dict__["wegwijs"] for record in caplog.records if record.name == "wegwijs.access"]
    assert set(line) == {"method", "route", "status", "duration_ms", "request_id", "problem"}
    assert (line["route"], line["status"]) == ("/api/devices/{device_id}/revoke", 403)
    assert CANARY not in str(line)


# -- health ----------------------------------------------------------------------------------------------------------


async def test_ready_tells_of_the_database(client: httpx.AsyncClient, engine: str, db: Database) -> None:
    assert (await client.get("/healthz")).json() == {"ok": True}
    assert (await client.get("/readyz", headers={"Host": "10.0.0.7"})).json() == {"ok": True, "database": engine}
    async with db.write() as tx:
        await tx.execute("DELETE FROM schema_migration")
    assert told(await client.get("/readyz")) == (503, "database_unavailable")
    assert (await client.get("/healthz")).status_code == 200


# -- the interface's description -------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_description_says_what_is_refused_and_how(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert schemas["Enrol"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Me"]
    for template, item in document["paths"].items():
        for method, operation in item.items():
            problems = {
                status
                for status, response in operation["responses"].items()
                if "application/problem+json" in response.get("content", {})
            }
            assert {"400", "500", "503"} <= problems, (method, template)
            assert (
                ("security" in operation)
                == ("401" in problems)
                == (access.rule_for(method.upper(), template) is not PUBLIC)
            )
