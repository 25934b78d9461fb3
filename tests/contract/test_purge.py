"""Purge, on both databases: the record, all that hangs on it and every text about it are gone, everywhere, for good."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.helpers import Json, SignedIn, contact_mutations, make_organisation, mutation, pull_all, push, sign_in
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.journal import Journal, id_digest
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.operation.dump import tables
from wegwijs.operation.service import erase_contact
from wegwijs.sync.purge import ABOUT_RECORDS

CANARY = "KANARIE"

# Tables that hold no text about records. A new table stands here, or `sync/purge.py` erases from it.
ABOUT_NO_RECORD = {
    *("organisation", "team", "person", "membership", "device", "invitation", "organisation_key"),
    *("organisation_entry", "sync_clock", "sync_mark", "sync_floor", "backup"),
    # Counts of a week: no record can be told from them, and the night counts anew.
    "week_count",
    # About the guides' own texts, never about who reads them.
    *("guide", "guide_change", "guide_version", "guide_clash", "guide_answer", "guide_sound", "guide_voice"),
    *("guide_unclear", "public_facts"),
    # Envelopes by device and day.
    "letterbox_day",
}


async def erase(worker: SignedIn, contact: str) -> int:
    """Purge as the command does."""
    db, settings = worker.app.state.db, worker.app.state.settings
    journal, organisation = Journal(settings.journal_dir), UUID(worker.organisation_id)

    async def work(tx: Transaction) -> int:
        return await erase_contact(tx, REGISTRY, journal, organisation, UUID(contact))

    count: int = await db.run_write(work)
    return count


async def texts(db: Database) -> str:
    """Every value of every row of every table."""
    found = []
    async with db.read() as tx:
        for table in await tables(tx):
            found += await tx.fetch(f"SELECT * FROM {table.name}")
    return "\n".join(str(row) for row in found)


@pytest.fixture
async def worker(app: Litestar) -> SignedIn:
    return await sign_in(app, "worker")


async def logged_everywhere(worker: SignedIn) -> list[Json]:
    """A contact whose texts lie in every table that can hold any: row, revision, conflict, held, refused, outcome."""
    group = contact_mutations([{}], note=f"{CANARY} notitie")
    contact, note = group[0]["entity_id"], group[-1]["entity_id"]
    await push(worker, group)
    await push(worker, [mutation("note", note, "update", {"text": f"{CANARY} verbeterd"}, base_version=1)])
    stale = {"text": f"{CANARY} anders"}
    [conflict] = await push(worker, [mutation("note", note, "update", stale, base={"text": "iets"}, base_version=1)])
    assert conflict["status"] == "conflict"
    later = {"contact_id": contact, "help_request_id": None, "text": f"{CANARY} wacht"}
    held = mutation("note", str(uuid4()), "create", later, depends_on=[str(uuid4())], no=10**9)
    refused = mutation("note", str(uuid4()), "create", {**later, "text": f"{CANARY} {'x' * 5000}"})
    handed = mutation("note", str(uuid4()), "create", {**later, "help_request_id": str(uuid4())})
    results = await push(worker, [held, refused, handed])
    assert [result["status"] for result in results] == ["held", "rejected", "rejected"]
    await push(worker, [mutation("note", handed["entity_id"], "hand_over", replaces=handed["id"])])
    return group


async def test_no_table_holds_a_word_of_it(worker: SignedIn, db: Database) -> None:
    group = await logged_everywhere(worker)
    before = await texts(db)
    async with db.read() as tx:
        for table in ("note", "revision", "sync_conflict", "sync_ledger"):
            rows = str(await tx.fetch(f"SELECT * FROM {table}"))
            assert CANARY in rows, f"{table} would prove nothing"
    assert before.count(CANARY) >= 7
    await erase(worker, group[0]["entity_id"])
    after = await texts(db)
    assert CANARY not in after
    async with db.read() as tx:
        digests = {row["digest"] for row in await tx.fetch("SELECT digest FROM purged_id")}
    assert {id_digest(UUID(one["entity_id"])) for one in group} <= digests


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_no_page_of_the_database_file_or_its_log_holds_a_word_of_it(worker: SignedIn, db: Database) -> None:
    keep = contact_mutations(note="BLIJFT staan")
    group = await logged_everywhere(worker)
    await push(worker, keep)
    path: Path = db.path  # type: ignore[attr-defined]

    def everything() -> bytes:
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))

    assert everything().count(CANARY.encode()) >= 7
    await erase(worker, group[0]["entity_id"])
    await db.scrub()
    found = everything()
    assert CANARY.encode() not in found and b"BLIJFT staan" in found


async def test_devices_are_told_in_every_scope_that_held_it_once(worker: SignedIn, db: Database) -> None:
    group = contact_mutations([{}, {}], note="weg")
    other = contact_mutations()
    await push(worker, [*group, *other])
    cursor = (await pull_all(worker)).cursor
    # It has left this device before, and another may have missed that.
    async with db.write() as tx:
        await tx.execute("UPDATE sync_change SET kind = 'remove', reason = 'window' WHERE entity = 'help_request'")
    await erase(worker, group[0]["entity_id"])
    told = [c for c in (await pull_all(worker, cursor)).changes if c["reason"] == "purged"]
    assert {(c["id"], c["kind"]) for c in told} == {(one["entity_id"], "remove") for one in group}
    async with db.read() as tx:
        rows = await tx.fetch("SELECT scope FROM sync_change WHERE reason = 'purged'")
    assert {row["scope"] for row in rows} == {f"member:{worker.membership_id}", f"team:{worker.team_id}"}


async def test_whatever_is_handed_in_about_it_later_is_gone_and_leaves_no_text(worker: SignedIn, db: Database) -> None:
    group = contact_mutations([{}], note=CANARY)
    contact, request = group[0]["entity_id"], group[1]["entity_id"]
    await push(worker, group)
    await erase(worker, contact)
    about = {"contact_id": contact, "help_request_id": None, "text": CANARY}
    save = str(uuid4())
    late = [
        mutation("contact", contact, "update", {"setting": "school"}, base_version=1),
        mutation("contact", contact, "create", {"setting": "school"}),
        mutation("contact", contact, "delete"),
        mutation("note", str(uuid4()), "create", about),
        mutation("note", str(uuid4()), "create", {**about, "text": CANARY * 1000}),
        mutation("note", str(uuid4()), "create", about, depends_on=[str(uuid4())], no=10**9),
        mutation("help_request", request, "update", {"outcome": "solved"}, group=save),
        mutation("note", str(uuid4()), "create", {**about, "help_request_id": request}, group=save),
    ]
    results = await push(worker, late)
    assert [result["status"] for result in results] == ["gone"] * 8
    assert {result["error"]["code"] for result in results} == {"gone"}
    assert CANARY not in await texts(db)
    # A sent copy that comes once more, under the ids it had.
    assert {result["status"] for result in await push(worker, group)} <= {"gone", "duplicate"}
    assert [r["status"] for r in await push(worker, late)] == ["gone"] * 8
    assert CANARY not in await texts(db)


async def test_what_is_not_about_it_goes_on(worker: SignedIn) -> None:
    group, other = contact_mutations(), contact_mutations([{}], note="blijft")
    await push(worker, [*group, *other])
    await erase(worker, group[0]["entity_id"])
    results = await push(
        worker,
        [
            mutation("contact", group[0]["entity_id"], "update", {"setting": "school"}, base_version=1),
            mutation("contact", other[0]["entity_id"], "update", {"setting": "school"}, base_version=1),
        ],
    )
    assert [result["status"] for result in results] == ["gone", "applied"]
    held = {
        c["id"] for c in (await pull_all(worker)).changes if c["kind"] == "put" and c["entity"] != "mutation_outcome"
    }
    assert held == {one["entity_id"] for one in other}


async def test_it_beats_every_edit_of_the_same_moment(app: Litestar, db: Database) -> None:
    """Edits and notes race the erasure: whichever comes first, in the end nothing is left."""
    organisation = await make_organisation(app)
    phone = await sign_in(app, "worker", organisation)
    tablet = await sign_in(app, "worker", organisation, membership=UUID(phone.membership_id))
    for _ in range(6):
        group = contact_mutations([{}], note=CANARY)
        contact, request = group[0]["entity_id"], group[1]["entity_id"]
        await push(phone, group)
        note = {"contact_id": contact, "help_request_id": request, "text": CANARY}
        done = await asyncio.gather(
            push(phone, [mutation("note", str(uuid4()), "create", note)]),
            erase(phone, contact),
            push(tablet, [mutation("help_request", request, "update", {"outcome": "solved"}, base_version=1)]),
            push(tablet, [mutation("note", str(uuid4()), "create", note)]),
        )
        for results in (done[0], done[2], done[3]):
            assert results[0]["status"] in {"applied", "gone"}
        assert CANARY not in await texts(db)
    async with db.read() as tx:
        left = [await tx.fetch(f"SELECT id FROM {name}") for name in ("contact", "help_request", "note")]
        puts = await tx.fetch("SELECT 1 FROM sync_change WHERE kind = 'put' AND entity <> 'mutation_outcome'")
    assert left == [[], [], []] and puts == []


async def test_a_contact_that_was_never_here_is_erased_before_it_comes(worker: SignedIn, db: Database) -> None:
    group = contact_mutations([{}], note=CANARY)
    await erase(worker, group[0]["entity_id"])
    assert [result["status"] for result in await push(worker, group)] == ["gone"] * 3
    assert CANARY not in await texts(db)


async def test_another_organisations_contact_is_out_of_reach(app: Litestar, db: Database) -> None:
    worker, stranger = await sign_in(app, "worker"), await sign_in(app, "worker")
    group = contact_mutations()
    await push(stranger, group)
    with pytest.raises(Problem, match="not_found"):
        await erase(worker, group[0]["entity_id"])
    assert len((await pull_all(stranger)).changes) == 2


async def test_without_the_journal_nothing_is_erased(worker: SignedIn, db: Database, settings: Settings) -> None:
    group = contact_mutations()
    await push(worker, group)
    settings.journal_dir.write_text("not a folder")
    with pytest.raises(Problem, match="journal_unavailable"):
        await erase(worker, group[0]["entity_id"])
    assert len((await pull_all(worker)).changes) == 2


async def test_every_table_is_erased_from_or_said_to_hold_no_text_about_records(db: Database) -> None:
    async with db.read() as tx:
        there = {table.name for table in await tables(tx)}
    entities = {entity.table for entity in REGISTRY}
    assert there - entities - set(ABOUT_RECORDS) <= ABOUT_NO_RECORD, (
        "say in sync/purge.py how a purge erases from the new table, or here that it holds no text about records"
    )
