"""An author learns of a verdict however it came about: outcomes as synced rows, and what settles them later."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from tests.crew import (
    Crew,
    change,
    codes,
    discard,
    ledger,
    make_crew,
    outcome,
    refused,
    resolve,
    right,
    rows_of,
    statuses,
    stored,
    two_values,
)
from tests.helpers import Json, SignedIn, contact_mutations, mutation, push
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.people.access import Actor, Role
from wegwijs.sync.push import take_in
from wegwijs.sync.schemas import MutationResult


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def worker(crew: Crew) -> SignedIn:
    return await crew.member()


async def sealed(db: Database, who: SignedIn, mutations: list[Json]) -> list[MutationResult]:
    """Hand in without a session, as the letterbox does."""
    me = who.me
    actor = Actor(
        organisation=UUID(who.organisation_id),
        team=UUID(who.team_id),
        membership=UUID(who.membership_id),
        person=UUID(int=0),
        device=UUID(who.device_id),
        session=None,
        role=Role(me["role"]),
        country="BE",
        time_zone="Europe/Brussels",
        default_language="nl",
    )
    answer = await db.run_write(lambda tx: take_in(tx, REGISTRY, actor, mutations, now(), via="letterbox"))
    return answer.results


async def test_what_simply_went_well_in_a_push_writes_no_outcome(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations([{}], note="een")
    await push(worker, sent)
    await push(worker, [change(sent[0], {"setting": "school"})])
    assert await rows_of(worker, "mutation_outcome") == {}
    assert (await ledger(db, sent[0]["id"]))["outcome"] == 0


async def test_a_refusal_is_told_to_the_author_alone(crew: Crew, worker: SignedIn) -> None:
    wrong = refused()
    (result,) = await push(worker, [wrong])
    told = await outcome(worker, wrong["id"])
    assert told == {
        "entity": "contact",
        "entity_id": wrong["entity_id"],
        "status": "rejected",
        "seq": result["seq"],
        "version": None,
        "conflicts": [],
        "error": {"code": "unknown_code", "field": "setting", "message_key": "problem.unknown_code"},
        "via": "push",
        "settled_by": None,
    }
    assert result["seq"], "a device must be able to tell whether a backup holds the refusal"
    assert await rows_of(await crew.member(), "mutation_outcome") == {}


async def test_a_conflict_is_told_with_its_values(crew: Crew, worker: SignedIn) -> None:
    await two_values(worker, await crew.another_phone(worker))
    (told,) = (await rows_of(worker, "mutation_outcome")).values()
    assert told["status"] == "conflict"
    assert told["conflicts"] == [{"field": "outcome", "mine": "solved", "theirs": "referred"}]


async def test_a_held_mutation_is_told_and_told_again_when_it_was_applied(worker: SignedIn) -> None:
    first = contact_mutations()
    later = change(first[0], {"setting": "school"}, depends_on=[first[0]["id"]])
    await push(worker, [later])
    assert (await outcome(worker, later["id"]))["status"] == "held"
    await push(worker, first)
    told = await outcome(worker, later["id"])
    assert (told["status"], told["version"]) == ("applied", 2)


async def test_a_correction_and_a_discarding_are_told_with_who_did_it(worker: SignedIn, db: Database) -> None:
    wrong, hopeless = refused(), refused()
    await push(worker, [wrong, hopeless])
    assert statuses(await push(worker, [right(wrong), discard(hopeless)])) == ["applied", "applied"]
    for mutation_, status in ((wrong, "replaced"), (hopeless, "discarded")):
        told = await outcome(worker, mutation_["id"])
        assert (told["status"], told["settled_by"]) == (status, worker.membership_id)
        row = await ledger(db, mutation_["id"])
        assert (row["payload"], str(row["settled_by"])) == (None, worker.membership_id) and row["settled_at"]
    assert statuses(await push(worker, [wrong, hopeless])) == ["replaced", "discarded"]


async def test_discarding_twice_is_fine_and_what_was_applied_cannot_be_discarded(worker: SignedIn) -> None:
    wrong, fine = refused(), contact_mutations()
    await push(worker, [wrong, *fine])
    assert statuses(await push(worker, [discard(wrong), discard(wrong)])) == ["applied", "applied"]
    assert codes(await push(worker, [discard(fine[0])])) == ["already_settled"]


async def test_what_was_refused_and_discarded_in_one_push_is_discarded(worker: SignedIn, db: Database) -> None:
    wrong = refused()
    assert statuses(await push(worker, [wrong, discard(wrong)])) == ["rejected", "applied"]
    row = await ledger(db, wrong["id"])
    assert (row["status"], row["payload"]) == ("discarded", None)
    assert (await outcome(worker, wrong["id"]))["status"] == "discarded"


async def test_a_mutation_that_cannot_be_read_is_kept_and_can_be_discarded(worker: SignedIn, db: Database) -> None:
    broken = {**refused(), "op": "explode"}
    assert codes(await push(worker, [broken])) == ["malformed"]
    assert "explode" in (await ledger(db, broken["id"]))["payload"]
    assert statuses(await push(worker, [discard(broken)])) == ["applied"]


async def test_nobody_discards_what_is_anothers(crew: Crew, worker: SignedIn, db: Database) -> None:
    wrong = refused()
    await push(worker, [wrong])
    for other in (await crew.member(), await crew.member("supervisor")):
        assert codes(await push(other, [discard(wrong)])) == ["not_yours"]
    assert (await ledger(db, wrong["id"]))["status"] == "rejected"


async def test_a_discarding_waits_for_what_it_is_about(worker: SignedIn) -> None:
    wrong = refused()
    later = discard(wrong)
    assert statuses(await push(worker, [later])) == ["held"]
    await push(worker, [wrong])
    assert (await outcome(worker, wrong["id"]))["status"] == "discarded"
    assert (await outcome(worker, later["id"]))["status"] == "applied"


# -- sealed ----------------------------------------------------------------------------------------------------------


async def test_everything_that_came_sealed_is_told_also_what_went_well(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations()
    assert [result.status for result in await sealed(db, worker, sent)] == ["applied", "applied"]
    told = await outcome(worker, sent[0]["id"])
    assert (told["status"], told["via"], told["version"]) == ("applied", "letterbox", 1)
    assert statuses(await push(worker, sent)) == ["duplicate", "duplicate"]


async def test_sealed_a_device_changes_only_what_it_made(crew: Crew, worker: SignedIn, db: Database) -> None:
    own, other = contact_mutations(), contact_mutations()
    await push(worker, own)
    await push(await crew.another_phone(worker), other)
    results = await sealed(db, worker, [change(own[0], {"setting": "school"}), change(other[0], {"setting": "school"})])
    assert [(r.status, r.error and r.error.code) for r in results] == [("applied", None), ("rejected", "needs_session")]
    for op in ("delete", "undelete"):
        (result,) = await sealed(db, worker, [mutation("contact", other[0]["entity_id"], op)])
        assert result.error is not None and result.error.code == "needs_session"
    assert (await stored(db, "contact", other[0]["entity_id"]))["version"] == 1


async def test_what_only_lacked_a_session_is_judged_again_when_it_comes_with_one(
    crew: Crew, worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations()
    await push(await crew.another_phone(worker), sent)
    late = change(sent[0], {"setting": "school"})
    await sealed(db, worker, [late])
    assert statuses(await push(worker, [late])) == ["applied"]
    told = await outcome(worker, late["id"])
    assert (told["status"], told["via"]) == ("applied", "push")


async def test_decisions_need_a_session(crew: Crew, worker: SignedIn, db: Database) -> None:
    wrong = refused()
    await push(worker, [wrong])
    _, identity = await two_values(worker, await crew.another_phone(worker))
    results = await sealed(db, worker, [discard(wrong), resolve(identity, "mine")])
    assert {result.error.code for result in results if result.error} == {"needs_session"} and len(results) == 2


# -- revisions -------------------------------------------------------------------------------------------------------


async def test_an_update_keeps_what_it_replaced_with_who_and_when_and_a_creation_keeps_nothing(
    worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations(setting="street", language="ar")
    await push(worker, sent)
    began = datetime.now(UTC)
    late = change(sent[0], {"setting": "school", "language": "ar", "duration": 5})
    await push(worker, [late])
    async with db.read() as tx:
        found: list[dict[str, Any]] = await tx.fetch("SELECT * FROM revision")
    (kept,) = found
    assert kept["old"] == '{"setting":"street","duration":null}'
    assert (kept["entity"], str(kept["entity_id"]), kept["version"]) == ("contact", sent[0]["entity_id"], 2)
    assert (str(kept["membership"]), str(kept["mutation_id"])) == (worker.membership_id, late["id"])
    assert kept["received_at"] >= began


async def test_a_clock_ten_years_ahead_does_not_date_the_history(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    late = change(sent[0], {"setting": "school"}, occurred_at="2046-01-01T00:00:00Z")
    await push(worker, [late])
    async with db.read() as tx:
        (kept,) = await tx.fetch("SELECT occurred_at, received_at FROM revision")
    assert kept["occurred_at"] <= kept["received_at"]
