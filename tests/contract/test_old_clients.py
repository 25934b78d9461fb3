"""A phone that was months in a drawer: what it hands in is read as if a present app had made it, four versions back.

The schema has not changed yet; the history here is the tests' own.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from tests.crew import Crew, codes, ledger, make_crew, rows_of, statuses
from tests.helpers import Json, SignedIn, contact_mutations, push_body
from wegwijs.contacts import entities
from wegwijs.foundation.database import Database
from wegwijs.sync.entity import Registry
from wegwijs.sync.history import History, Upcast
from wegwijs.sync.served import SERVED

OUTBOXES: dict[str, list[Json]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "outboxes.json").read_text(encoding="utf-8")
)["outboxes"]

# 2 renames a field, 3 renames a kind, 4 renames a field of it, 5 renames codes and adds a field.
STEPS = {
    2: {"contact": Upcast(renamed={"where": "setting"})},
    3: {"help_request": Upcast(was="question")},
    4: {"help_request": Upcast(renamed={"result": "outcome"})},
    5: {
        "contact": Upcast(values={"language": {"arabic": "ar"}}, added={"group_size": 1}),
        "help_request": Upcast(values={"barriers": {"tongue": "language"}}),
    },
}


def registry(schema: int) -> Registry:
    return Registry(
        entities.CONTACT,
        entities.HELP_REQUEST,
        entities.NOTE,
        lists=entities.REGISTRY.lists,
        served=SERVED,
        history=History(schema=schema, steps=STEPS),
    )


@pytest.fixture(params=[5])
def schema(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(autouse=True)
def later_release(monkeypatch: pytest.MonkeyPatch, schema: int) -> None:
    """The server is one whose schema has come further."""
    monkeypatch.setattr("wegwijs.app.REGISTRY", registry(schema))


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def worker(crew: Crew) -> SignedIn:
    return await crew.member()


async def answer_to(worker: SignedIn, mutations: list[Json], schema: int) -> Any:
    return await worker.client.post("/api/sync/v1/push", json=push_body(worker, mutations, schema=schema))


@pytest.mark.parametrize("made_with", [1, 2, 3, 4, 5])
async def test_an_outbox_of_any_of_the_last_versions_is_taken_in_whole(worker: SignedIn, made_with: int) -> None:
    sent = OUTBOXES[str(made_with)]
    answer = await answer_to(worker, sent, made_with)
    assert statuses(answer.json()["results"]) == ["applied"] * 3, answer.text
    (contact,) = (await rows_of(worker, "contact")).values()
    assert (contact["setting"], contact["language"]) == ("school", "ar")
    assert contact["group_size"] == (1 if made_with < 5 else None)
    (request,) = (await rows_of(worker, "help_request")).values()
    assert (request["outcome"], request["barriers"]) == ("solved", ["language"])
    # The hash is of what was sent, so that the same outbox after an update of the app is the same.
    again = await answer_to(worker, sent, 5)
    assert statuses(again.json()["results"]) == ["duplicate"] * 3


async def test_what_waited_through_an_upgrade_is_read_with_the_schema_it_was_made_with(worker: SignedIn) -> None:
    *save, edit = OUTBOXES["2"]
    assert statuses((await answer_to(worker, [edit], 2)).json()["results"]) == ["held"]
    await answer_to(worker, save, 2)
    (request,) = (await rows_of(worker, "help_request")).values()
    assert request["outcome"] == "solved"


async def test_a_refused_mutation_of_an_older_app_keeps_its_payload_as_it_was_sent(
    worker: SignedIn, db: Database
) -> None:
    wrong = {**OUTBOXES["1"][0], "set": {"where": "moon", "date_precision": "none"}}
    assert codes((await answer_to(worker, [wrong], 1)).json()["results"]) == ["unknown_code"]
    row = await ledger(db, wrong["id"])
    assert json.loads(row["payload"]) == wrong and row["schema"] == 1


@pytest.mark.parametrize("schema", [6], indirect=True)
async def test_an_app_that_is_too_old_is_told_so_and_keeps_everything(worker: SignedIn, db: Database) -> None:
    answer = await answer_to(worker, OUTBOXES["1"], 1)
    assert (answer.status_code, answer.json()["code"], answer.json()["oldest"]) == (409, "schema_too_old", 2)
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM sync_ledger") == []
    assert statuses((await answer_to(worker, OUTBOXES["2"], 2)).json()["results"]) == ["applied"] * 3


async def test_an_app_that_is_newer_than_the_server_is_told_so_and_keeps_everything(
    worker: SignedIn, db: Database
) -> None:
    answer = await answer_to(worker, OUTBOXES["5"], 6)
    assert (answer.status_code, answer.json()["code"], answer.json()["schema"]) == (409, "schema_too_new", 5)
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM sync_ledger") == []


async def test_hidden_and_retired_codes_of_an_old_outbox_stay_valid(crew: Crew, worker: SignedIn) -> None:
    administrator = await crew.member("administrator")
    for code, said in (
        ("school", {"hidden": True}),
        ("tent", {"labels": {"nl": "tent"}, "add": True}),
        ("tent", {"labels": {"nl": "tent"}, "retired": True}),
    ):
        answer = await administrator.client.put(f"/api/catalogue/setting/{code}", json=said)
        assert answer.status_code < 300, answer.text
    sent = [*contact_mutations([], setting="school"), *contact_mutations([], setting="tent")]
    assert statuses((await answer_to(worker, sent, 5)).json()["results"]) == ["applied", "applied"]
