"""Pulling: order, completeness, scopes and cursors, on both databases."""

import asyncio
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.helpers import Json, SignedIn, contact_mutations, make_organisation, mutation, pull_all, push, sign_in
from wegwijs.foundation.database import Database
from wegwijs.sync.core.canonical import row_mark

PULL = "/api/sync/v1/pull"


@pytest.fixture
async def worker(app: Litestar) -> SignedIn:
    return await sign_in(app, "worker")


async def test_pages_give_every_row_once_in_order_and_only_the_last_has_a_digest(worker: SignedIn) -> None:
    sent = [one for _ in range(15) for one in contact_mutations()]
    await push(worker, sent)
    cursor, seen, lasts = "", [], []
    while True:
        page = (await worker.client.get(PULL, params={"cursor": cursor, "limit": 7})).json()
        seen += page["changes"]
        lasts.append((page["last"], page["digest"] is not None, len(page["changes"])))
        cursor = page["cursor"]
        if page["last"]:
            break
    assert [c["seq"] for c in seen] == sorted({c["seq"] for c in seen})
    assert {c["id"] for c in seen} == {one["entity_id"] for one in sent}
    assert lasts == [(False, False, 7)] * 4 + [(True, True, 2)]


async def test_nothing_new_means_an_empty_page_and_the_same_place(worker: SignedIn) -> None:
    await push(worker, contact_mutations())
    first = await pull_all(worker)
    assert (await pull_all(worker, first.cursor)).changes == []


async def test_the_digest_is_that_of_the_rows_the_device_holds(worker: SignedIn) -> None:
    await push(worker, [one for _ in range(3) for one in contact_mutations([{}, {}])])
    victim = contact_mutations()
    await push(worker, victim)
    await push(worker, [mutation("contact", victim[0]["entity_id"], "delete")])
    pulled = await pull_all(worker)
    held = {(c["entity"], c["id"]): c["version"] for c in pulled.changes if c["kind"] == "put"}
    mark = 0
    for (entity, identity), version in held.items():
        mark ^= row_mark(entity, identity, version)
    assert pulled.digest[f"member:{worker.membership_id}"] == {"count": len(held), "xor64": f"{mark:016x}"}
    assert len(held) == 9


async def test_a_scope_whose_digest_differs_is_told_anew_while_the_others_go_on(worker: SignedIn) -> None:
    sent = contact_mutations([{}])
    await push(worker, sent)
    first = await pull_all(worker)
    assert (await pull_all(worker, first.cursor)).changes == []
    ask = {"cursor": first.cursor, "anew": f"team:elsewhere,member:{worker.membership_id}"}
    page = (await worker.client.get(PULL, params=ask)).json()
    assert {c["id"] for c in page["changes"]} == {one["entity_id"] for one in sent}
    assert {c["scope"] for c in page["changes"]} == {f"member:{worker.membership_id}"}
    assert (await pull_all(worker, page["cursor"])).changes == []


async def test_only_the_latest_change_of_a_row_is_in_the_feed(worker: SignedIn) -> None:
    sent = contact_mutations(setting="street")
    await push(worker, sent)
    for setting in ("school", "library", "event"):
        await push(worker, [mutation("contact", sent[0]["entity_id"], "update", {"setting": setting})])
    contacts = [c for c in (await pull_all(worker)).changes if c["entity"] == "contact"]
    assert len(contacts) == 1


async def test_a_device_never_gets_a_colleagues_or_another_organisations_contact(app: Litestar) -> None:
    organisation = await make_organisation(app)
    mine, colleague = await sign_in(app, "worker", organisation), await sign_in(app, "worker", organisation)
    supervisor, stranger = await sign_in(app, "supervisor", organisation), await sign_in(app, "worker")
    sent = contact_mutations()
    await push(mine, sent)
    for other in (colleague, supervisor, stranger):
        assert (await pull_all(other)).changes == []
    assert {c["id"] for c in (await pull_all(mine)).changes} == {one["entity_id"] for one in sent}


async def test_two_devices_of_one_membership_see_the_same(app: Litestar) -> None:
    organisation = await make_organisation(app)
    phone = await sign_in(app, "worker", organisation)
    laptop = await sign_in(app, "worker", organisation, membership=UUID(phone.membership_id))
    await push(phone, contact_mutations([{}, {}]))
    here, there = await pull_all(phone), await pull_all(laptop)
    assert here.changes == there.changes and here.digest == there.digest and here.changes


@pytest.mark.parametrize("cursor", ["x", "a" * 400, "ééé", "bm90IG91cnM=", "=" * 30])
async def test_a_made_up_cursor_is_refused(worker: SignedIn, cursor: str) -> None:
    answer = await worker.client.get(PULL, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_a_cursor_of_somebody_else_or_a_changed_one_is_refused(worker: SignedIn, app: Litestar) -> None:
    await push(worker, contact_mutations())
    theirs = (await pull_all(await sign_in(app, "worker"))).cursor
    own = (await pull_all(worker)).cursor
    changed = own[:-6] + ("A" if own[-6] != "A" else "B") + own[-5:]
    for cursor in (theirs, changed):
        answer = await worker.client.get(PULL, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_after_a_restore_old_cursors_say_so(worker: SignedIn, db: Database) -> None:
    await push(worker, contact_mutations())
    cursor = (await pull_all(worker)).cursor
    async with db.write() as tx:
        await tx.execute("UPDATE sync_clock SET epoch = ?", str(uuid4()))
    answer = await worker.client.get(PULL, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "other_epoch")
    assert len((await pull_all(worker)).changes) == 2


async def test_a_cursor_beyond_the_counter_means_an_unannounced_restore(worker: SignedIn, db: Database) -> None:
    await push(worker, contact_mutations())
    cursor = (await pull_all(worker)).cursor
    async with db.write() as tx:
        await tx.execute("UPDATE sync_clock SET seq = 1")
    answer = await worker.client.get(PULL, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "other_epoch")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many"])
async def test_a_wrong_limit_is_a_problem(worker: SignedIn, limit: str) -> None:
    answer = await worker.client.get(PULL, params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_status_tells_where_the_counter_stands(worker: SignedIn) -> None:
    before = (await worker.client.get("/api/sync/v1/status")).json()
    await push(worker, contact_mutations())
    answer = await worker.client.get("/api/sync/v1/status")
    assert answer.headers["cache-control"] == "no-store"
    after = answer.json()
    # Two records, each in the author's scope and in the team's.
    assert (after["ok"], after["epoch"], after["seq"] - before["seq"]) == (True, before["epoch"], 4)


async def test_a_reader_beside_many_writers_misses_nothing(app: Litestar) -> None:
    """Five devices of one membership write while a sixth pulls: what it holds in the end is everything."""
    organisation = await make_organisation(app)
    reader = await sign_in(app, "worker", organisation)
    member = UUID(reader.membership_id)
    writers = [await sign_in(app, "worker", organisation, membership=member) for _ in range(5)]
    sent: list[Json] = []

    async def write(device: SignedIn) -> None:
        for _ in range(6):
            batch = contact_mutations([{}, {}])
            sent.extend(batch)
            await push(device, batch)

    held: set[str] = set()
    cursor = ""
    writing = asyncio.gather(*(write(device) for device in writers))
    while not writing.done():
        pulled = await pull_all(reader, cursor, limit=4)
        cursor = pulled.cursor
        held |= {change["id"] for change in pulled.changes}
        await asyncio.sleep(0)
    await writing
    held |= {change["id"] for change in (await pull_all(reader, cursor)).changes}
    assert held == {one["entity_id"] for one in sent}
