"""Two phones with one device's key and numbers: found by the first number that comes twice, and nothing is lost."""

from copy import deepcopy
from uuid import UUID

import pytest
from litestar import Litestar

from tests.crew import Crew, change, codes, make_crew, rows_of, statuses
from tests.helpers import SignedIn, contact_mutations, pull_all, push, push_body, sign_challenge
from wegwijs.foundation.database import Database


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def worker(crew: Crew) -> SignedIn:
    return await crew.member()


async def clone(worker: SignedIn) -> None:
    """Hand in what two phones that count alike would."""
    one = contact_mutations([])
    two = contact_mutations([])
    two[0]["no"] = one[0]["no"]
    assert statuses(await push(worker, one)) == ["applied"]
    assert statuses(await push(worker, two)) == ["applied"], "the push that shows it is still judged"


async def test_a_number_that_comes_with_two_mutations_marks_the_device_and_the_push_is_judged(
    worker: SignedIn, db: Database
) -> None:
    await clone(worker)
    assert len(await rows_of(worker, "contact")) == 2
    async with db.read() as tx:
        row = await tx.fetch_one("SELECT cloned_at FROM device WHERE id = ?", UUID(worker.device_id))
    assert row is not None and row["cloned_at"] is not None


async def test_from_then_on_it_hands_nothing_in_and_does_not_sign_in_but_can_pull(worker: SignedIn) -> None:
    await clone(worker)
    answer = await worker.client.post("/api/sync/v1/push", json=push_body(worker, contact_mutations()))
    assert (answer.status_code, answer.json()["code"]) == (403, "device_cloned")
    challenge = (await worker.client.post("/api/sign-in/challenge", json={"device_id": worker.device_id})).json()
    signed = {
        "device_id": worker.device_id,
        "challenge": challenge["challenge"],
        "signature": sign_challenge(worker, challenge["challenge"]),
    }
    answer = await worker.client.post("/api/sign-in", json=signed)
    assert (answer.status_code, answer.json()["code"]) == (403, "device_cloned")
    assert (await pull_all(worker)).digest


@pytest.mark.parametrize("how", ["again", "in another order", "two halves"])
async def test_handing_in_again_is_no_clone(worker: SignedIn, db: Database, how: str) -> None:
    sent = [*contact_mutations(), *contact_mutations()]
    await push(worker, sent[2:] if how == "two halves" else sent)
    await push(worker, sent if how == "again" else sent[:2] if how == "two halves" else list(reversed(sent)))
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM device WHERE cloned_at IS NOT NULL") == []


async def test_two_phones_of_one_person_may_count_alike(crew: Crew, worker: SignedIn, db: Database) -> None:
    sent = contact_mutations()
    other = contact_mutations()
    for one, two in zip(sent, other, strict=True):
        two["no"] = one["no"]
    await push(worker, sent)
    await push(await crew.another_phone(worker), other)
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM device WHERE cloned_at IS NOT NULL") == []


async def test_the_queue_of_the_old_device_is_handed_in_by_the_new_one_of_the_same_person(
    crew: Crew, worker: SignedIn
) -> None:
    handed_in, waiting = contact_mutations(), contact_mutations()
    queue = [*waiting, change(handed_in[0], {"setting": "school"}, depends_on=[handed_in[0]["id"]])]
    queue.append(change(waiting[0], {"setting": "library"}, depends_on=[waiting[0]["id"]]))
    await push(worker, handed_in)
    await clone(worker)
    again = await crew.another_phone(worker)
    assert statuses(await push(again, deepcopy([*handed_in, *queue]))) == ["duplicate"] * 2 + ["applied"] * 4
    contacts = await rows_of(again, "contact")
    assert contacts[handed_in[0]["entity_id"]]["setting"] == "school"
    assert contacts[waiting[0]["entity_id"]]["setting"] == "library"


async def test_what_the_old_device_left_waiting_is_released_by_the_new_one(crew: Crew, worker: SignedIn) -> None:
    first = contact_mutations([])
    later = change(first[0], {"setting": "school"}, depends_on=[first[0]["id"]])
    assert statuses(await push(worker, [later])) == ["held"]
    again = await crew.another_phone(worker)
    assert statuses(await push(again, first)) == ["applied"]
    assert (await rows_of(again, "contact"))[first[0]["entity_id"]]["setting"] == "school"


async def test_a_dependency_on_another_persons_mutation_stays_impossible(crew: Crew, worker: SignedIn) -> None:
    theirs, mine = contact_mutations(), contact_mutations()
    await push(await crew.member(), theirs)
    mine[0]["depends_on"] = [theirs[0]["id"]]
    assert codes(await push(worker, mine)) == ["bad_dependency", "group_refused"]
