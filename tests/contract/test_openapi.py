"""Whatever the described interface allows, and much that it does not: no 5xx, and every answer as described.

A real server process on each database; schemathesis makes the requests. `scripts/test --long` makes many more.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

from tests.conftest import ENGINES
from tests.helpers import BROWSER_HEADERS, Json, contact_mutations, new_device, push_body
from tests.server import WEGWIJS, Server, clean_environment
from wegwijs.access import PUBLIC, rule_for

LONG = os.environ.get("WEGWIJS_LONG") == "1"
EXAMPLES = 400 if LONG else 12
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def described() -> Json:
    """The document as the command line prints it."""
    printed = subprocess.run([*WEGWIJS, "openapi"], env=clean_environment(), capture_output=True, text=True, check=True)
    document: Json = json.loads(printed.stdout)
    return document


schema = schemathesis.openapi.from_dict(described())
# Every parameter at every border, thousands of requests: in the long profile.
schema.config.phases.coverage.enabled = LONG


@dataclass
class Signed:
    """A role with its session cookie and its device, as far as a client that is no browser needs them."""

    device_id: str
    cookies: dict[str, str]


@dataclass
class Site:
    """A running server and somebody of each role."""

    base_url: str
    roles: dict[str, Signed]

    @property
    def headers(self) -> dict[str, str]:
        return {**BROWSER_HEADERS, "Origin": self.base_url}


def enrolled(server: Server, role: str) -> Signed:
    printed = server.run("invite", "--organisation", "stad", "--name", f"Iemand {role}", "--role", role)
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", printed)
    assert found, printed
    device = new_device(Ed25519PrivateKey.generate())
    headers = {**BROWSER_HEADERS, "Origin": server.base_url}
    answer = httpx.post(f"{server.base_url}/api/enrol", json={"code": found[0], "device": device}, headers=headers)
    assert answer.status_code == 201, answer.text
    return Signed(answer.json()["device_id"], dict(answer.cookies))


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(f"openapi-{request.param}")
    if request.param == "sqlite":
        yield from _running(Server(folder))
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield from _running(Server(folder, database_url=url))


def _running(server: Server) -> Iterator[Site]:
    server.start()
    server.run(
        "organisation", "--name", "Stad", "--country", "BE", "--time-zone", "Europe/Brussels", "--team", "Team",
        "--administrator", "Beheer",
    )  # fmt: skip
    roles = ("worker", "supervisor", "coordinator", "administrator")
    try:
        yield Site(server.base_url, {role: enrolled(server, role) for role in roles})
    finally:
        server.stop()


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: Any, site: Site) -> None:
    template = case.operation.path
    rule = rule_for(case.operation.method.upper(), template)
    assert rule is not None
    signing_out = template == "/api/sign-out"  # with a session it would end what the other cases use
    cookies = {} if rule is PUBLIC or signing_out else site.roles[min(rule)].cookies
    answer = case.call(base_url=site.base_url, headers=site.headers, cookies=cookies)
    case.validate_response(answer, checks=CHECKS)


texts = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


@st.composite
def nearly_right(draw: st.DrawFn) -> list[Any]:
    """Mutations of a real save with some of their parts replaced, dropped or added."""
    made: list[Any] = contact_mutations([{}, {}], note="tot morgen")
    for _ in range(draw(st.integers(1, 4))):
        target = draw(st.sampled_from(made))
        where = draw(st.sampled_from([target, target["set"]])) if isinstance(target.get("set"), dict) else target
        name = draw(st.sampled_from(sorted(where)) | texts) if where else draw(texts)
        where[name] = draw(values)
    return made


@given(mutations=nearly_right() | st.lists(values, max_size=5))
@settings(max_examples=EXAMPLES * 10, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_pushed_each_mutation_gets_a_verdict(mutations: list[Any], site: Site) -> None:
    worker = site.roles["worker"]
    body = push_body(worker, mutations)
    answer = httpx.post(f"{site.base_url}/api/sync/v1/push", json=body, headers=site.headers, cookies=worker.cookies)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert len(results) == len(mutations)
    known = {"applied", "merged", "duplicate", "conflict", "held", "rejected", "gone"}
    assert all(result["status"] in known for result in results)
    assert all((result["error"] is None) == (result["status"] not in {"rejected", "gone"}) for result in results)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b'{"a":1}', b"[" * 100_000,
        b'{"a":' * 50_000, b'{"mutations":' + b"[" * 50_000,
        b'{"device_id":"x","schema":1,"client_time":"now","mutations":[]}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/api/sync/v1/push", "/api/me/device"])
def test_a_body_that_cannot_be_read_is_a_problem(site: Site, address: str, body: bytes) -> None:
    worker = site.roles["worker"]
    headers = {**site.headers, "Content-Type": "application/json"}
    answer = httpx.post(f"{site.base_url}{address}", content=body, headers=headers, cookies=worker.cookies)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "Traceback" not in answer.text


def test_a_body_over_the_limit_is_refused_before_it_is_read(site: Site) -> None:
    worker = site.roles["worker"]
    body = b'{"mutations":"' + b"x" * (1024 * 1024 + 1) + b'"}'
    headers = {**site.headers, "Content-Type": "application/json"}
    answer = httpx.post(f"{site.base_url}/api/sync/v1/push", content=body, headers=headers, cookies=worker.cookies)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
