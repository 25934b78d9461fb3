"""Handing over: what one cannot put right goes to the supervisors, and a record passes to a colleague."""

from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.crew import (
    Crew,
    change,
    codes,
    discard,
    hand_over,
    ledger,
    make_crew,
    outcome,
    pass_on,
    refused,
    right,
    rows_of,
    statuses,
    stored,
    two_values,
)
from tests.helpers import Json, SignedIn, contact_mutations, make_team, mutation, pull_all, push
from wegwijs.foundation.database import Database


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def worker(crew: Crew) -> SignedIn:
    return await crew.member()


@pytest.fixture
async def supervisor(crew: Crew) -> SignedIn:
    return await crew.member("supervisor")


async def waiting(supervisor: SignedIn) -> list[Json]:
    answer = await supervisor.client.get("/api/review/attention")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["handed_over"]
    return found


async def handed(worker: SignedIn) -> Json:
    """A mutation that was refused and handed over."""
    wrong = refused()
    await push(worker, [wrong])
    assert statuses(await push(worker, [hand_over(wrong)])) == ["applied"]
    return wrong


async def test_what_is_handed_over_reaches_the_supervisors_of_the_team_whole_and_with_its_reason(
    crew: Crew, worker: SignedIn, supervisor: SignedIn
) -> None:
    wrong = await handed(worker)
    (line,) = await waiting(supervisor)
    assert line["mutation"] == wrong and line["error"]["code"] == "unknown_code" and line["at"]
    assert line["author"]["membership_id"] == worker.membership_id
    assert (await outcome(worker, wrong["id"]))["status"] == "handed_over"
    elsewhere = await crew.member("supervisor", await make_team(crew.app, crew.organisation))
    assert await waiting(elsewhere) == []


async def test_a_supervisors_replacement_keeps_author_and_team_and_reaches_the_author(
    worker: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    wrong = await handed(worker)
    answer = right(wrong)
    assert statuses(await push(supervisor, [answer])) == ["applied"]
    row = await stored(db, "contact", wrong["entity_id"])
    assert (str(row["author"]), str(row["team"])) == (worker.membership_id, worker.team_id)
    assert (await rows_of(worker, "contact"))[wrong["entity_id"]]["setting"] == "school"
    assert wrong["entity_id"] not in await rows_of(supervisor, "contact")
    told = await outcome(worker, wrong["id"])
    assert (told["status"], told["settled_by"]) == ("replaced", supervisor.membership_id)
    assert await waiting(supervisor) == []
    assert (await ledger(db, wrong["id"]))["payload"] is None
    late = mutation("contact", wrong["entity_id"], "update", {"setting": "street"}, base={"setting": "school"})
    assert statuses(await push(worker, [late])) == ["applied"]


async def test_the_history_says_who_put_it_right(worker: SignedIn, supervisor: SignedIn, db: Database) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    wrong = change(sent[0], {"setting": "moon"})
    await push(worker, [wrong, hand_over(wrong)])
    answer = change(sent[0], {"setting": "school"}, replaces=wrong["id"])
    assert statuses(await push(supervisor, [answer])) == ["applied"]
    async with db.read() as tx:
        (kept,) = await tx.fetch("SELECT membership FROM revision")
    assert str(kept["membership"]) == supervisor.membership_id


async def test_of_two_supervisors_the_faster_one_answers(crew: Crew, worker: SignedIn, supervisor: SignedIn) -> None:
    wrong = await handed(worker)
    await push(supervisor, [right(wrong)])
    second = await crew.member("supervisor")
    assert codes(await push(second, [right(wrong), discard(wrong)])) == ["already_settled", "already_settled"]


async def test_an_answer_that_is_refused_leaves_it_with_the_supervisors(worker: SignedIn, supervisor: SignedIn) -> None:
    wrong = await handed(worker)
    still = mutation("contact", wrong["entity_id"], "create", {"setting": "mars"}, replaces=wrong["id"])
    assert codes(await push(supervisor, [still])) == ["unknown_code"]
    assert [line["mutation"]["id"] for line in await waiting(supervisor)] == [wrong["id"]]


async def test_a_supervisor_may_discard_it_and_the_author_is_told(worker: SignedIn, supervisor: SignedIn) -> None:
    wrong = await handed(worker)
    assert statuses(await push(supervisor, [discard(wrong)])) == ["applied"]
    told = await outcome(worker, wrong["id"])
    assert (told["status"], told["settled_by"]) == ("discarded", supervisor.membership_id)


async def test_the_author_may_still_put_it_right(worker: SignedIn, supervisor: SignedIn) -> None:
    wrong = await handed(worker)
    assert statuses(await push(worker, [right(wrong)])) == ["applied"]
    assert await waiting(supervisor) == []


async def test_a_supervisor_of_another_team_answers_nothing(crew: Crew, worker: SignedIn, supervisor: SignedIn) -> None:
    wrong = await handed(worker)
    elsewhere = await crew.member("supervisor", await make_team(crew.app, crew.organisation))
    assert codes(await push(elsewhere, [discard(wrong)])) == ["not_yours"]
    await push(elsewhere, [right(wrong)])
    assert [line["mutation"]["id"] for line in await waiting(supervisor)] == [wrong["id"]]
    assert wrong["entity_id"] not in await rows_of(worker, "contact")


async def test_what_is_not_refused_or_not_ones_own_cannot_be_handed_over(crew: Crew, worker: SignedIn) -> None:
    fine, wrong = contact_mutations(), refused()
    await push(worker, [*fine, wrong])
    assert codes(await push(worker, [hand_over(fine[0])])) == ["already_settled"]
    assert codes(await push(await crew.member(), [hand_over(wrong)])) == ["not_yours"]


async def test_a_held_mutation_that_is_handed_over_waits_no_more_and_releases_what_waited_for_it(
    worker: SignedIn, supervisor: SignedIn
) -> None:
    lost = mutation("contact", str(uuid4()), "create", {"date_precision": "none"})
    held = mutation("contact", str(uuid4()), "create", {"date_precision": "none"}, depends_on=[lost["id"]])
    after = mutation("contact", str(uuid4()), "create", {"date_precision": "none"}, depends_on=[held["id"]])
    assert statuses(await push(worker, [held, after])) == ["held", "held"]
    await push(worker, [hand_over(held)])
    assert (await outcome(worker, after["id"]))["status"] == "applied"
    await push(worker, [lost])
    assert [line["mutation"]["id"] for line in await waiting(supervisor)] == [held["id"]]
    assert held["entity_id"] not in await rows_of(worker, "contact")


# -- passing a record on ---------------------------------------------------------------------------------------------


async def test_a_record_passes_to_a_colleague_with_all_that_hangs_on_it(
    crew: Crew, worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations([{}], note="tot morgen")
    await push(worker, sent)
    start, colleague = (await pull_all(worker)).cursor, await crew.member()
    assert statuses(await push(worker, [pass_on(sent[0]["entity_id"], colleague.membership_id)])) == ["applied"]
    left = (await pull_all(worker, start)).changes
    assert {(c["id"], c["kind"], c["reason"]) for c in left} == {(m["entity_id"], "remove", "scope") for m in sent}
    got = {c["id"] for c in (await pull_all(colleague)).changes if c["kind"] == "put"}
    assert got >= {m["entity_id"] for m in sent}
    assert statuses(await push(colleague, [mutation("contact", sent[0]["entity_id"], "delete")])) == ["applied"]
    assert (await stored(db, "contact", sent[0]["entity_id"]))["deleted_at"] is not None


async def test_who_passed_it_on_changes_it_no_more_but_loses_no_change(
    crew: Crew, worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    colleague = await crew.member()
    await push(worker, [pass_on(sent[0]["entity_id"], colleague.membership_id)])
    late = change(sent[1], {"outcome": "solved"})
    assert codes(await push(worker, [late])) == ["not_yours"]
    assert (await ledger(db, late["id"]))["payload"] is not None


async def test_a_record_that_passes_to_another_team_follows_its_owner_and_can_be_saved_there(
    crew: Crew, worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    colleague = await crew.member(team=await make_team(crew.app, crew.organisation))
    await push(worker, [pass_on(sent[0]["entity_id"], colleague.membership_id)])
    assert str((await stored(db, "contact", sent[0]["entity_id"]))["team"]) == colleague.team_id
    assert statuses(await push(colleague, [change(sent[1], {"outcome": "solved"})])) == ["applied"]
    async with db.read() as tx:
        feed = await tx.fetch(
            "SELECT scope, kind, reason FROM sync_change WHERE entity_id = ?", UUID(sent[0]["entity_id"])
        )
    told = {row["scope"]: (row["kind"], row["reason"]) for row in feed}
    assert told[f"team:{worker.team_id}"] == ("remove", "scope") and told[f"team:{colleague.team_id}"] == ("put", None)


async def test_an_open_conflict_passes_with_its_record_to_the_other_teams_supervisors(
    crew: Crew, worker: SignedIn, supervisor: SignedIn
) -> None:
    request, identity = await two_values(worker, await crew.another_phone(worker))
    contact = request["set"]["contact_id"]
    team = await make_team(crew.app, crew.organisation)
    colleague, theirs = await crew.member(team=team), await crew.member("supervisor", team)
    await push(worker, [pass_on(contact, colleague.membership_id)])
    for who, found in ((supervisor, []), (theirs, [identity])):
        answer = await who.client.get("/api/review/attention")
        assert [line["id"] for line in answer.json()["conflicts"]] == found


async def test_a_supervisor_passes_on_a_record_of_the_team_and_a_colleague_does_not(
    crew: Crew, worker: SignedIn, supervisor: SignedIn
) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    colleague = await crew.member()
    to_colleague = pass_on(sent[0]["entity_id"], colleague.membership_id)
    assert codes(await push(colleague, [to_colleague])) == ["not_yours"]
    assert statuses(await push(supervisor, [pass_on(sent[0]["entity_id"], colleague.membership_id)])) == ["applied"]


async def test_a_supervisor_takes_a_record_of_the_team_over(
    worker: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    contact = sent[0]["entity_id"]
    assert statuses(await push(worker, [pass_on(contact, worker.membership_id)])) == ["applied"]
    assert statuses(await push(supervisor, [pass_on(contact, supervisor.membership_id)])) == ["applied"]
    assert str((await stored(db, "contact", contact))["author"]) == supervisor.membership_id


async def test_whose_record_it_is_the_server_says_when_two_decide_at_once(
    crew: Crew, worker: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    one, two = await crew.member(), await crew.member()
    await push(worker, [pass_on(sent[0]["entity_id"], one.membership_id)])
    late = pass_on(sent[0]["entity_id"], two.membership_id, base={"to": worker.membership_id})
    assert statuses(await push(supervisor, [late])) == ["merged"]
    assert str((await stored(db, "contact", sent[0]["entity_id"]))["author"]) == one.membership_id


async def test_only_to_somebody_who_works_with_records_in_this_organisation(
    crew: Crew, app: Litestar, worker: SignedIn
) -> None:
    sent = contact_mutations()
    await push(worker, sent)
    stranger, administrator = await (await make_crew(app)).member(), await crew.member("administrator")
    for to in (stranger.membership_id, administrator.membership_id, str(uuid4())):
        assert codes(await push(worker, [pass_on(sent[0]["entity_id"], to)])) == ["unknown_colleague"]
    hanging = mutation("help_request", sent[1]["entity_id"], "hand_over", {"to": worker.membership_id})
    assert codes(await push(worker, [hanging])) == ["malformed"]
