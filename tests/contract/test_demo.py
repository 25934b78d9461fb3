"""The demo through the application, on both databases: loaded as phones do, again without doubling, and let in by."""

import json
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.helpers import Json, enrol, make_organisation, sign_in
from wegwijs.demo.phone import DemoRefused, Phone, batches
from wegwijs.demo.plan import PlannedContact
from wegwijs.demo.service import make_demo, planned
from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people import service as people
from wegwijs.serving import load_demo

ROLES = ["worker", "supervisor", "coordinator", "administrator"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, demo=True)


def transport(app: Litestar) -> httpx.ASGITransport:
    return httpx.ASGITransport(app=cast(Any, app))


async def rows(db: Database) -> dict[str, int]:
    """How many rows each table holds that loading twice could double."""
    tables = ("organisation", "team", "membership", "organisation_entry", "contact", "help_request", "sync_ledger")
    async with db.read() as tx:
        return {name: (await tx.fetch(f"SELECT count(*) AS n FROM {name}"))[0]["n"] for name in tables}


def code_of(link: str) -> str:
    return link.partition("#")[2]


async def test_loading_twice_doubles_nothing_and_ends_the_old_links(
    app: Litestar, db: Database, settings: Settings
) -> None:
    first = await make_demo(db, settings, transport(app))
    before = await rows(db)
    assert (before["organisation"], before["membership"], before["help_request"]) == (1, 5, 866)
    assert before["contact"] == len(planned())
    second = await make_demo(db, settings, transport(app))
    assert await rows(db) == before
    await enrol(app, code_of(second["sign_in"]["worker"]))
    with pytest.raises(AssertionError, match="invalid_code"):
        await enrol(app, code_of(first["sign_in"]["worker"]))


async def test_each_link_lets_its_role_in_as_often_as_wanted(app: Litestar, db: Database, settings: Settings) -> None:
    links = (await make_demo(db, settings, transport(app)))["sign_in"]
    assert list(links) == ROLES
    for role, link in links.items():
        assert link.startswith(f"{settings.public_url}/enrol#")
        devices = [await enrol(app, code_of(link)) for _ in range(3)]
        assert {device.me["role"] for device in devices} == {role}
        assert len({device.device_id for device in devices}) == 3


async def test_the_organisation_is_marked_held_and_known_by_roles_only(
    app: Litestar, db: Database, settings: Settings
) -> None:
    links = (await make_demo(db, settings, transport(app)))["sign_in"]
    async with db.read() as tx:
        [organisation] = await tx.fetch("SELECT * FROM organisation")
        names = await tx.fetch("SELECT display_name FROM person ORDER BY display_name")
        notes = await tx.fetch("SELECT id FROM note")
    assert organisation["is_demo"] and organisation["legal_hold"]
    assert (organisation["country"], organisation["time_zone"]) == ("BE", "Europe/Brussels")
    assert organisation["default_language"] == "nl"
    assert [row["display_name"] for row in names] == ["Beheerder", "Coach", "Coördinator", "Toeleider 1", "Toeleider 2"]
    assert notes == []
    worker = await enrol(app, code_of(links["worker"]))
    catalogue = (await worker.client.get("/api/catalogue")).json()
    assert "demo_centre" in {one["code"] for one in catalogue["districts"]}
    assert "demo_meeting_place" in {one["code"] for one in catalogue["destinations"]}


async def test_a_load_that_broke_off_goes_on_where_it_stopped(
    app: Litestar, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = 0

    async def breaks_off(phone: Phone, mutations: list[Json]) -> None:
        nonlocal taken
        if taken == 3:
            raise httpx.ConnectError("the server stopped")
        taken += 1
        await original(phone, mutations)

    original = Phone.push
    monkeypatch.setattr(Phone, "push", breaks_off)
    with pytest.raises(httpx.ConnectError):
        await make_demo(db, settings, transport(app))
    assert 0 < (await rows(db))["help_request"] < 300
    monkeypatch.undo()
    await make_demo(db, settings, transport(app))
    loaded = await rows(db)
    assert (loaded["help_request"], loaded["contact"]) == (866, len(planned()))
    assert loaded["sync_ledger"] == 866 + len(planned())


async def test_what_a_visitor_deleted_stays_deleted(app: Litestar, db: Database, settings: Settings) -> None:
    await make_demo(db, settings, transport(app))
    async with db.write() as tx:
        await tx.execute("UPDATE contact SET deleted_at = received_at")
    await make_demo(db, settings, transport(app))
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM contact WHERE deleted_at IS NULL") == []


async def test_whom_a_visitor_switched_off_is_there_again_at_the_next_start(
    app: Litestar, db: Database, settings: Settings
) -> None:
    links = (await make_demo(db, settings, transport(app)))["sign_in"]
    administrator = await enrol(app, code_of(links["administrator"]))
    coach = await enrol(app, code_of(links["supervisor"]))
    answer = await administrator.client.post(f"/api/people/{coach.membership_id}/switch-off")
    assert answer.status_code == 204
    links = (await make_demo(db, settings, transport(app)))["sign_in"]
    again = await enrol(app, code_of(links["supervisor"]))
    assert again.me["display_name"] == "Coach"
    assert again.membership_id != coach.membership_id


async def test_the_links_are_written_beside_the_data_for_the_owner_only(settings: Settings) -> None:
    content = await load_demo(settings)
    path = settings.data_dir / "demo.json"
    assert json.loads(path.read_text()) == content
    assert list(content) == ["base_url", "sign_in"]
    assert content["base_url"] == settings.public_url
    assert list(content["sign_in"]) == ROLES
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_real_organisation_of_that_name_is_left_alone(app: Litestar, db: Database, settings: Settings) -> None:
    await make_organisation(app, "Demo")
    with pytest.raises(Problem, match="organisation_exists"):
        await make_demo(db, settings, transport(app))
    assert (await rows(db))["organisation"] == 1


async def test_a_record_that_is_not_taken_is_told(app: Litestar, settings: Settings, db: Database) -> None:
    organisation = await make_organisation(app)
    async with db.write() as tx:
        code = (await people.invite(tx, settings, organisation.organisation, organisation.administrator)).code
    async with httpx.AsyncClient(
        transport=transport(app), base_url=settings.public_url, headers={"Origin": settings.public_url}
    ) as client:
        with pytest.raises(DemoRefused, match="invalid_code"):
            await Phone.enrol(client, "0000-0000-0000", "telefoon")
        phone = await Phone.enrol(client, code, "telefoon")
        with pytest.raises(DemoRefused, match="not_allowed"):
            await phone.push([])


async def test_an_unknown_code_in_the_plan_stops_the_load(app: Litestar, settings: Settings) -> None:
    worker = await sign_in(app, "worker")
    contact = PlannedContact(0, 0, None, "nowhere_at_all", "nl", False, planned()[0].requests)
    [batch] = batches(UUID(worker.organisation_id), [contact])
    with pytest.raises(DemoRefused, match="unknown_code"):
        await Phone(worker.client, worker.device_id).push(batch)
