"""The life of the feed, on both databases: windows, weeks, pruning, scopes that are lost, moved and come back."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar import Litestar

from tests.helpers import (
    Json,
    SignedIn,
    contact_mutations,
    make_organisation,
    make_team,
    mutation,
    pull_all,
    push,
    sign_in,
)
from wegwijs.contacts.entities import REGISTRY
from wegwijs.contacts.week_counts import week_of
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.settings import Settings
from wegwijs.operation.nightly import tidy_up
from wegwijs.people.service import server_secret
from wegwijs.sync import digests
from wegwijs.sync.cursor import seal, unseal
from wegwijs.sync.schemas import ScopeDigest

PULL = "/api/sync/v1/pull"
DAY = timedelta(days=1)


@pytest.fixture
async def worker(app: Litestar) -> SignedIn:
    return await sign_in(app, "worker")


class Nights:
    """Lets nights pass: each tidies as if so many days had gone by."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self.moment = now()

    async def pass_by(self, *days: int) -> None:
        """A night after each of these numbers of days, counted from the last one."""
        for one in days:
            self.moment += DAY * one
            await tidy_up(self._db, self._settings, REGISTRY, self.moment)


@pytest.fixture
def nights(db: Database, settings: Settings) -> Nights:
    return Nights(db, settings)


def held(changes: list[Json]) -> set[str]:
    """Ids of the records that the device holds."""
    last = {(c["entity"], c["id"]): c["kind"] for c in changes}
    return {one for (entity, one), kind in last.items() if kind == "put" and entity in REGISTRY_NAMES}


REGISTRY_NAMES = {entity.name for entity in REGISTRY}


def ids(*groups: list[Json]) -> set[str]:
    return {one["entity_id"] for group in groups for one in group}


def change(entity: str, made: Json, **fields: object) -> Json:
    """A change of a record that was made by this mutation, by somebody who saw it as it was made."""
    return mutation(entity, made["entity_id"], "update", fields, base_version=1)


# -- windows ---------------------------------------------------------------------------------------------------------


async def test_a_record_leaves_the_device_four_weeks_after_it_was_received(worker: SignedIn, nights: Nights) -> None:
    old = contact_mutations([{}, {}], note="lang geleden")
    await push(worker, old)
    await nights.pass_by(0, 27)
    young = contact_mutations()
    await push(worker, young)
    first = await pull_all(worker)
    assert held(first.changes) == ids(old, young)
    await nights.pass_by(2)
    after = await pull_all(worker, first.cursor)
    assert {(c["id"], c["kind"], c["reason"]) for c in after.changes if c["entity"] in REGISTRY_NAMES} == {
        (one, "remove", "window") for one in ids(old)
    }
    fresh = await pull_all(worker)
    assert held(fresh.changes) == ids(young)
    rows = [c for c in fresh.changes if c["kind"] == "put"]
    assert fresh.digest[f"member:{worker.membership_id}"]["count"] == len(rows)


async def test_supervisors_still_see_what_left_the_device(app: Litestar, nights: Nights) -> None:
    organisation = await make_organisation(app)
    worker, supervisor = await sign_in(app, "worker", organisation), await sign_in(app, "supervisor", organisation)
    await push(worker, contact_mutations())
    await nights.pass_by(0, 30)
    assert held((await pull_all(worker)).changes) == set()
    assert (await supervisor.client.get("/api/review/contacts")).json()["total"] == 1


async def test_what_asks_for_something_stays(worker: SignedIn, nights: Nights) -> None:
    incomplete, disputed, refused = contact_mutations(incomplete=True), contact_mutations([{}]), contact_mutations()
    done = contact_mutations()
    await push(worker, [*incomplete, *disputed, *refused, *done])
    stale = mutation(
        "help_request", disputed[1]["entity_id"], "update", {"outcome": "solved"}, base={"outcome": "waiting"}
    )
    await push(
        worker, [mutation("help_request", disputed[1]["entity_id"], "update", {"outcome": "started"}, base_version=1)]
    )
    unknown = mutation("contact", refused[0]["entity_id"], "update", {"setting": "never_was"})
    assert [r["status"] for r in await push(worker, [stale, unknown])] == ["conflict", "rejected"]
    await nights.pass_by(0, 40)
    assert held((await pull_all(worker)).changes) == ids(incomplete, disputed, refused)
    # When nothing asks for anything any more, it leaves in its turn.
    await push(worker, [change("contact", incomplete[0], incomplete=False)])
    await nights.pass_by(1, 40)
    assert held((await pull_all(worker)).changes) == ids(disputed, refused)


async def test_a_record_of_which_anything_changed_stays_whole(worker: SignedIn, nights: Nights) -> None:
    group = contact_mutations([{}, {}], note="even")
    await push(worker, group)
    await nights.pass_by(0, 20)
    await push(worker, [change("help_request", group[1], outcome="solved")])
    await nights.pass_by(1, 20)
    assert held((await pull_all(worker)).changes) == ids(group)
    await nights.pass_by(10)
    assert held((await pull_all(worker)).changes) == set()


@pytest.mark.parametrize("changed", ["the contact", "a help request", "a new note"])
async def test_what_left_comes_back_whole_when_any_of_it_changes(
    worker: SignedIn, nights: Nights, changed: str
) -> None:
    group, other = contact_mutations([{}, {}], note="even"), contact_mutations()
    await push(worker, [*group, *other])
    await nights.pass_by(0, 30)
    cursor = (await pull_all(worker)).cursor
    contact = group[0]["entity_id"]
    about = {"contact_id": contact, "help_request_id": None, "text": "nog iets"}
    edit = {
        "the contact": change("contact", group[0], setting="school"),
        "a help request": mutation(
            "help_request", group[1]["entity_id"], "update", {"outcome": "solved"}, base_version=1
        ),
        "a new note": mutation("note", str(uuid4()), "create", about),
    }[changed]
    assert [result["status"] for result in await push(worker, [edit])] == ["applied"]
    back = await pull_all(worker, cursor)
    assert {c["id"] for c in back.changes if c["kind"] == "put" and c["data"]} == ids(group) | {edit["entity_id"]}
    assert held((await pull_all(worker)).changes) == ids(group) | {edit["entity_id"]}


async def test_an_organisation_sets_its_own_window(app: Litestar, nights: Nights) -> None:
    organisation = await make_organisation(app)
    worker, administrator = (
        await sign_in(app, "worker", organisation),
        await sign_in(app, "administrator", organisation),
    )
    assert (await administrator.client.get("/api/operation/window")).json() == {"days": 28}
    for days, status in ((13, 400), (366, 400), ("many", 400), (14, 200)):
        answer = await administrator.client.put("/api/operation/window", json={"days": days})
        assert answer.status_code == status
    stranger = await sign_in(app, "worker")
    group, theirs = contact_mutations(), contact_mutations()
    await push(worker, group)
    await push(stranger, theirs)
    await nights.pass_by(0, 15)
    assert held((await pull_all(worker)).changes) == set()
    assert held((await pull_all(stranger)).changes) == ids(theirs)


# -- weeks -----------------------------------------------------------------------------------------------------------


def weeks(changes: list[Json]) -> dict[str, Json]:
    return {c["data"]["week"]: c["data"] for c in changes if c["entity"] == "week_count" and c["kind"] == "put"}


async def test_my_week_is_counted_at_night_without_the_records(worker: SignedIn, nights: Nights, db: Database) -> None:
    monday, sunday, later = "2026-11-16T09:00:00+01:00", "2026-11-22T23:30:00+01:00", "2026-11-23T00:30:00+01:00"
    rent: Json
    school: Json
    rent, school = {}, {"theme": None, "subtheme": "EDU.enrol"}
    await push(worker, contact_mutations([rent, school], occurred_at=monday, setting="street", language="ar"))
    await push(worker, contact_mutations([rent], occurred_at=sunday, setting="library", language="ar"))
    third = contact_mutations([rent], occurred_at=later, setting=None, language=None)
    await push(worker, third)
    await nights.pass_by(0)
    assert weeks((await pull_all(worker)).changes) == {
        "2026-W47": {
            "week": "2026-W47",
            "contacts": 2,
            "requests": 3,
            "by_theme": {"HOU": 2, "EDU": 1},
            "by_language": {"ar": 2},
            "by_setting": {"library": 1, "street": 1},
        },
        "2026-W48": {
            "week": "2026-W48",
            "contacts": 1,
            "requests": 1,
            "by_theme": {"HOU": 1},
            "by_language": {},
            "by_setting": {},
        },
    }
    cursor = (await pull_all(worker)).cursor
    await nights.pass_by(1)
    assert weeks((await pull_all(worker, cursor)).changes) == {}, "what has not changed is not told again"
    await push(worker, [mutation("contact", third[0]["entity_id"], "delete")])
    await nights.pass_by(1)
    gone = [c for c in (await pull_all(worker, cursor)).changes if c["entity"] == "week_count"]
    assert [(c["kind"], c["reason"]) for c in gone] == [("remove", "deleted")]
    # The records leave, the counts stay.
    await nights.pass_by(40)
    pulled = (await pull_all(worker)).changes
    assert held(pulled) == set() and set(weeks(pulled)) == {"2026-W47"}
    # After a year they go too.
    await nights.pass_by(370)
    async with db.read() as tx:
        assert await tx.fetch("SELECT week FROM week_count") == []
        assert await tx.fetch("SELECT 1 FROM sync_change WHERE entity = 'week_count' AND kind = 'put'") == []


@pytest.mark.parametrize(
    ("day", "week"), [("2026-01-01", "2026-W01"), ("2027-01-03", "2026-W53"), ("2025-12-29", "2026-W01")]
)
def test_a_week_is_that_of_the_calendar_on_the_wall(day: str, week: str) -> None:
    assert week_of(day) == week


# -- pruning ---------------------------------------------------------------------------------------------------------


async def test_a_device_that_was_away_for_too_long_pulls_that_scope_anew_and_no_other(
    worker: SignedIn, nights: Nights, db: Database, settings: Settings
) -> None:
    keep, drop = contact_mutations(incomplete=True), contact_mutations()
    await push(worker, [*keep, *drop])
    cursor = (await pull_all(worker)).cursor
    await push(worker, [mutation("contact", drop[0]["entity_id"], "delete")])
    present = (await pull_all(worker)).cursor
    await nights.pass_by(0, 89)
    assert (await worker.client.get(PULL, params={"cursor": cursor})).status_code == 200
    await nights.pass_by(2)
    async with db.read() as tx:
        removals = await tx.fetch("SELECT seq FROM sync_change WHERE kind = 'remove' AND reason = 'deleted'")
    assert removals == []
    answer = await worker.client.get(PULL, params={"cursor": cursor})
    problem = answer.json()
    mine, everybody = f"member:{worker.membership_id}", f"org:{worker.organisation_id}"
    assert (answer.status_code, problem["code"], problem["scopes"]) == (410, "feed_pruned", [mine])
    secret, who = server_secret(settings), {"device": UUID(worker.device_id), "membership": UUID(worker.membership_id)}
    before, going_on = unseal(cursor, secret, **who), unseal(problem["cursor"], secret, **who)
    assert going_on.scopes == {mine: 0, everybody: before.scopes[everybody]}
    again = await pull_all(worker, problem["cursor"])
    assert held(again.changes) == ids(keep)
    # Whoever had heard of the removal goes on, and a new device begins as ever.
    assert (await worker.client.get(PULL, params={"cursor": present})).status_code == 200
    assert held((await pull_all(worker)).changes) == ids(keep)


async def test_a_new_device_reads_a_pruned_feed_page_by_page_to_its_end(worker: SignedIn, nights: Nights) -> None:
    async def begin() -> str:
        return str((await worker.client.get(PULL, params={"limit": 1})).json()["cursor"])

    keep, drop = contact_mutations([{}, {}], incomplete=True), contact_mutations()
    await push(worker, [*keep, *drop])
    before = await begin()
    await push(worker, [mutation("contact", drop[0]["entity_id"], "delete")])
    after = await begin()
    await nights.pass_by(0, 91)
    for cursor in ("", after):
        assert held((await pull_all(worker, cursor, limit=1)).changes) >= ids(keep[1:])
    # What was removed after it had begun, a device may have got before.
    answer = await worker.client.get(PULL, params={"cursor": before, "limit": 1})
    assert (answer.status_code, answer.json()["code"]) == (410, "feed_pruned")
    assert held((await pull_all(worker, answer.json()["cursor"], limit=1)).changes) == ids(keep)


async def test_the_ledger_forgets_what_is_settled_and_keeps_what_waits(
    worker: SignedIn, nights: Nights, db: Database
) -> None:
    settled, refused = contact_mutations(), contact_mutations(setting="never_was")
    await push(worker, [*settled, *refused])
    await nights.pass_by(0, 399)

    async def known() -> set[str]:
        async with db.read() as tx:
            return {str(row["mutation_id"]) for row in await tx.fetch("SELECT mutation_id FROM sync_ledger")}

    assert await known() == {one["id"] for one in (*settled, *refused)}
    await nights.pass_by(2)
    assert await known() == {one["id"] for one in refused}


async def test_many_nights_leave_no_table_growing_but_the_data(worker: SignedIn, nights: Nights, db: Database) -> None:
    """What is logged and deleted again each month is found in no table after the periods have passed."""
    for _ in range(3):
        group = contact_mutations([{}])
        await push(worker, group)
        await push(worker, [mutation("contact", group[0]["entity_id"], "delete")])
        await nights.pass_by(30)
    await nights.pass_by(100, 400, 1)
    async with db.read() as tx:
        feed = await tx.fetch("SELECT kind FROM sync_change WHERE entity IN ('contact', 'help_request')")
        ledger = await tx.fetch("SELECT status FROM sync_ledger")
    assert (feed, ledger) == ([], [])


# -- digests ---------------------------------------------------------------------------------------------------------


async def test_a_digest_is_counted_once_for_as_long_as_nothing_changed_in_its_scope(
    app: Litestar, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = await make_organisation(app)
    worker, colleague = await sign_in(app, "worker", organisation), await sign_in(app, "worker", organisation)
    counted: list[list[str]] = []
    count = digests._count

    async def watched(tx: Transaction, of: UUID, scopes: list[str]) -> dict[str, ScopeDigest]:
        counted.append(scopes)
        return await count(tx, of, scopes)

    monkeypatch.setattr(digests, "_count", watched)
    mine = f"member:{worker.membership_id}"
    group = contact_mutations([{}])
    await push(worker, group)
    first = await pull_all(worker)
    assert mine in counted.pop()
    await push(colleague, contact_mutations())
    assert (await pull_all(worker, first.cursor)).digest == first.digest
    assert counted.pop() == []
    await push(worker, [mutation("contact", group[0]["entity_id"], "delete")])
    assert (await pull_all(worker)).digest[mine] == {"count": 0, "xor64": "0" * 16}
    # A device that found a difference has it counted anew.
    await worker.client.get(PULL, params={"cursor": first.cursor, "anew": mine})
    assert mine in counted.pop()


# -- scopes ----------------------------------------------------------------------------------------------------------


async def test_a_scope_that_is_lost_is_named_and_one_that_returns_is_pulled_anew(
    worker: SignedIn, settings: Settings
) -> None:
    group = contact_mutations()
    await push(worker, group)
    cursor = (await pull_all(worker)).cursor
    secret, who = server_secret(settings), {"device": UUID(worker.device_id), "membership": UUID(worker.membership_id)}
    position = unseal(cursor, secret, **who)
    lost = f"team:{uuid4()}"
    more = msgspec.structs.replace(position, scopes={**position.scopes, lost: 1})
    for _ in range(2):  # a lost answer: it is named again
        page = (await worker.client.get(PULL, params={"cursor": seal(more, secret)})).json()
        assert (page["scope_removed"], page["changes"]) == ([lost], [])
    assert lost not in unseal(page["cursor"], secret, **who).scopes
    less = {name: at for name, at in position.scopes.items() if not name.startswith("member:")}
    returned = seal(msgspec.structs.replace(position, scopes=less), secret)
    page = (await worker.client.get(PULL, params={"cursor": returned})).json()
    assert ({c["id"] for c in page["changes"]}, page["scope_removed"]) == (ids(group), [])


async def test_a_position_becomes_the_head_only_with_the_last_page(worker: SignedIn, settings: Settings) -> None:
    await push(worker, [one for _ in range(4) for one in contact_mutations()])
    secret, who = server_secret(settings), {"device": UUID(worker.device_id), "membership": UUID(worker.membership_id)}
    head = (await worker.client.get("/api/sync/v1/status")).json()["seq"]
    cursor = ""
    reached: list[set[int]] = []
    while len(reached) < 3:
        page = (await worker.client.get(PULL, params={"cursor": cursor, "limit": 3})).json()
        cursor = page["cursor"]
        reached.append(set(unseal(cursor, secret, **who).scopes.values()))
        assert reached[-1] == {head if page["last"] else page["changes"][-1]["seq"]}
    assert reached[-1] == {head}


@pytest.mark.parametrize("with_records", [False, True])
async def test_a_member_who_moves_logs_for_the_new_team_and_records_go_along_when_told(
    app: Litestar, db: Database, with_records: bool
) -> None:
    organisation = await make_organisation(app)
    other = await make_team(app, organisation)
    worker, administrator = (
        await sign_in(app, "worker", organisation),
        await sign_in(app, "administrator", organisation),
    )
    old_boss = await sign_in(app, "supervisor", organisation)
    new_boss = await sign_in(app, "supervisor", organisation, team=other)
    before, deleted = contact_mutations([{}], note="mee"), contact_mutations()
    await push(worker, [*before, *deleted])
    await push(worker, [mutation("contact", deleted[0]["entity_id"], "delete")])
    cursor = (await pull_all(worker)).cursor
    body = {"team_id": str(other), "with_records": with_records}
    answer = await administrator.client.post(f"/api/people/{worker.membership_id}/team", json=body)
    assert (answer.status_code, answer.json()) == (200, {"contacts": 2 if with_records else 0})
    assert (await worker.client.get("/api/me")).json()["team"]["id"] == str(other)
    after = contact_mutations()
    await push(worker, after)

    async def seen(by: SignedIn) -> set[str]:
        return {one["id"] for one in (await by.client.get("/api/review/contacts")).json()["contacts"]}

    moved = {before[0]["entity_id"]}
    assert await seen(old_boss) == (set() if with_records else moved)
    assert await seen(new_boss) == {after[0]["entity_id"]} | (moved if with_records else set())
    told = (await pull_all(worker, cursor)).changes
    assert held(told) == ids(after) | (ids(before) if with_records else set())
    async with db.read() as tx:
        rows = await tx.fetch(
            "SELECT entity_id, kind, reason FROM sync_change WHERE scope = ?", f"team:{organisation.team}"
        )
    left = {(str(row["entity_id"]), row["kind"], row["reason"]) for row in rows}
    if with_records:
        assert left == {(one, "remove", "scope") for one in ids(before, deleted)}
    # A record that has moved can still be saved.
    edit = mutation("contact", before[0]["entity_id"], "update", {"setting": "school"}, base={"setting": "street"})
    [result] = await push(worker, [edit])
    assert result["status"] == "applied"


async def test_an_open_conflict_goes_with_its_record_to_the_new_teams_supervisor(app: Litestar) -> None:
    organisation = await make_organisation(app)
    other = await make_team(app, organisation)
    worker = await sign_in(app, "worker", organisation)
    administrator = await sign_in(app, "administrator", organisation)
    old_boss = await sign_in(app, "supervisor", organisation)
    new_boss = await sign_in(app, "supervisor", organisation, team=other)
    group = contact_mutations([{}])
    await push(worker, group)
    await push(worker, [change("help_request", group[1], outcome="started")])
    stale = mutation(
        "help_request", group[1]["entity_id"], "update", {"outcome": "solved"}, base={"outcome": "waiting"}
    )
    assert [result["status"] for result in await push(worker, [stale])] == ["conflict"]

    async def open_conflicts(by: SignedIn) -> int:
        return len((await by.client.get("/api/review/attention")).json()["conflicts"])

    assert (await open_conflicts(old_boss), await open_conflicts(new_boss)) == (1, 0)
    body = {"team_id": str(other), "with_records": True}
    assert (await administrator.client.post(f"/api/people/{worker.membership_id}/team", json=body)).status_code == 200
    assert (await open_conflicts(old_boss), await open_conflicts(new_boss)) == (0, 1)
    [conflict] = [c for c in (await pull_all(worker)).changes if c["entity"] == "conflict"]
    chosen = mutation("conflict", conflict["id"], "resolve", {"choice": "mine"})
    assert [r["status"] for r in await push(old_boss, [chosen])] == ["rejected"]
    again = mutation("conflict", conflict["id"], "resolve", {"choice": "mine"})
    assert [r["status"] for r in await push(new_boss, [again])] == ["applied"]


async def test_moving_somebody_is_for_administrators_of_the_organisation(app: Litestar) -> None:
    organisation, elsewhere = await make_organisation(app), await make_organisation(app)
    worker, administrator = (
        await sign_in(app, "worker", organisation),
        await sign_in(app, "administrator", organisation),
    )
    foreign = await make_team(app, elsewhere)
    at = f"/api/people/{worker.membership_id}/team"
    assert (await administrator.client.post(at, json={"team_id": str(foreign)})).status_code == 404
    assert (await administrator.client.post(at, json={})).status_code == 400
    stranger = await sign_in(app, "administrator", elsewhere)
    assert (await stranger.client.post(at, json={"team_id": str(foreign)})).status_code == 404
    assert (await worker.client.get("/api/me")).json()["team"]["id"] == str(organisation.team)
