"""What waits for what: held mutations are judged again by whatever ends their waiting, and nothing waits for ever."""

import asyncio
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from tests.crew import Crew, codes, discard, hand_over, ledger, make_crew, outcome, refused, right, statuses
from tests.helpers import Json, SignedIn, contact_mutations, mutation, push
from wegwijs.foundation.database import Database
from wegwijs.sync import order


@pytest.fixture
async def crew(app: Litestar) -> Crew:
    return await make_crew(app)


@pytest.fixture
async def worker(crew: Crew) -> SignedIn:
    return await crew.member()


def create(*waits_for: Json, **more: object) -> Json:
    return mutation(
        "contact",
        str(uuid4()),
        "create",
        {"date_precision": "none"},
        depends_on=[one["id"] for one in waits_for],
        **more,
    )


@pytest.mark.parametrize("ending", ["arrives", "discarded", "replaced", "handed over"])
async def test_what_waits_is_judged_again_when_what_it_waits_for(worker: SignedIn, ending: str) -> None:
    lost = create()
    first = lost if ending == "arrives" else create(lost)
    waits = create(first)
    earlier = [] if ending == "arrives" else [first]
    assert set(statuses(await push(worker, [*earlier, waits]))) == {"held"}
    end = {"arrives": lost, "discarded": discard(first), "replaced": right(first), "handed over": hand_over(first)}
    assert statuses(await push(worker, [end[ending]])) == ["applied"]
    assert (await outcome(worker, waits["id"]))["status"] == "applied"


@pytest.mark.parametrize("order", ["together", "discard first"])
async def test_what_waits_can_be_discarded_whenever_both_have_come(worker: SignedIn, db: Database, order: str) -> None:
    waits = create(create())
    given_up = discard(waits)
    if order == "together":
        await push(worker, [waits, given_up])
    else:
        await push(worker, [given_up])
        await push(worker, [waits])
        assert statuses(await push(worker, [given_up])) == ["applied"]
    assert statuses(await push(worker, [waits, given_up])) == ["discarded", "duplicate"]
    kept = await ledger(db, waits["id"])
    assert (kept["payload"], kept["waits_for"]) == (None, None)


async def test_a_group_waits_as_a_whole_and_is_judged_as_a_whole(worker: SignedIn, db: Database) -> None:
    lost = create()
    group = contact_mutations([{}], note="een")
    group[1]["depends_on"] = [lost["id"]]
    assert set(statuses(await push(worker, group))) == {"held"}
    await push(worker, [lost])
    assert {(await ledger(db, one["id"]))["status"] for one in group} == {"applied"}


async def test_what_waits_blocks_no_other_record(worker: SignedIn) -> None:
    assert statuses(await push(worker, [create(create()), *contact_mutations()])) == ["held", "applied", "applied"]


async def test_a_held_mutation_is_judged_again_when_it_is_handed_in_again_and_need_not_wait(
    worker: SignedIn, db: Database
) -> None:
    lost = create()
    waits = create(lost)
    await push(worker, [waits])
    # Two pushes at once, neither of which saw the other.
    async with db.write() as tx:
        await tx.execute("UPDATE sync_ledger SET status = 'applied' WHERE mutation_id = ?", UUID(waits["id"]))
    await push(worker, [lost])
    async with db.write() as tx:
        await tx.execute("UPDATE sync_ledger SET status = 'held' WHERE mutation_id = ?", UUID(waits["id"]))
    assert statuses(await push(worker, [waits])) == ["applied"]
    assert statuses(await push(worker, [waits])) == ["duplicate"]


async def test_two_phones_that_wait_for_each_other_do_not_wait_for_ever(crew: Crew, worker: SignedIn) -> None:
    other = await crew.another_phone(worker)
    one, two = create(), create()
    one["depends_on"], two["depends_on"] = [two["id"]], [one["id"]]
    assert statuses(await push(worker, [one])) == ["held"]
    assert codes(await push(other, [two])) == ["bad_dependency"]
    assert (await outcome(worker, one["id"]))["status"] == "applied"


async def test_a_ring_over_three_is_found_as_well(crew: Crew, worker: SignedIn) -> None:
    phones = [worker, await crew.another_phone(worker), await crew.another_phone(worker)]
    ring = [create(), create(), create()]
    for number, one in enumerate(ring):
        one["depends_on"] = [ring[number - 1]["id"]]
    results = [codes(await push(phone, [one]))[0] for phone, one in zip(phones, ring, strict=True)]
    assert results == [None, None, "bad_dependency"]


async def test_a_mutation_that_depends_on_itself_is_refused(worker: SignedIn) -> None:
    one = create()
    one["depends_on"] = [one["id"]]
    assert codes(await push(worker, [one])) == ["bad_dependency"]


async def test_only_so_many_may_wait(worker: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "HELD", 3)
    assert codes(await push(worker, [create(create()) for _ in range(4)])) == [None, None, None, "too_many_held"]
    assert codes(await push(worker, [create(create())])) == ["too_many_held"]
    assert statuses(await push(worker, contact_mutations())) == ["applied", "applied"]


async def test_a_refused_mutation_is_kept_and_put_right_by_one_that_names_it(worker: SignedIn, db: Database) -> None:
    wrong = refused()
    await push(worker, [wrong])
    assert (await ledger(db, wrong["id"]))["payload"] is not None
    still = mutation("contact", wrong["entity_id"], "create", {"setting": "mars"}, replaces=wrong["id"])
    assert codes(await push(worker, [still])) == ["unknown_code"]
    # The author's payload lives on in the second try: one entry to look at, not two.
    assert (await ledger(db, wrong["id"]))["status"] == "replaced"
    assert "mars" in (await ledger(db, still["id"]))["payload"]
    assert statuses(await push(worker, [right(still)])) == ["applied"]


async def test_the_same_held_mutation_handed_in_in_parallel_happens_once(worker: SignedIn, db: Database) -> None:
    lost = create()
    waits = create(lost)
    await push(worker, [waits])
    answers = await asyncio.gather(*(push(worker, batch) for batch in ([lost], [waits], [waits, lost], [lost, waits])))
    assert {one["status"] for answer in answers for one in answer} <= {"applied", "duplicate", "held"}
    assert statuses(await push(worker, [lost, waits])) == ["duplicate", "duplicate"]
    async with db.read() as tx:
        (row,) = await tx.fetch("SELECT version FROM contact WHERE id = ?", UUID(waits["entity_id"]))
    assert row["version"] == 1
