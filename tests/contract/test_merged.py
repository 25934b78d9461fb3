"""Two contacts that were one: what devices still send for the one that went is judged against the one that stands."""

from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.crew import Crew, change, codes, make_crew, pass_on, rows_of, statuses, stored
from tests.helpers import Json, SignedIn, contact_mutations, mutation, pull_all, push
from wegwijs.contacts.entities import REGISTRY
from wegwijs.contacts.merging import merge_contacts
from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor, Role
from wegwijs.sync.purge import purge


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def one(crew: Crew) -> SignedIn:
    return await crew.member()


@pytest.fixture
async def two(crew: Crew) -> SignedIn:
    return await crew.member()


def actor_of(who: SignedIn) -> Actor:
    return Actor(
        organisation=UUID(who.organisation_id),
        team=UUID(who.team_id),
        membership=UUID(who.membership_id),
        person=uuid4(),
        device=UUID(who.device_id),
        session=None,
        role=Role(who.me["role"]),
        country="BE",
        time_zone="Europe/Brussels",
        default_language="nl",
    )


async def merge(db: Database, who: SignedIn, source: str, target: str) -> None:
    await db.run_write(lambda tx: merge_contacts(tx, actor_of(who), UUID(source), UUID(target)))


async def merged(crew: Crew, db: Database, one: SignedIn, two: SignedIn) -> tuple[list[Json], list[Json]]:
    """A contact of one that a supervisor merged into one of two."""
    source, target = contact_mutations([{}], note="bron"), contact_mutations([{}])
    await push(one, source)
    await push(two, target)
    await merge(db, await crew.member("supervisor"), source[0]["entity_id"], target[0]["entity_id"])
    return source, target


async def test_the_feed_tells_which_contact_stands_for_the_other_and_both_authors_see_all_of_it(
    crew: Crew, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, target = await merged(crew, db, one, two)
    changes = {c["id"]: c for c in (await pull_all(one)).changes}
    went = changes[source[0]["entity_id"]]
    assert (went["kind"], went["reason"]) == ("remove", "merged")
    assert went["data"] == {"merged_into": target[0]["entity_id"]}
    for who in (one, two):
        requests, notes = await rows_of(who, "help_request"), await rows_of(who, "note")
        assert list(await rows_of(who, "contact")) == [target[0]["entity_id"]]
        hanging = [*requests.values(), *notes.values()]
        assert {row["contact_id"] for row in hanging} == {target[0]["entity_id"]} and len(hanging) == 3


async def test_a_late_edit_of_the_merged_contact_is_judged_against_its_target(
    crew: Crew, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, target = await merged(crew, db, one, two)
    late = change(source[0], {"duration": 30, "gender": "f"})
    assert statuses(await push(one, [late])) == ["merged"]
    row = await stored(db, "contact", target[0]["entity_id"])
    assert (row["duration"], row["gender"]) == (30, "f")
    clash = change(source[0], {"duration": 60})
    assert statuses(await push(one, [clash])) == ["conflict"]
    assert (await stored(db, "contact", source[0]["entity_id"]))["duration"] is None


async def test_late_questions_and_notes_hang_on_the_target(
    crew: Crew, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, target = await merged(crew, db, one, two)
    group = contact_mutations([{}], note="laat")[1:]
    for late in group:
        late["set"]["contact_id"] = source[0]["entity_id"]
        late.pop("group")
    assert statuses(await push(one, group)) == ["applied", "applied"]
    assert str((await stored(db, "note", group[1]["entity_id"]))["contact_id"]) == target[0]["entity_id"]
    assert statuses(await push(one, [change(source[1], {"outcome": "solved"})])) == ["applied"]
    again = change(source[2], {"contact_id": source[0]["entity_id"], "text": "anders"})
    assert statuses(await push(one, [again])) == ["applied"], "it names the contact it hung on, as the author knows it"


async def test_deleting_the_one_that_went_does_not_delete_the_one_that_stands(
    crew: Crew, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, target = await merged(crew, db, one, two)
    late = mutation("contact", source[0]["entity_id"], "delete", base_version=1)
    assert statuses(await push(one, [late])) == ["merged"]
    assert (await stored(db, "contact", target[0]["entity_id"]))["deleted_at"] is None
    assert statuses(await push(one, [mutation("contact", source[0]["entity_id"], "undelete")])) == ["applied"]
    assert (await stored(db, "contact", source[0]["entity_id"]))["deleted_at"] is not None


async def test_a_chain_of_merges_leads_to_its_end(crew: Crew, db: Database, one: SignedIn, two: SignedIn) -> None:
    source, target = await merged(crew, db, one, two)
    last = contact_mutations([])
    await push(two, last)
    await merge(db, two, target[0]["entity_id"], last[0]["entity_id"])
    assert statuses(await push(one, [change(source[0], {"duration": 5})])) == ["merged"]
    assert (await stored(db, "contact", last[0]["entity_id"]))["duration"] == 5
    assert statuses(await push(two, [pass_on(source[0]["entity_id"], one.membership_id)])) == ["applied"]
    assert str((await stored(db, "contact", last[0]["entity_id"]))["author"]) == one.membership_id


async def test_an_open_conflict_goes_on_on_the_target(crew: Crew, db: Database, one: SignedIn, two: SignedIn) -> None:
    source, target = contact_mutations([]), contact_mutations([])
    await push(one, source)
    await push(one, [change(source[0], {"setting": "school"})])
    await push(await crew.another_phone(one), [change(source[0], {"setting": "library"})])
    await push(two, target)
    await merge(db, await crew.member("supervisor"), source[0]["entity_id"], target[0]["entity_id"])
    (identity,) = await rows_of(one, "conflict")
    assert statuses(await push(one, [mutation("conflict", identity, "resolve", {"choice": "mine"})])) == ["applied"]
    assert (await stored(db, "contact", target[0]["entity_id"]))["setting"] == "library"


async def test_only_own_or_the_teams_contacts_that_are_there_can_be_merged(
    crew: Crew, app: Litestar, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, target = contact_mutations([]), contact_mutations([])
    await push(one, source)
    await push(two, target)
    ids = source[0]["entity_id"], target[0]["entity_id"]
    stranger = await (await make_crew(app)).member("supervisor")
    for who, pair in ((one, ids), (stranger, ids), (one, (ids[0], ids[0])), (one, (ids[0], str(uuid4())))):
        with pytest.raises(Problem, match="not_found"):
            await merge(db, who, *pair)


async def test_erasing_the_one_that_stands_erases_what_was_merged_into_it(
    crew: Crew, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, target = await merged(crew, db, one, two)
    organisation = crew.organisation.organisation
    await db.run_write(lambda tx: purge(tx, REGISTRY, organisation, "contact", [UUID(target[0]["entity_id"])]))
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM contact") == []
    assert statuses(await push(one, [change(source[0], {"duration": 5})])) == ["gone"]


async def test_everything_a_merge_changed_stands_in_the_feed_and_in_the_history(
    crew: Crew, db: Database, one: SignedIn, two: SignedIn
) -> None:
    source, _ = await merged(crew, db, one, two)
    async with db.read() as tx:
        feed = await tx.fetch("SELECT entity_id, version FROM sync_change")
        for table in ("contact", "help_request", "note"):
            for row in await tx.fetch(f"SELECT id, version FROM {table}"):
                versions = {c["version"] for c in feed if c["entity_id"] == row["id"]}
                assert versions == {row["version"]}
        history = await tx.fetch("SELECT old FROM revision WHERE entity_id = ?", UUID(source[1]["entity_id"]))
    assert history == [{"old": f'{{"contact_id":"{source[0]["entity_id"]}"}}'}]
    assert codes(await push(two, [change(source[0], {"author": str(uuid4())})])) == ["malformed"]
