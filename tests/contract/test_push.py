"""Handing in: what docs/sync.md promises of a push, on both databases, by what travels over the wire."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.helpers import Json, SignedIn, contact_mutations, mutation, pull_all, push, push_body, sign_in
from wegwijs.foundation.database import Database
from wegwijs.foundation.ids import uuid7
from wegwijs.people.organisations import MadeOrganisation


@pytest.fixture
async def worker(app: Litestar) -> SignedIn:
    return await sign_in(app, "worker")


async def colleague_of(worker: SignedIn, db: Database) -> SignedIn:
    """Another worker of the same team and organisation."""
    async with db.read() as tx:
        row = await tx.fetch_one("SELECT slug FROM organisation WHERE id = ?", UUID(worker.organisation_id))
    assert row is not None
    organisation = MadeOrganisation(
        organisation=UUID(worker.organisation_id), slug=row["slug"], team=UUID(worker.team_id), administrator=uuid4()
    )
    return await sign_in(worker.app, "worker", organisation)


async def stored(db: Database, table: str, identity: str) -> Json | None:
    async with db.read() as tx:
        return await tx.fetch_one(f"SELECT * FROM {table} WHERE id = ?", UUID(identity))


async def count(db: Database, table: str) -> int:
    async with db.read() as tx:
        row = await tx.fetch_one(f"SELECT COUNT(*) AS n FROM {table}")
    return int(row["n"]) if row else 0


def codes(results: list[Json]) -> list[str | None]:
    return [result["error"]["code"] if result["error"] else None for result in results]


def statuses(results: list[Json]) -> list[str]:
    return [result["status"] for result in results]


async def test_a_contact_with_two_requests_and_a_note_is_applied_with_every_field(
    worker: SignedIn, db: Database
) -> None:
    sent = contact_mutations(
        [
            {"subtheme": "LEG.residence", "theme": None, "primary_action": "refer", "destination": "lawyer"},
            {
                "subtheme": "FIN.taxes",
                "theme": None,
                "further_actions": ["phone", "translate"],
                "self_reliance": "together",
                "outcome": "waiting",
                "barriers": ["language", "digital_only"],
                "seen_before": "first_time",
            },
        ],
        note="belt volgende week terug",
        setting="reception_office",
        group_size=3,
        duration=25,
        heavy=True,
        referred_by="school",
        interpreting="child",
        gender="f",
        age_band="25-34",
        residence_status="refugee",
        nationality="ER",
        district="outside_city",
        household_type="single_parent",
        literacy="some",
        incomplete=False,
    )
    results = await push(worker, sent)
    assert statuses(results) == ["applied"] * 4, results
    assert all(result["seq"] and result["version"] == 1 for result in results)
    pulled = {change["id"]: change["data"] for change in (await pull_all(worker)).changes}
    for one in sent:
        expected = {**one["set"]}
        if one["entity"] == "help_request":
            expected["theme"] = expected["subtheme"].partition(".")[0]
        got = pulled[one["entity_id"]]
        if "occurred_at" in expected:
            moment = datetime.fromisoformat(expected.pop("occurred_at"))
            assert datetime.fromisoformat(got["occurred_at"]) == moment
        assert {name: got[name] for name in expected} == expected
        assert got["author"] == worker.membership_id
    assert await count(db, "contact") == 1 and await count(db, "help_request") == 2


async def test_empty_and_not_recorded_are_different(worker: SignedIn) -> None:
    await push(worker, contact_mutations(setting="not_recorded", gender=None, residence_status="not_recorded"))
    contact = next(c["data"] for c in (await pull_all(worker)).changes if c["entity"] == "contact")
    assert (contact["setting"], contact["gender"], contact["residence_status"]) == (
        "not_recorded",
        None,
        "not_recorded",
    )


async def test_the_same_push_twice_happens_once(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations()
    first = await push(worker, sent)
    second = await push(worker, sent)
    assert statuses(second) == ["duplicate", "duplicate"]
    assert [r["seq"] for r in second] == [r["seq"] for r in first]
    assert await count(db, "contact") == 1 and await count(db, "help_request") == 1


async def test_the_same_push_in_parallel_happens_once(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations([{}, {}, {}])
    answers = await asyncio.gather(*(push(worker, sent) for _ in range(6)))
    flat = [status for answer in answers for status in statuses(answer)]
    assert sorted(flat) == sorted(["applied"] * 4 + ["duplicate"] * 20)
    assert await count(db, "contact") == 1 and await count(db, "help_request") == 3


async def test_a_mutation_that_stands_twice_in_a_batch_happens_once(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations()
    results = await push(worker, [*sent, sent[0]])
    assert statuses(results) == ["applied", "applied", "duplicate"]
    assert await count(db, "contact") == 1


async def test_an_id_used_twice_with_another_payload_overwrites_nothing(worker: SignedIn) -> None:
    sent = contact_mutations(setting="street")
    await push(worker, sent)
    forged = [{**sent[0], "set": {**sent[0]["set"], "setting": "school"}}]
    assert codes(await push(worker, forged)) == ["id_reuse"]
    contact = next(c["data"] for c in (await pull_all(worker)).changes if c["entity"] == "contact")
    assert contact["setting"] == "street"


async def test_one_bad_record_does_not_block_the_others(worker: SignedIn, db: Database) -> None:
    good, bad, also_good = contact_mutations(), contact_mutations([{"subtheme": "HOU.castle"}]), contact_mutations()
    results = await push(worker, [*good, *bad, *also_good])
    assert statuses(results) == ["applied", "applied", "rejected", "rejected", "applied", "applied"]
    assert codes(results)[2:4] == ["group_refused", "unknown_code"]
    assert results[3]["error"]["field"] == "subtheme"
    assert await count(db, "contact") == 2


async def test_a_refused_mutation_keeps_its_payload(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations([{"subtheme": "HOU.castle"}], note="kasteel gezocht")
    await push(worker, sent)
    async with db.read() as tx:
        rows = await tx.fetch("SELECT status, payload FROM sync_ledger ORDER BY id")
    assert [row["status"] for row in rows] == ["rejected"] * 3
    assert "kasteel gezocht" in rows[2]["payload"]


async def test_an_applied_mutation_leaves_no_payload_in_the_ledger(worker: SignedIn, db: Database) -> None:
    await push(worker, contact_mutations(note="canary-7341"))
    async with db.read() as tx:
        rows = await tx.fetch("SELECT payload, result FROM sync_ledger")
    assert all(row["payload"] is None and "canary" not in str(row["result"]) for row in rows)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"setting": "moon"}, "unknown_code", "setting"),
        ({"language": "tlh"}, "unknown_code", "language"),
        ({"nationality": "QQ"}, "unknown_code", "nationality"),
        ({"group_size": "three"}, "malformed", "group_size"),
        ({"group_size": 0}, "malformed", "group_size"),
        ({"shoe_size": 44}, "malformed", "shoe_size"),
        ({"occurred_at": "yesterday"}, "malformed", "occurred_at"),
        ({"occurred_at": "2026-11-21T16:40:00"}, "malformed", "occurred_at"),
        ({"date_precision": "none"}, "required", "date_precision"),
        ({"tier": "named"}, "malformed", "tier"),
        ({"author": str(uuid4())}, "malformed", "author"),
        ({"organisation": str(uuid4())}, "malformed", "organisation"),
    ],
)
async def test_a_contact_with_a_wrong_field_is_refused_with_its_place(
    worker: SignedIn, change: Json, code: str, field: str
) -> None:
    sent = contact_mutations()
    sent[0]["set"].update(change)
    result = (await push(worker, sent))[0]
    assert (result["status"], result["error"]["code"], result["error"]["field"]) == ("rejected", code, field)


@pytest.mark.parametrize("broken", [{}, 7, None, [], {"id": "no"}, {"id": str(uuid4()), "no": -1}])
async def test_a_mutation_that_cannot_be_read_is_refused_alone(worker: SignedIn, broken: object) -> None:
    sent = contact_mutations()
    answer = await worker.client.post("/api/sync/v1/push", json=push_body(worker, [broken, *sent]))  # type: ignore[list-item]
    assert answer.status_code == 200
    assert statuses(answer.json()["results"]) == ["rejected", "applied", "applied"]
    assert answer.json()["results"][0]["error"]["code"] == "malformed"


async def test_a_question_without_subtheme_or_of_another_theme_is_refused(worker: SignedIn) -> None:
    sent = contact_mutations([{"subtheme": "WRK.search", "theme": "HOU"}])
    assert codes(await push(worker, sent)) == ["group_refused", "theme_mismatch"]
    sent = contact_mutations()
    del sent[1]["set"]["subtheme"]
    assert codes(await push(worker, sent)) == ["group_refused", "required"]


async def test_a_record_of_a_colleague_or_of_another_organisation_is_answered_like_a_missing_one(
    worker: SignedIn, app: Litestar, db: Database
) -> None:
    sent = contact_mutations(setting="street")
    await push(worker, sent)
    colleague, stranger = await colleague_of(worker, db), await sign_in(app, "worker")
    for other in (colleague, stranger):
        for identity in (sent[0]["entity_id"], str(uuid4())):
            update = mutation("contact", identity, "update", {"setting": "school"}, base_version=1)
            assert codes(await push(other, [update])) == ["not_yours"]
            delete = mutation("contact", identity, "delete", base_version=1)
            assert statuses(await push(other, [delete])) == ["applied"]
            hang_on = mutation("note", str(uuid4()), "create", {"contact_id": identity, "text": "x"})
            assert codes(await push(other, [hang_on])) == ["unknown_parent"]
        taken = mutation("contact", sent[0]["entity_id"], "create", {"setting": "school"})
        assert codes(await push(other, [taken])) == ["id_taken"]
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert row is not None and (row["setting"], row["version"], row["deleted_at"]) == ("street", 1, None)


async def test_another_device_id_than_the_sessions_is_refused(worker: SignedIn) -> None:
    answer = await worker.client.post("/api/sync/v1/push", json=push_body(worker, [], device_id=str(uuid4())))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_device")


async def test_too_many_mutations_are_refused_whole(worker: SignedIn, db: Database) -> None:
    many = [one for _ in range(51) for one in contact_mutations()]
    answer = await worker.client.post("/api/sync/v1/push", json=push_body(worker, many))
    assert (answer.status_code, answer.json()["code"]) == (413, "batch_too_large")
    assert await count(db, "sync_ledger") == 0


async def test_a_group_of_more_than_twenty_is_refused(worker: SignedIn) -> None:
    results = await push(worker, contact_mutations([{}] * 20))
    assert set(codes(results)) == {"group_too_large"}


async def test_changing_a_field_bumps_the_version_and_reaches_the_feed(worker: SignedIn) -> None:
    sent = contact_mutations(setting="street")
    await push(worker, sent)
    before = await pull_all(worker)
    change = mutation(
        "contact", sent[0]["entity_id"], "update", {"setting": "school"}, base={"setting": "street"}, base_version=1
    )
    assert statuses(await push(worker, [change])) == ["applied"]
    after = await pull_all(worker, before.cursor)
    assert [(c["version"], c["data"]["setting"]) for c in after.changes] == [(2, "school")]


async def test_two_devices_that_change_the_same_field_keep_both_values(
    worker: SignedIn, app: Litestar, db: Database
) -> None:
    sent = contact_mutations([{"outcome": "waiting"}])
    await push(worker, sent)
    identity, seen = sent[1]["entity_id"], {"base": {"outcome": "waiting"}, "base_version": 1}
    await push(worker, [mutation("help_request", identity, "update", {"outcome": "referred"}, **seen)])
    result = (await push(worker, [mutation("help_request", identity, "update", {"outcome": "solved"}, **seen)]))[0]
    assert result["status"] == "conflict"
    assert result["conflicts"] == [{"field": "outcome", "mine": "solved", "theirs": "referred"}]
    row = await stored(db, "help_request", identity)
    assert row is not None and row["outcome"] == "referred"
    async with db.read() as tx:
        kept = await tx.fetch("SELECT mine, theirs FROM sync_conflict")
    assert kept == [{"mine": '"solved"', "theirs": '"referred"'}]


async def test_changes_of_different_fields_do_not_disturb_each_other(worker: SignedIn) -> None:
    sent = contact_mutations([{"outcome": "waiting"}])
    await push(worker, sent)
    identity = sent[1]["entity_id"]
    one = mutation(
        "help_request", identity, "update", {"outcome": "solved"}, base={"outcome": "waiting"}, base_version=1
    )
    two = mutation(
        "help_request", identity, "update", {"destination": "lawyer"}, base={"destination": None}, base_version=1
    )
    assert statuses(await push(worker, [one, two])) == ["applied", "applied"]


async def test_barriers_of_two_devices_are_united(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations([{"barriers": ["cost", "fear"]}])
    await push(worker, sent)
    identity, seen = sent[1]["entity_id"], {"base": {"barriers": ["cost", "fear"]}, "base_version": 1}
    await push(
        worker, [mutation("help_request", identity, "update", {"barriers": ["cost", "fear", "refused"]}, **seen)]
    )
    last = mutation("help_request", identity, "update", {"barriers": ["fear", "distance"]}, **seen)
    assert statuses(await push(worker, [last])) == ["merged"]
    row = await stored(db, "help_request", identity)
    assert row is not None and row["barriers"] == '["fear","refused","distance"]'


async def test_deleting_a_contact_takes_its_questions_and_notes_along_and_undeleting_brings_them_back(
    worker: SignedIn,
) -> None:
    sent = contact_mutations([{}, {}], note="tot morgen")
    await push(worker, sent)
    identity, question = sent[0]["entity_id"], sent[1]["entity_id"]
    await push(worker, [mutation("help_request", question, "delete", base_version=1)])
    start = (await pull_all(worker)).cursor
    assert statuses(await push(worker, [mutation("contact", identity, "delete", base_version=1)])) == ["applied"]
    gone = await pull_all(worker, start)
    assert {(c["kind"], c["reason"], c["data"]) for c in gone.changes} == {("remove", "deleted", None)}
    assert {c["id"] for c in gone.changes} == {one["entity_id"] for one in sent if one["entity_id"] != question}
    assert statuses(await push(worker, [mutation("contact", identity, "undelete")])) == ["applied"]
    back = await pull_all(worker, gone.cursor)
    assert {c["id"] for c in back.changes if c["kind"] == "put"} == {c["id"] for c in gone.changes}


async def test_an_update_beats_a_deletion(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations(setting="street")
    await push(worker, sent)
    await push(worker, [mutation("contact", sent[0]["entity_id"], "delete", base_version=1)])
    late = mutation("contact", sent[0]["entity_id"], "update", {"setting": "school"}, base={"setting": "street"})
    assert statuses(await push(worker, [late])) == ["merged"]
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert row is not None and (row["setting"], row["deleted_at"]) == ("school", None)


async def test_deleting_what_is_not_there_is_fine(worker: SignedIn) -> None:
    assert statuses(await push(worker, [mutation("contact", str(uuid4()), "delete")])) == ["applied"]


async def test_a_mutation_waits_for_the_one_it_depends_on(worker: SignedIn) -> None:
    sent = contact_mutations()
    change = mutation(
        "contact",
        sent[0]["entity_id"],
        "update",
        {"setting": "school"},
        base={"setting": "street"},
        depends_on=[sent[0]["id"]],
    )
    assert statuses(await push(worker, [change])) == ["held"]
    assert statuses(await push(worker, sent)) == ["applied", "applied"]
    assert statuses(await push(worker, [change])) == ["duplicate"]
    contact = next(c["data"] for c in (await pull_all(worker)).changes if c["entity"] == "contact")
    assert contact["setting"] == "school"


async def test_a_batch_in_the_wrong_order_is_judged_in_the_devices_own(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations(setting="street")
    change = mutation(
        "contact",
        sent[0]["entity_id"],
        "update",
        {"setting": "school"},
        base={"setting": "street"},
        depends_on=[sent[0]["id"]],
    )
    assert statuses(await push(worker, [change, *reversed(sent)])) == ["applied"] * 3
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert row is not None and (row["setting"], row["version"]) == ("school", 2)


async def test_a_dependency_on_a_later_number_is_refused(worker: SignedIn) -> None:
    one, two = contact_mutations(), contact_mutations()
    one[0]["depends_on"] = [two[0]["id"]]
    assert codes(await push(worker, [*one, *two]))[0] == "bad_dependency"


async def test_a_dependency_on_another_devices_mutation_is_refused(worker: SignedIn, db: Database) -> None:
    colleague = await colleague_of(worker, db)
    theirs, mine = contact_mutations(), contact_mutations()
    await push(colleague, theirs)
    mine[0]["depends_on"] = [theirs[0]["id"]]
    assert codes(await push(worker, mine)) == ["bad_dependency", "group_refused"]


async def test_the_counted_day_is_the_organisations_own(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations(occurred_at="2026-06-30T23:30:00Z")
    await push(worker, sent)
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert row is not None and (row["day"], row["month"]) == ("2026-07-01", "2026-07")


async def test_a_month_precise_contact_has_a_month_and_no_day_and_one_without_date_neither(
    worker: SignedIn, db: Database
) -> None:
    month = contact_mutations(occurred_at="2016-01-15T12:00:00+01:00", date_precision="month")
    none = contact_mutations(occurred_at=None, date_precision="none")
    await push(worker, [*month, *none])
    one, two = await stored(db, "contact", month[0]["entity_id"]), await stored(db, "contact", none[0]["entity_id"])
    assert one is not None and (one["day"], one["month"]) == (None, "2016-01")
    assert two is not None and (two["day"], two["month"], two["occurred_at"]) == (None, None, None)


async def test_a_wrong_device_clock_is_corrected_for_the_day_and_flagged(worker: SignedIn, db: Database) -> None:
    years_off = datetime.now(UTC) - timedelta(days=3650)
    sent = contact_mutations(occurred_at=years_off.isoformat())
    body = push_body(worker, sent, client_time=years_off.isoformat())
    answer = await worker.client.post("/api/sync/v1/push", json=body)
    assert statuses(answer.json()["results"]) == ["applied", "applied"]
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert row is not None and row["clock_skewed"]
    assert abs(row["occurred_at"] - years_off) < timedelta(milliseconds=1)
    assert row["day"][:4] == str(datetime.now(UTC).year)


async def test_a_text_with_a_nul_character_is_refused_on_both_databases(worker: SignedIn) -> None:
    assert statuses(await push(worker, contact_mutations(note="a\x00b"))) == ["rejected", "rejected", "rejected"]
    result = (await push(worker, [mutation("note", str(uuid4()), "create", {"text": "a\x00b"})]))[0]
    assert (result["status"], result["error"]["code"]) == ("rejected", "malformed")


async def test_an_erased_record_stays_gone(worker: SignedIn, db: Database) -> None:
    identity = str(uuid4())
    async with db.write() as tx:
        await tx.execute(
            "INSERT INTO purged_id (organisation, digest, purged_at) VALUES (?, ?, ?)",
            UUID(worker.me["organisation"]["id"]),
            hashlib.sha256(identity.encode()).hexdigest(),
            datetime.now(UTC),
        )
    late = mutation("contact", identity, "create", {"setting": "street"})
    assert statuses(await push(worker, [late])) == ["gone"]


async def test_a_row_that_the_store_refuses_takes_only_its_own_group_down(worker: SignedIn, db: Database) -> None:
    good, bad = contact_mutations(), contact_mutations([{"position": 13}])
    # A constraint of the store that the rules above do not know: what a fault of ours would look like.
    async with db.write() as tx:
        await tx.execute(
            "CREATE UNIQUE INDEX one_thirteen ON help_request (organisation, position) WHERE position = 13"
        )
    await push(worker, contact_mutations([{"position": 13}]))
    results = await push(worker, [*good, *bad])
    assert statuses(results) == ["applied", "applied", "rejected", "rejected"]
    assert set(codes(results)[2:]) == {"refused_by_store"}
    assert await stored(db, "contact", bad[0]["entity_id"]) is None


async def test_after_a_refused_group_later_ones_see_what_the_store_holds(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations([{"position": 1, "outcome": "waiting"}])
    await push(worker, [*sent, *contact_mutations([{"position": 13}])])
    async with db.write() as tx:
        await tx.execute(
            "CREATE UNIQUE INDEX one_thirteen ON help_request (organisation, position) WHERE position = 13"
        )
    question = sent[1]["entity_id"]
    bad = mutation("help_request", question, "update", {"position": 13}, base_version=1)
    good = mutation("help_request", question, "update", {"outcome": "solved"}, base={"outcome": "waiting"})
    results = await push(worker, [bad, good])
    assert (statuses(results), codes(results)[0]) == (["rejected", "applied"], "refused_by_store")
    row = await stored(db, "help_request", question)
    assert row is not None and (row["position"], row["outcome"], row["version"]) == (1, "solved", 2)


async def test_a_refused_mutation_that_was_put_right_gives_up_its_payload_and_releases_what_waited(
    worker: SignedIn, db: Database
) -> None:
    lost = str(uuid7())
    held = mutation("contact", str(uuid4()), "create", {"setting": "street"}, depends_on=[lost])
    waits = mutation("contact", str(uuid4()), "create", {"setting": "school"}, depends_on=[held["id"]])
    wrong = mutation("contact", str(uuid4()), "create", {"setting": "moon"})
    assert statuses(await push(worker, [held, waits, wrong])) == ["held", "held", "rejected"]
    right = mutation("contact", wrong["entity_id"], "create", {"setting": "street"}, replaces=wrong["id"])
    instead = mutation("contact", held["entity_id"], "create", {"setting": "street"}, replaces=held["id"])
    assert statuses(await push(worker, [right, instead])) == ["applied", "applied"]
    async with db.read() as tx:
        rows = await tx.fetch("SELECT status, payload FROM sync_ledger ORDER BY no")
    assert [row["status"] for row in rows] == ["replaced", "applied", "replaced", "applied", "applied"]
    assert {row["payload"] for row in rows} == {None}


async def test_every_change_of_a_synced_table_stands_in_the_feed(worker: SignedIn, db: Database) -> None:
    sent = contact_mutations([{}, {}], note="een")
    await push(worker, sent)
    await push(worker, [mutation("contact", sent[0]["entity_id"], "update", {"setting": "school"}, base_version=1)])
    await push(worker, [mutation("help_request", sent[1]["entity_id"], "delete")])
    async with db.read() as tx:
        for table in ("contact", "help_request", "note"):
            rows = await tx.fetch(f"SELECT id, version FROM {table}")
            feed = await tx.fetch("SELECT scope, entity_id, version FROM sync_change WHERE entity = ?", table)
            for scope in (f"member:{worker.membership_id}", f"team:{worker.team_id}"):
                versions = {c["entity_id"]: c["version"] for c in feed if c["scope"] == scope}
                assert versions == {row["id"]: row["version"] for row in rows}
        clock = await tx.fetch_one("SELECT seq FROM sync_clock WHERE organisation = ?", UUID(worker.organisation_id))
        top = await tx.fetch_one("SELECT MAX(seq) AS seq FROM sync_change")
    assert clock == top


async def test_ids_of_mutations_sort_by_time() -> None:
    made = [uuid7() for _ in range(50)]
    assert all(one.version == 7 for one in made)
    assert [one.int >> 80 for one in made] == sorted(one.int >> 80 for one in made)
