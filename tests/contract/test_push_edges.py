"""Handing in when several things meet: chains that wait, groups with a broken member, the return of the deleted."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.helpers import (
    Json,
    SignedIn,
    contact_mutations,
    make_organisation,
    mutation,
    pull_all,
    push,
    push_body,
    sign_in,
)
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.database import Database
from wegwijs.foundation.ids import uuid7
from wegwijs.foundation.journal import Journal
from wegwijs.operation.service import erase_contact


@pytest.fixture
async def worker(app: Litestar) -> SignedIn:
    return await sign_in(app)


def statuses(results: list[Json]) -> list[str]:
    return [result["status"] for result in results]


def chain(length: int) -> list[Json]:
    """Creates of contacts, each of which depends on the one before."""
    made: list[Json] = []
    for _ in range(length):
        depends_on = [made[-1]["id"]] if made else []
        made.append(mutation("contact", str(uuid4()), "create", {"date_precision": "none"}, depends_on=depends_on))
    return made


@pytest.mark.parametrize("apart", [True, False])
async def test_a_chain_that_waits_for_its_first_is_judged_to_its_end(worker: SignedIn, apart: bool) -> None:
    first, *later = chain(4)
    for batch in [[one] for one in later] if apart else [later]:
        assert set(statuses(await push(worker, batch))) == {"held"}
    await push(worker, [first])
    assert statuses(await push(worker, later)) == ["duplicate"] * 3


async def test_what_waits_for_two_is_judged_when_both_have_come(worker: SignedIn) -> None:
    first, second = chain(2)
    third = mutation(
        "contact", str(uuid4()), "create", {"date_precision": "none"}, depends_on=[first["id"], second["id"]]
    )
    await push(worker, [second])
    await push(worker, [third])
    await push(worker, [first])
    assert statuses(await push(worker, [second, third])) == ["duplicate"] * 2


async def test_what_waits_is_released_by_one_that_was_itself_released_in_the_same_push(worker: SignedIn) -> None:
    first, second, third = chain(3)
    assert statuses(await push(worker, [second])) == ["held"]
    assert statuses(await push(worker, [first, third])) == ["applied", "applied"]


async def test_a_ring_of_replacements_ends(worker: SignedIn) -> None:
    one, two = (mutation("contact", str(uuid4()), "create", {"date_precision": "none"}) for _ in range(2))
    unknown = [mutation("contact", str(uuid4()), "delete")["id"] for _ in range(2)]
    one |= {"replaces": unknown[0], "depends_on": [unknown[1]]}
    two |= {"replaces": unknown[1], "depends_on": [unknown[0]]}
    assert statuses(await push(worker, [one, two])) == ["held", "held"]
    itself = mutation("contact", str(uuid4()), "create", {"date_precision": "none"})
    itself |= {"replaces": unknown[0], "depends_on": [unknown[0]]}
    assert statuses(await push(worker, [itself])) == ["applied"]


async def test_a_refused_dependency_is_settled_also_in_the_same_batch(worker: SignedIn) -> None:
    group = str(uuid4())
    mate = mutation("contact", str(uuid4()), "create", {"date_precision": "none"}, group=group)
    broken = mutation("contact", str(uuid4()), "nonsense", group=group)
    after = mutation("contact", str(uuid4()), "create", {"date_precision": "none"}, depends_on=[mate["id"]])
    assert statuses(await push(worker, [mate, broken, after])) == ["rejected", "rejected", "applied"]


async def test_a_group_with_an_id_that_was_used_before_is_refused_whole(worker: SignedIn, db: Database) -> None:
    used = mutation("contact", str(uuid4()), "create", {"date_precision": "none"})
    await push(worker, [used])
    group = contact_mutations(note="tot morgen")
    group[2]["id"] = used["id"]
    results = await push(worker, group)
    assert [one["error"]["code"] for one in results] == ["group_refused", "group_refused", "id_reuse"]
    assert await alive(db, "help_request") == []


async def alive(db: Database, table: str) -> list[UUID]:
    async with db.read() as tx:
        rows = await tx.fetch(f"SELECT id FROM {table} WHERE deleted_at IS NULL ORDER BY id")
    return [row["id"] for row in rows]


@pytest.mark.parametrize("edited", [0, 1, 3])
async def test_an_update_that_beats_a_deletion_brings_the_whole_contact_back(
    app: Litestar, db: Database, edited: int
) -> None:
    organisation = await make_organisation(app)
    one = await sign_in(app, "worker", organisation)
    other = await sign_in(app, organisation=organisation, membership=UUID(one.membership_id))
    sent = contact_mutations([{}, {}], note="tot morgen")
    await push(one, sent)
    before = {table: await alive(db, table) for table in ("contact", "help_request", "note")}
    await push(one, [mutation("contact", sent[0]["entity_id"], "delete", base_version=1)])
    field = [{"setting": "school"}, {"outcome": "solved"}, {}, {"text": "tot gisteren"}][edited]
    late = mutation(sent[edited]["entity"], sent[edited]["entity_id"], "update", field, base_version=1)
    assert statuses(await push(other, [{**late, "base": {name: sent[edited]["set"].get(name) for name in field}}])) == [
        "merged"
    ]
    assert {table: await alive(db, table) for table in before} == before


async def test_after_a_roll_back_a_record_with_a_newer_subtheme_can_still_be_changed(
    worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations([{"outcome": None}])
    await push(worker, sent)
    async with db.write() as tx:
        await tx.execute("UPDATE help_request SET subtheme = ?", "HOU.of_a_newer_release")
    late = mutation("help_request", sent[1]["entity_id"], "update", {"outcome": "solved"}, base={"outcome": None})
    assert statuses(await push(worker, [late])) == ["applied"]


async def test_a_list_created_twice_with_different_items_is_united_and_never_an_error(worker: SignedIn) -> None:
    made = contact_mutations([{"barriers": ["cost"]}])
    await push(worker, made)
    again = {**made[1], "id": str(uuid7()), "set": {**made[1]["set"], "barriers": ["fear"]}}
    (result,) = await push(worker, [again])
    assert result["status"] == "merged"
    (kept,) = [change for change in (await pull_all(worker)).changes if change["entity"] == "help_request"]
    assert kept["data"]["barriers"] == ["cost", "fear"]


async def erase(db: Database, app: Litestar, worker: SignedIn, contact: str) -> None:
    """Erase a contact as the operator does."""
    journal, organisation = Journal(app.state.settings.journal_dir), UUID(worker.organisation_id)
    async with db.write() as tx:
        await erase_contact(tx, REGISTRY, journal, organisation, UUID(contact))


async def payloads(db: Database) -> list[str]:
    """What the ledger still holds in plaintext."""
    async with db.read() as tx:
        rows = await tx.fetch("SELECT payload FROM sync_ledger WHERE payload IS NOT NULL")
    return [row["payload"] for row in rows]


async def test_what_would_hang_on_an_erased_contact_is_gone_and_no_text_of_it_is_kept(
    app: Litestar, worker: SignedIn, db: Database
) -> None:
    unsent = contact_mutations(note="nobody may read this any more")
    edit = mutation("note", unsent[2]["entity_id"], "update", {"text": "nor this"})
    await erase(db, app, worker, unsent[0]["entity_id"])
    assert statuses(await push(worker, [*unsent, edit])) == ["gone"] * 4
    late = mutation("note", str(uuid4()), "create", {"contact_id": unsent[0]["entity_id"], "text": "nor that"})
    assert statuses(await push(worker, [late])) == ["gone"]
    assert await payloads(db) == []


async def test_what_was_refused_with_a_contact_goes_when_the_contact_is_erased(
    app: Litestar, worker: SignedIn, db: Database
) -> None:
    refused = contact_mutations(note="nobody may read this any more", setting="never-a-code")
    other = contact_mutations(note="of another contact", setting="never-a-code")
    assert set(statuses(await push(worker, [*refused, *other]))) == {"rejected"}
    await erase(db, app, worker, refused[0]["entity_id"])
    assert len(await payloads(db)) == len(other)
    assert statuses(await push(worker, [*refused, *other])) == ["gone"] * 3 + ["rejected"] * 3
    edit = mutation("note", refused[2]["entity_id"], "update", {"text": "nor this"})
    assert statuses(await push(worker, [edit])) == ["gone"]


async def test_a_contact_stays_counted_on_its_day_when_it_is_changed_from_a_clock_that_is_right_again(
    app: Litestar, worker: SignedIn
) -> None:
    wrong = datetime.now(UTC) - timedelta(days=400)
    made = contact_mutations([], occurred_at=wrong.isoformat(timespec="seconds"))
    body = push_body(worker, made, client_time=wrong.isoformat(timespec="milliseconds"))
    answer = await worker.client.post("/api/sync/v1/push", json=body)
    assert statuses(answer.json()["results"]) == ["applied"]

    async def counted() -> tuple[str, bool]:
        (change,) = [one for one in (await pull_all(worker)).changes if one["entity"] == "contact"]
        return change["data"]["day"], change["data"]["clock_skewed"]

    day = await counted()
    assert day[0] > wrong.date().isoformat() and day[1]
    edit = mutation("contact", made[0]["entity_id"], "update", {"setting": "phone"}, base={"setting": "street"})
    await push(worker, [edit])
    assert await counted() == day
    right = datetime(2026, 1, 5, 12, tzinfo=UTC).isoformat()
    base = {"occurred_at": made[0]["set"]["occurred_at"]}
    await push(worker, [mutation("contact", made[0]["entity_id"], "update", {"occurred_at": right}, base=base)])
    assert await counted() == ("2026-01-05", False)
