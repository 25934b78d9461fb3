"""Whatever a broken or hostile client hands in gets a clear answer, and no other organisation's row ever changes."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar

from tests.crew import Crew, change, codes, make_crew, statuses, stored, two_values
from tests.helpers import Json, SignedIn, contact_mutations, mutation, push, push_body
from wegwijs.foundation.database import Database

PUSH = "/api/sync/v1/push"
JSON = {"Content-Type": "application/json"}
NOBODY = str(uuid4())


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def worker(crew: Crew) -> SignedIn:
    return await crew.member()


def nested(depth: int) -> bytes:
    return b'[{"set":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}]"


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("mutations", "status", "code"),
    [
        (lambda: b"[" + b",".join([b"0"] * 400_000) + b"]", 413, "batch_too_large"),
        (lambda: b"[" + b",".join([b"0"] * 1_000_000) + b"]", 413, "too_large"),
        (lambda: nested(100_000), 400, "bad_request"),
        (lambda: rb'["\ud800"]', 400, "bad_request"),
        (lambda: b'["\xed\xa0\x80"]', 400, "bad_request"),
        (lambda: b'["\xff\xfe"]', 400, "bad_request"),
        (lambda: b"[1e999]", 400, "bad_request"),
        (lambda: b"[NaN]", 400, "bad_request"),
        (lambda: b"{}", 400, "bad_request"),
        (lambda: b"[", 400, "bad_request"),
    ],
    ids=[
        "400,000",
        "1,000,000",
        "deep",
        "half a pair",
        "half, raw",
        "no UTF-8",
        "infinite",
        "nan",
        "no list",
        "cut off",
    ],
)
async def test_a_batch_that_cannot_be_taken_in_is_refused_whole(
    worker: SignedIn, mutations: Callable[[], bytes], status: int, code: str
) -> None:
    whole = json.dumps(push_body(worker, [])).encode().replace(b'"mutations": []', b'"mutations": ' + mutations())
    answer = await worker.client.post(PUSH, content=whole, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text[:300]


ODD: list[Json] = [
    {"set": {"text": "a\x00b"}},
    {"entity": "con\x00tact"},
    {"entity": "sync_ledger"},
    {"entity": "conflict"},
    {"entity": "mutation_outcome"},
    {"op": "drop"},
    {"no": -1},
    {"no": 2**53},
    {"no": 1.5},
    {"no": True},
    {"id": "x"},
    {"entity_id": 7},
    {"occurred_at": "0001-01-01T00:00:00+14:00"},
    {"occurred_at": "9999-12-31T23:59:59-12:00"},
    {"depends_on": [NOBODY] * 21},
    {"depends_on": NOBODY},
    {"replaces": 3},
    {"set": []},
    {"set": {"occurred_at": "9999-12-31T23:59:59-12:00"}},
    {"set": {"duration": 10**400}},
    {"set": {"heavy": None}},
    {"base": {"setting": {"a": 1}}},
    {"op": "resolve", "entity": "conflict", "set": {"choice": []}},
    {"op": "discard"},
    {"op": "discard", "replaces": NOBODY, "set": {"x": 1}},
    {"op": "hand_over", "set": {"to": "somebody"}},
    {"op": "hand_over", "entity": "note", "set": {"to": NOBODY}},
    {"author": NOBODY},
    {"organisation": NOBODY},
    {"device": NOBODY},
]


async def test_mutations_that_make_no_sense_are_judged_alone_and_never_break_the_server(worker: SignedIn) -> None:
    for changes in ODD:
        odd = mutation("contact", str(uuid4()), "create", {"date_precision": "none"}) | changes
        answer = await worker.client.post(PUSH, json=push_body(worker, [odd, *contact_mutations()]))
        assert answer.status_code == 200, (changes, answer.text)
        results = answer.json()["results"]
        assert statuses(results)[1:] == ["applied", "applied"], changes
        assert results[0]["status"] in {"rejected", "held", "applied"}, changes
        again = await worker.client.post(PUSH, json=push_body(worker, [odd]))
        assert again.json()["results"][0]["status"] in {results[0]["status"], "duplicate"}, changes


async def test_a_clock_ten_years_off_changes_neither_order_nor_acceptance(worker: SignedIn) -> None:
    off = [(datetime.now(UTC) + timedelta(days=365 * years)).isoformat() for years in (-10, 10)]
    for client_time in (*off, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        body = push_body(worker, contact_mutations(occurred_at=client_time), client_time=client_time)
        answer = await worker.client.post(PUSH, json=body)
        if client_time in off:
            assert set(statuses(answer.json()["results"])) == {"applied"}
        body = push_body(worker, contact_mutations(), client_time=client_time)
        answer = await worker.client.post(PUSH, json=body)
        assert (answer.status_code, set(statuses(answer.json()["results"]))) == (200, {"applied"})


async def test_a_day_that_was_corrected_stays_so_until_somebody_dates_the_contact_anew(
    worker: SignedIn, db: Database
) -> None:
    off = datetime.now(UTC) - timedelta(days=3650)
    sent = contact_mutations([], occurred_at=off.isoformat())
    await worker.client.post(PUSH, json=push_body(worker, sent, client_time=off.isoformat()))
    corrected = await stored(db, "contact", sent[0]["entity_id"])
    await push(worker, [change(sent[0], {"duration": 5})])
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert (row["day"], row["clock_skewed"]) == (corrected["day"], True)
    anew = mutation("contact", sent[0]["entity_id"], "update", {"occurred_at": "2026-03-02T10:00:00Z"}, base_version=2)
    assert statuses(await push(worker, [anew])) == ["applied"]
    row = await stored(db, "contact", sent[0]["entity_id"])
    assert (row["day"], row["clock_skewed"]) == ("2026-03-02", False)


async def test_an_author_in_the_mutation_is_refused_and_never_believed(crew: Crew, worker: SignedIn) -> None:
    sent = contact_mutations([])
    sent[0]["set"]["author"] = (await crew.member()).membership_id
    assert codes(await push(worker, sent)) == ["malformed"]


async def test_another_organisation_may_use_the_same_mutation_id(app: Litestar, worker: SignedIn) -> None:
    other = await (await make_crew(app)).member()
    mine, theirs = contact_mutations([]), contact_mutations([])
    theirs[0]["id"] = mine[0]["id"]
    assert statuses(await push(worker, mine)) == ["applied"]
    assert statuses(await push(other, theirs)) == ["applied"]


# -- the wall between organisations ----------------------------------------------------------------------------------

_TABLES = ("contact", "help_request", "note", "sync_conflict", "sync_change", "sync_ledger", "revision", "sync_clock")


async def fingerprint(db: Database, organisation: str) -> str:
    """A hash of everything an organisation has."""
    mark = hashlib.sha256()
    async with db.read() as tx:
        for table in _TABLES:
            rows = await tx.fetch(f"SELECT * FROM {table} WHERE organisation = ?", UUID(organisation))
            for row in sorted(repr(sorted(row.items())) for row in rows):
                mark.update(row.encode())
    return mark.hexdigest()


def attacks(ids: list[str], kept: list[str], members: list[str]) -> st.SearchStrategy[list[Json]]:
    """Batches of anything that names somebody else's ids."""
    identity = st.sampled_from([*ids, *kept])
    fields = st.sampled_from(
        [{}, {"setting": "school"}, {"outcome": "solved"}, {"text": "x"}, {"choice": "mine"}]
        + [{"to": one} for one in members]
        + [{"contact_id": one, "text": "x"} for one in ids]
        + [{"contact_id": one, "subtheme": "HOU.rent_search"} for one in ids]
    )
    ops = st.sampled_from(["create", "update", "delete", "undelete", "resolve", "discard", "hand_over"])
    kinds = st.sampled_from(["contact", "help_request", "note", "conflict"])
    one: st.SearchStrategy[Any] = st.builds(
        lambda entity, entity_id, op, fields, replaces, depends_on, version: mutation(
            entity, entity_id, op, fields, replaces=replaces, depends_on=depends_on, base_version=version
        ),
        kinds,
        identity,
        ops,
        fields,
        st.none() | identity,
        st.lists(identity, max_size=2),
        st.none() | st.integers(0, 3),
    )
    return st.lists(one, min_size=1, max_size=20)


@pytest.mark.parametrize("role", ["worker", "supervisor"])
async def test_no_push_changes_a_row_of_another_organisation(
    crew: Crew, app: Litestar, db: Database, role: str
) -> None:
    victim = await crew.member()
    other_phone = await crew.another_phone(victim)
    sent = contact_mutations([{}], note="een")
    await push(victim, sent)
    request, conflict = await two_values(victim, other_phone)
    bad = mutation("contact", str(uuid4()), "create", {"setting": "moon"})
    await push(victim, [bad, mutation("contact", bad["entity_id"], "hand_over", replaces=bad["id"])])
    before = await fingerprint(db, victim.organisation_id)
    attacker = await (await make_crew(app)).member(role)
    ids = [one["entity_id"] for one in sent] + [request["entity_id"], conflict]
    strategy = attacks(ids, [one["id"] for one in [*sent, bad]], [victim.membership_id, attacker.membership_id])

    batches: list[list[Json]] = []

    @given(strategy)
    @settings(max_examples=12)
    def draw(batch: list[Json]) -> None:
        batches.append(batch)

    draw()
    for batch in batches:
        answer = await attacker.client.post(PUSH, json=push_body(attacker, batch))
        assert answer.status_code == 200, answer.text
        assert await fingerprint(db, victim.organisation_id) == before
