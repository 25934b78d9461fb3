"""Two people, one field: both values are kept, both sides are told, and one choice settles it."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from tests.crew import Crew, change, codes, make_crew, resolve, rows_of, statuses, stored, two_values
from tests.helpers import Json, SignedIn, contact_mutations, make_team, mutation, pull_all, push
from wegwijs.catalogue.service import sensitivity
from wegwijs.foundation.database import Database


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def one(crew: Crew) -> SignedIn:
    return await crew.member()


@pytest.fixture
async def two(crew: Crew, one: SignedIn) -> SignedIn:
    return await crew.another_phone(one)


async def conflict(who: SignedIn, identity: str) -> Json:
    return (await rows_of(who, "conflict"))[identity]


async def test_the_author_gets_a_conflict_as_a_record_with_both_values_both_people_and_both_times(
    one: SignedIn, two: SignedIn
) -> None:
    request, identity = await two_values(one, two)
    told = await conflict(one, identity)
    assert told == await conflict(two, identity)
    assert {
        name: told[name] for name in ("entity", "entity_id", "field", "mine", "theirs", "choice", "settled_by")
    } == {
        "entity": "help_request",
        "entity_id": request["entity_id"],
        "field": "outcome",
        "mine": "solved",
        "theirs": "referred",
        "choice": None,
        "settled_by": None,
    }
    assert told["mine_by"] == told["theirs_by"] == one.membership_id
    assert told["mine_at"] and told["theirs_at"] and told["settled_at"] is None


@pytest.mark.parametrize(
    ("number", "fields", "other"),
    [(0, {"setting": "school"}, {"setting": "library"}), (2, {"text": "een"}, {"text": "twee"})],
)
async def test_a_contact_and_a_note_conflict_like_a_help_request(
    one: SignedIn, two: SignedIn, number: int, fields: Json, other: Json
) -> None:
    sent = contact_mutations(note="nul")
    await push(one, sent)
    await push(one, [change(sent[number], fields)])
    assert statuses(await push(two, [change(sent[number], other)])) == ["conflict"]
    (told,) = (await rows_of(two, "conflict")).values()
    assert (told["entity"], [told["mine"]], [told["theirs"]]) == (
        sent[number]["entity"],
        list(other.values()),
        list(fields.values()),
    )


async def test_the_teams_supervisor_finds_the_conflict_in_the_attention_list_and_another_teams_does_not(
    crew: Crew, one: SignedIn, two: SignedIn
) -> None:
    _, identity = await two_values(one, two)
    supervisor = await crew.member("supervisor")
    answer = await supervisor.client.get("/api/review/attention")
    (line,) = answer.json()["conflicts"]
    assert (line["id"], line["mine"], line["theirs"]) == (identity, "solved", "referred")
    assert line["mine_by"]["membership_id"] == one.membership_id and line["mine_by"]["display_name"]
    elsewhere = await crew.member("supervisor", await make_team(crew.app, crew.organisation))
    assert (await elsewhere.client.get("/api/review/attention")).json()["conflicts"] == []


@pytest.mark.parametrize("choice", ["mine", "theirs"])
@pytest.mark.parametrize("who", ["author", "supervisor"])
async def test_a_choice_of_author_or_supervisor_writes_the_field_and_settles_it(
    crew: Crew, one: SignedIn, two: SignedIn, db: Database, choice: str, who: str
) -> None:
    request, identity = await two_values(one, two)
    chooser = two if who == "author" else await crew.member("supervisor")
    (result,) = await push(chooser, [resolve(identity, choice)])
    assert (result["status"], bool(result["seq"])) == ("applied", True)
    row = await stored(db, "help_request", request["entity_id"])
    assert row["outcome"] == ("solved" if choice == "mine" else "referred")
    told = await conflict(one, identity)
    assert (told["choice"], told["settled_by"]) == (choice, chooser.membership_id) and told["settled_at"]
    supervisor = await crew.member("supervisor")
    assert (await supervisor.client.get("/api/review/attention")).json()["conflicts"] == []


async def test_the_first_choice_wins_and_the_second_person_is_told_so(
    crew: Crew, one: SignedIn, two: SignedIn, db: Database
) -> None:
    request, identity = await two_values(one, two)
    supervisor = await crew.member("supervisor")
    assert statuses(await push(supervisor, [resolve(identity, "theirs")])) == ["applied"]
    assert codes(await push(one, [resolve(identity, "mine")])) == ["already_settled"]
    assert (await stored(db, "help_request", request["entity_id"]))["outcome"] == "referred"


async def test_who_chose_may_change_their_mind_and_exactly_what_was_there_comes_back(
    one: SignedIn, two: SignedIn, db: Database
) -> None:
    request, identity = await two_values(one, two)
    for choice, value in (("mine", "solved"), ("theirs", "referred"), ("mine", "solved")):
        assert statuses(await push(two, [resolve(identity, choice)])) == ["applied"]
        assert (await stored(db, "help_request", request["entity_id"]))["outcome"] == value
    assert (await conflict(one, identity))["theirs"] == "referred"


async def test_taking_a_choice_back_leaves_alone_what_somebody_wrote_since(
    one: SignedIn, two: SignedIn, db: Database
) -> None:
    request, identity = await two_values(one, two)
    await push(two, [resolve(identity, "mine")])
    later = mutation("help_request", request["entity_id"], "update", {"outcome": "started"}, base={"outcome": "solved"})
    assert statuses(await push(one, [later])) == ["applied"]
    await push(two, [resolve(identity, "theirs")])
    assert (await stored(db, "help_request", request["entity_id"]))["outcome"] == "started"


async def test_a_stranger_or_colleague_may_not_choose_and_learns_nothing(
    crew: Crew, app: Litestar, one: SignedIn, two: SignedIn
) -> None:
    _, identity = await two_values(one, two)
    stranger = await (await make_crew(app)).member("supervisor")
    for other in (await crew.member(), stranger):
        assert codes(await push(other, [resolve(identity, "mine")])) == ["not_yours"]
        assert codes(await push(other, [resolve("00000000-0000-4000-8000-000000000000", "mine")])) == ["not_yours"]


@pytest.mark.parametrize("broken", [{}, {"choice": "both"}, {"choice": "mine", "field": "outcome"}])
async def test_a_choice_that_cannot_be_read_is_refused(one: SignedIn, two: SignedIn, broken: Json) -> None:
    _, identity = await two_values(one, two)
    assert codes(await push(one, [mutation("conflict", identity, "resolve", broken)])) == ["malformed"]
    assert codes(await push(one, [mutation("contact", identity, "resolve", {"choice": "mine"})])) == ["malformed"]


async def test_an_author_who_goes_on_from_a_value_that_lost_has_one_open_conflict(one: SignedIn, two: SignedIn) -> None:
    request, identity = await two_values(one, two)
    again = mutation("help_request", request["entity_id"], "update", {"outcome": "started"}, base={"outcome": "solved"})
    assert statuses(await push(two, [again])) == ["conflict"]
    assert list(await rows_of(two, "conflict")) == [identity]
    told = await conflict(two, identity)
    assert (told["mine"], told["theirs"]) == ("started", "referred")


async def test_two_values_that_lost_on_one_field_are_two_conflicts_and_the_second_shows_what_the_first_choice_made(
    one: SignedIn, two: SignedIn, crew: Crew
) -> None:
    request, first = await two_values(one, two)
    third = await crew.another_phone(one)
    assert statuses(await push(third, [change(request, {"outcome": None})])) == ["conflict"]
    (second,) = set(await rows_of(one, "conflict")) - {first}
    await push(two, [resolve(first, "mine")])
    told = await conflict(one, second)
    assert (told["mine"], told["theirs"], told["choice"]) == (None, "solved", None)
    await push(two, [resolve(second, "mine")])
    assert (await rows_of(one, "help_request"))[request["entity_id"]]["outcome"] is None


async def test_writing_the_value_that_lost_by_hand_settles_the_conflict(one: SignedIn, two: SignedIn) -> None:
    request, identity = await two_values(one, two)
    by_hand = mutation(
        "help_request", request["entity_id"], "update", {"outcome": "solved"}, base={"outcome": "referred"}
    )
    assert statuses(await push(one, [by_hand])) == ["applied"]
    told = await conflict(two, identity)
    assert (told["choice"], told["settled_by"]) == ("mine", one.membership_id)


async def test_a_conflict_leaves_with_a_deleted_record_and_comes_back_with_it(one: SignedIn, two: SignedIn) -> None:
    request, identity = await two_values(one, two)
    await push(one, [mutation("help_request", request["entity_id"], "delete")])
    changes = {c["id"]: c for c in (await pull_all(two)).changes}
    assert (changes[identity]["kind"], changes[identity]["reason"]) == ("remove", "deleted")
    await push(one, [mutation("help_request", request["entity_id"], "undelete")])
    assert (await conflict(two, identity))["choice"] is None


async def test_the_text_of_a_restricted_note_is_no_supervisors_to_compare(
    crew: Crew, one: SignedIn, two: SignedIn, db: Database
) -> None:
    sent = contact_mutations(note="nul")
    await push(one, sent)
    await push(one, [change(sent[2], {"text": "een"})])
    await push(two, [change(sent[2], {"text": "canary-2210"})])
    async with db.read() as tx:
        marked = await sensitivity(tx, crew.organisation.organisation)
    restricted = next(code for code, how in marked.items() if how == "restricted")
    async with db.write() as tx:
        await tx.execute("UPDATE help_request SET subtheme = ? WHERE id = ?", restricted, UUID(sent[1]["entity_id"]))
    supervisor = await crew.member("supervisor")
    answer = await supervisor.client.get("/api/review/attention")
    (line,) = answer.json()["conflicts"]
    assert (line["restricted"], line["mine"], line["theirs"]) == (True, None, None)
    assert "canary-2210" not in answer.text


@pytest.mark.parametrize(
    ("policy", "field", "base", "first", "second", "result", "kept"),
    [
        ("append", None, None, None, None, None, None),
        ("authority", "position", 0, 3, 5, "merged", 3),
        ("set_union", "barriers", ["cost"], ["cost", "fear"], ["distance"], "merged", ["fear", "distance"]),
        ("keep_both", "outcome", "waiting", "referred", "solved", "conflict", "referred"),
    ],
)
async def test_each_of_the_four_policies_says_what_two_changes_of_one_field_become(
    one: SignedIn,
    two: SignedIn,
    policy: str,
    field: str | None,
    base: Any,
    first: Any,
    second: Any,
    result: str,
    kept: Any,
) -> None:
    sent = contact_mutations([{"barriers": ["cost"], "outcome": "waiting"}])
    await push(one, sent)
    if field is None:  # what is said twice stands twice
        for who, text in ((one, "een"), (two, "twee")):
            note = mutation("note", sent[0]["id"], "create", {"contact_id": sent[0]["entity_id"], "text": text})
            note["entity_id"] = note["id"]
            assert statuses(await push(who, [note])) == ["applied"]
        assert {note["text"] for note in (await rows_of(one, "note")).values()} == {"een", "twee"}
        return
    await push(one, [change(sent[1], {field: first})])
    assert statuses(await push(two, [change(sent[1], {field: second})])) == [result]
    assert (await rows_of(two, "help_request"))[sent[1]["entity_id"]][field] == kept
