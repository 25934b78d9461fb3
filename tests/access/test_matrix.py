"""Every route of the running application, walked as nobody and as each role, with own ids and foreign ones."""

import re
from collections.abc import Iterable
from uuid import uuid4

import httpx
import pytest
from litestar import Controller, Litestar, get
from msgspec import Struct

from tests.helpers import (
    Json,
    SignedIn,
    browser_like,
    contact_mutations,
    make_organisation,
    make_team,
    push,
    sign_in,
)
from wegwijs import access
from wegwijs import app as wiring
from wegwijs.access import MATRIX, PUBLIC, RouteWithoutRule, routes_of, rule_for
from wegwijs.app import create_app
from wegwijs.foundation.settings import Settings
from wegwijs.people.access import Role
from wegwijs.people.organisations import MadeOrganisation

# Parameters that name a row of somebody: what is foreign is tried for each. The others are words, not rows.
ROWS = {"membership_id", "device_id", "contact_id"}
WORDS = {"path", "list_name", "code", "digest", "step", "kind", "name", "wanted"}
WELL_FORMED = {
    "path": "somewhere",
    "list_name": "setting",
    "code": "street",
    "digest": "0",
    "step": "x",
    "kind": "wav",
    "name": "0.opus",
    "wanted": "nl",
}


class House(Struct):
    """An organisation with a worker who logged a contact, and the ids that routes may name."""

    made: MadeOrganisation
    worker: SignedIn
    ids: dict[str, str]


async def house(app: Litestar) -> House:
    made = await make_organisation(app)
    worker = await sign_in(app, "worker", made)
    group = contact_mutations()
    await push(worker, group)
    ids = {
        "membership_id": worker.membership_id,
        "device_id": worker.device_id,
        "contact_id": group[0]["entity_id"],
    }
    return House(made, worker, ids)


def parameters(template: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", template)


def filled(template: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: {**WELL_FORMED, **ids}[found[1]], template)


async def ask(client: httpx.AsyncClient, method: str, path: str, body: Json | None = None) -> httpx.Response:
    asks = method in {"POST", "PUT", "PATCH", "DELETE"}
    return await client.request(method, path, json=(body or {}) if asks else None)


def random_ids() -> dict[str, str]:
    return {name: str(uuid4()) for name in ROWS}


def test_the_matrix_names_every_route_and_no_other(settings: Settings) -> None:
    shapes = {(method, access._shape(template)) for method, template in routes_of(create_app(settings))}
    assert shapes == {(method, access._shape(template)) for method, template in MATRIX}


def test_every_parameter_is_known_to_this_test(settings: Settings) -> None:
    known = {name for _, template in routes_of(create_app(settings)) for name in parameters(template)}
    assert known <= ROWS | WORDS, "say what a foreign value of the new parameter is"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_an_application_with_a_route_outside_the_matrix_does_not_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgotten(Controller):
        path = "/api/forgotten"

        @get(sync_to_thread=False)
        def read(self) -> None: ...

    monkeypatch.setattr(wiring, "CONTROLLERS", (*wiring.CONTROLLERS, Forgotten))
    with pytest.raises(RouteWithoutRule, match="GET /api/forgotten"):
        create_app(settings)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_route_without_a_rule_lets_nobody_pass(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in = await sign_in(app, "administrator")
    monkeypatch.delitem(access._RULES, ("GET", "/api/me"))
    assert (await signed_in.client.get("/api/me")).status_code == 403


async def test_nobody_passes_where_a_session_is_asked(app: Litestar) -> None:
    async with browser_like(app) as nobody:
        for method, template in routes_of(app):
            answer = await ask(nobody, method, filled(template, random_ids()))
            if rule_for(method, template) is PUBLIC:
                assert answer.status_code != 401, (method, template)
            else:
                assert (answer.status_code, answer.json()["code"]) == (401, "signed_out"), (method, template)


@pytest.mark.parametrize("role", [role.value for role in Role])
async def test_a_role_passes_exactly_where_the_matrix_says(app: Litestar, role: str) -> None:
    own = await house(app)
    for method, template in routes_of(app):
        rule = rule_for(method, template)
        if rule is PUBLIC or rule is None:
            continue
        # Fresh each time: some routes end the very session they are called with.
        signed_in = await sign_in(app, role, own.made)
        answer = await ask(signed_in.client, method, filled(template, own.ids))
        if Role(role) in rule:
            assert answer.status_code not in {401, 403}, (method, template, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), (method, template)


def allowed(template_routes: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str, Role]]:
    """Every route that names a row, with each role that may use it."""
    for method, template in template_routes:
        rule = rule_for(method, template)
        if set(parameters(template)) & ROWS and isinstance(rule, frozenset):
            yield from ((method, template, role) for role in sorted(rule))


async def test_another_organisations_row_answers_as_one_that_never_existed(app: Litestar) -> None:
    own, foreign = await house(app), await house(app)
    tried = 0
    for method, template, role in allowed(routes_of(app)):
        client = (await sign_in(app, role.value, own.made)).client
        body: Json = {"team_id": str(own.made.team)} if template.endswith("/team") else {}
        unknown = await ask(client, method, filled(template, random_ids()), body)
        theirs = await ask(client, method, filled(template, foreign.ids), body)
        ours = await ask(client, method, filled(template, own.ids), body)
        assert unknown.status_code == 404, (method, template)
        assert (theirs.status_code, theirs.content) == (unknown.status_code, unknown.content), (method, template, role)
        assert ours.status_code < 400, (method, template, role, ours.text)
        tried += 1
    assert tried >= 5
    # And nothing was done to the others on the way.
    assert (await foreign.worker.client.get("/api/me")).status_code == 200


async def test_a_supervisor_reaches_devices_of_the_own_team_only(app: Litestar) -> None:
    made = await make_organisation(app)
    other_team = await make_team(app, made)
    supervisor = await sign_in(app, "supervisor", made)
    colleague = await sign_in(app, "worker", made, team=other_team)
    mine = await sign_in(app, "worker", made)
    revoke = "/api/devices/{}/revoke".format
    unknown = await supervisor.client.post(revoke(uuid4()))
    refused = await supervisor.client.post(revoke(colleague.device_id))
    assert (refused.status_code, refused.content) == (404, unknown.content)
    assert (await colleague.client.get("/api/me")).status_code == 200
    assert (await supervisor.client.post(revoke(mine.device_id))).status_code == 204
    assert (await mine.client.get("/api/me")).status_code == 401
