"""The pure core, by the vectors that the app's core is checked with as well (`pwa/tests/vectors.test.ts`)."""

import json
from pathlib import Path
from typing import Any

import pytest

from wegwijs.sync.core.answer import RawAnswer, judge
from wegwijs.sync.core.batch import batches, halve
from wegwijs.sync.core.digest import scope_digest
from wegwijs.sync.core.merge import Policy, merge_field
from wegwijs.sync.core.queue import (
    Queued,
    advance,
    handed_over_ids,
    last_unsettled,
    replaced_by,
    replaced_ids,
    settle,
)
from wegwijs.sync.core.receive import Copy, receive
from wegwijs.sync.core.replay import ServerRow, plain, replay

VECTORS = Path(__file__).parents[1] / "vectors"
Json = dict[str, Any]


def vectors(name: str, section: str | None = None) -> pytest.MarkDecorator:
    """Parameters from `tests/vectors/<name>.json`, named as they are there."""
    found = json.loads((VECTORS / f"{name}.json").read_text())
    rows: list[Json] = found[section] if section else found
    return pytest.mark.parametrize("vector", rows, ids=[_named(row) for row in rows])


def _named(row: Json) -> str:
    event = row.get("event")
    return row["name"] if "name" in row else f"{row['state']}, {event and ' '.join(event.values())}"


def filled(lines: list[Json]) -> list[Queued]:
    """A queue of which only the lines are told; the rest does not matter."""
    rest = {"entity": "contact", "base": {}, "set": {}, "occurred_at": "2026-11-21T17:00:00+01:00", "depends_on": []}
    return [Queued(line["state"], rest | {k: v for k, v in line.items() if k != "state"}) for line in lines]


def verdict(identity: str, status: str) -> Json:
    return {"id": identity, "status": status, "seq": 1, "version": 1, "conflicts": [], "error": None}


def queue_of(rows: list[Json]) -> list[Queued]:
    return [Queued(row["state"], row["mutation"], row["result"]) for row in rows]


def ids(mutations: list[Json]) -> list[str]:
    return [mutation["id"] for mutation in mutations]


@vectors("queue", "advance")
def test_the_life_of_a_mutation(vector: Json) -> None:
    (queued,) = queue_of([vector["queued"]])
    after = advance(queued, vector["event"], vector["result"])
    assert (None if after is None else as_json(after)) == vector["next"]


def as_json(queued: Queued) -> Json:
    return {"state": queued.state, "mutation": queued.mutation, "result": queued.result}


@vectors("queue", "transitions")
def test_where_a_mutation_stands_after_an_event(vector: Json) -> None:
    (queued,) = filled([{"state": vector["state"], "id": "m1", "no": 1, "entity_id": "c1", "op": "update"}])
    after = advance(queued, vector["event"]["what"], verdict("m1", vector["event"].get("status", "applied")))
    assert (after and after.state) == vector["after"]


@vectors("queue", "last_open")
def test_what_is_open_for_the_next_mutation(vector: Json) -> None:
    last = last_unsettled(filled(vector["queue"]), vector["entity_id"])
    assert (last and last["id"]) == vector["last"]


@vectors("queue", "hidden")
def test_what_asks_nothing_any_more(vector: Json) -> None:
    assert sorted(replaced_ids(filled(vector["queue"]))) == vector["hidden"]
    assert sorted(handed_over_ids(filled(vector["queue"]))) == vector["handed_over"]


@vectors("queue", "settle")
def test_what_follows_from_the_verdicts(vector: Json) -> None:
    queue = filled(vector["queue"])
    results = [verdict(one["id"], one["status"]) for one in vector["verdicts"]]
    changed, gone = settle(queue, vector["what"], results)
    states = {one.id: one.state for one in [*queue, *changed]}
    assert {identity: state for identity, state in states.items() if identity not in gone} == vector["after"]


@vectors("queue", "replaced")
def test_what_a_mutation_replaces(vector: Json) -> None:
    queue = queue_of(vector["queue"])
    (mutation,) = [one.mutation for one in queue if one.id == vector["of"]]
    assert sorted(replaced_ids(queue)) == vector["replaced_ids"]
    assert replaced_by(mutation, queue) == vector["replaced_by"]


@vectors("queue", "last_unsettled")
def test_what_the_next_mutation_depends_on(vector: Json) -> None:
    last = last_unsettled(queue_of(vector["queue"]), vector["entity_id"])
    assert (last["id"] if last else None) == vector["last"]


@vectors("queue", "batches")
def test_batches(vector: Json) -> None:
    cut = batches(vector["queue"], vector["most"], vector["bytes"])
    assert [ids(batch) for batch in cut] == vector["batches"]


@vectors("queue", "halves")
def test_halves_of_a_batch(vector: Json) -> None:
    halves = halve(vector["batch"])
    assert (None if halves is None else [ids(half) for half in halves]) == vector["halves"]


@vectors("replay", "replay")
def test_what_the_worker_sees(vector: Json) -> None:
    view = replay([ServerRow(**row) for row in vector["rows"]], queue_of(vector["queue"]))
    assert [plain(row) for row in view.values()] == vector["view"]


@vectors("replay", "receive")
def test_what_a_change_of_the_feed_does(vector: Json) -> None:
    copy = vector["copy"]
    after = receive(Copy(tuple(copy["scopes"]), copy["version"]) if copy else None, vector["change"])
    shown = after and {"scopes": list(after.scopes), "version": after.version, "replace": after.replace}
    assert shown == vector["received"]


@vectors("merge")
def test_a_field_that_two_changed(vector: Json) -> None:
    merged = merge_field(Policy(vector["policy"]), vector["base"], vector["current"], vector["mine"])
    assert (merged.value, merged.merged, merged.conflict) == (vector["value"], vector["merged"], vector["conflict"])


def test_a_list_whose_base_is_unknown_loses_nothing() -> None:
    assert merge_field(Policy.SET_UNION, object(), ["cost"], ["fear"]).value == ["cost", "fear"]


@vectors("digest")
def test_the_digest_of_a_scope(vector: Json) -> None:
    rows = [(entity, identity, version) for entity, identity, version in vector["rows"]]
    assert scope_digest(rows) == (vector["count"], vector["xor64"])


@pytest.mark.parametrize(
    ("status", "content_type", "body", "kind"),
    [
        (200, "application/json", '{"results": []}', "ok"),
        (200, "text/html", "<h1>Welcome to our guest network</h1>", "retry"),
        (200, "application/json", '{"results": [', "retry"),
        (200, "application/json", "{}", "retry"),
        (404, "text/html", "Not found", "retry"),
        (403, "text/html", "Blocked", "retry"),
        (401, "application/problem+json", '{"code": "signed_out", "number": 1, "status": 401, "type": "/problems/x"}',
         "signed_out"),
        (401, "text/html", "Proxy", "retry"),
        (403, "application/problem+json", '{"code": "wrong_device", "number": 1, "status": 403, "type": "/problems/x"}',
         "stop"),
        (413, "text/html", "Too large", "too_large"),
        (429, "application/problem+json", '{"code": "busy", "number": 1, "status": 429, "type": "/problems/x"}',
         "retry"),
        (503, None, "", "retry"),
    ],
)  # fmt: skip
def test_only_what_is_provably_ours_settles_anything(status: int, content_type: str, body: str, kind: str) -> None:
    answer = judge(RawAnswer(status, content_type, body), lambda found: "results" in found)
    assert answer.kind == kind
