"""Taking a batch of mutations in: one transaction, always in this order.

1. the ledger rows (the loser of a race waits here and then answers `duplicate`);
2. the rows concerned, read and locked in id order;
3. each group judged in memory and written in bulk, whole or not at all;
4. last, the organisation's counter, the feed, and the results.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import ROW_REFUSED, Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor
from wegwijs.people.service import mark_cloned
from wegwijs.sync import ledger
from wegwijs.sync.batch import Batch, Effects
from wegwijs.sync.decisions import Decisions
from wegwijs.sync.entity import Key, Refused, Registry
from wegwijs.sync.feed import FeedEntry, read_clock, record_changes
from wegwijs.sync.gather import forget_erased, gather, meet
from wegwijs.sync.groups import grouped, read_group, refuse, refuse_broken
from wegwijs.sync.items import Item, Origin, read_item
from wegwijs.sync.judge import Judge
from wegwijs.sync.order import Places, decides_about, freed, hold_back, is_held
from wegwijs.sync.schemas import MutationResult, PushAnswer, PushRequest, Via
from wegwijs.sync.steps import AnyStep, Dismiss, PassOn, Resolve, Step
from wegwijs.sync.write import write

BATCH = 100


async def push(
    tx: Transaction, registry: Registry, actor: Actor, request: PushRequest, *, careful: bool = False
) -> PushAnswer:
    """Take in what a signed-in device hands in. For `careful` see `take_in`.

    Raises Problem `wrong_device`, `device_cloned`, `batch_too_large`, `schema_too_new` or `schema_too_old`: nothing was
    stored then, and everything stays on the device.
    """
    if request.device_id != actor.device:
        raise Problem("wrong_device")
    if actor.cloned:
        raise Problem("device_cloned")
    if len(request.mutations) > BATCH:
        raise Problem("batch_too_large")
    return await take_in(
        tx,
        registry,
        actor,
        request.mutations,
        request.client_time,
        schema=request.schema,
        careful=careful,
    )


async def take_in(  # noqa: PLR0913 (the keywords name what differs between the ways in)
    tx: Transaction,
    registry: Registry,
    actor: Actor,
    raw_mutations: Sequence[Any],
    client_time: datetime,
    *,
    via: Via = "push",
    schema: int | None = None,
    let_in: bool = False,
    careful: bool = False,
) -> PushAnswer:
    """Judge mutations of one device and store what becomes of them; the way they came in does not matter.

    `via` letterbox: there is no session, so only creations are taken, and changes of what the same device made, unless
    a supervisor `let_in` what it was. With `careful`, each group is written behind a savepoint of its own: the caller
    tries without first, and again with it when the store refused a row (`ROW_REFUSED`), for savepoints cost two round
    trips each and are needed after a failure only. Raises Problem `schema_too_new` or `schema_too_old`.
    """
    history = registry.history
    schema = history.schema if schema is None else schema
    if schema > history.schema:
        raise Problem("schema_too_new", schema=history.schema)
    if schema < history.oldest:
        raise Problem("schema_too_old", oldest=history.oldest)
    moment = now()
    origin = Origin(actor.membership, actor.device, via, schema, moment - client_time, let_in)
    items = [read_item(raw, origin) for raw in raw_mutations]
    batch = Batch(tx, registry, actor, moment, await registry.lists(tx, actor.organisation), careful)
    fresh = await ledger.enter(tx, actor, items, moment)
    if fresh:
        twice, batch.something_waits = await ledger.glance(tx, actor.organisation, actor.device, fresh)
        if twice:
            await mark_cloned(tx, actor.device)
    refuse_broken(items, fresh)
    await _judge_all(batch, fresh + await _due(batch, items))
    await forget_erased(batch)
    epoch = await _finish(batch)
    return PushAnswer(epoch=epoch, results=_in_order(batch, items))


async def _due(batch: Batch, items: list[Item]) -> list[Item]:
    """Held mutations that were handed in again and need not wait any more.

    When two pushes at once bring a mutation and what it waits for, neither sees the other; the next try puts it right.
    """
    waits = {item.waits_for for item in items if is_held(item) and item.waits_for}
    about = {decides_about(item) for item in items}
    known = await ledger.known_dependencies(batch.tx, batch.actor.organisation, waits)
    over = [one for one, row in known.items() if row["status"] != "held" or one in about]
    for item in items:
        item.waits_for = None
    return await ledger.released(batch.tx, batch.actor.organisation, over)


async def _judge_all(batch: Batch, waiting: list[Item]) -> None:
    """Round after round, until nothing that waited is released any more.

    Each mutation is settled once, so this ends, whatever waits for whatever in a ring.
    """
    numbers: Places = {}
    while waiting:
        await meet(batch, [item.origin.membership for item in waiting])
        batch.judged |= {item.identity: item for item in waiting if item.identity}
        before = set(batch.decided)
        await _judge_round(batch, waiting, numbers)
        settled = {item.identity: item.place for item in waiting if item.identity and not is_held(item)}
        numbers |= settled
        over = {*settled, *(set(batch.decided) - before)}
        released = await ledger.released(batch.tx, batch.actor.organisation, over) if batch.something_waits else []
        undecided = [item for item in batch.judged.values() if item.identity not in batch.decided]
        waiting = freed(undecided, over)
        waiting += [item for item in released if item.identity not in batch.judged]


async def _judge_round(batch: Batch, items: list[Item], numbers: Places) -> None:
    await hold_back(batch, items, numbers)
    groups = [(group, read_group(batch, group)) for group in grouped(items)]
    steps = [step for _, group in groups for step in group]
    batch.overlay = overlay = await gather(batch, steps)
    judge = Judge(batch)
    decisions = Decisions(batch, judge)
    kept, effects = list[Key](), Effects()
    for _, group in groups:
        keys = _judge_group(batch, judge, decisions, group)
        if batch.careful and not await _write_careful(batch, judge, group, keys):
            continue
        kept += keys
        effects.add(judge.effects)
    if not batch.careful:
        await write(batch, overlay, kept, effects)


def _judge_group(batch: Batch, judge: Judge, decisions: Decisions, group: list[AnyStep]) -> list[Key]:
    """Apply a group to the overlay, whole or not at all. Returns the keys of the rows it changed."""
    judge.effects = Effects()
    for step in group:
        try:
            step.item.result = _apply(judge, decisions, step)
        except Refused as refused:
            batch.overlay.drop()
            judge.effects = Effects()
            refuse([member.item for member in group], step.item, refused)
            for member in group:
                if isinstance(member, Step | PassOn):
                    decisions.replaced(member, applied=False)
            break
    return batch.overlay.keep()


def _apply(judge: Judge, decisions: Decisions, step: AnyStep) -> MutationResult:
    match step:
        case Step():
            result = judge.change(step, decisions.for_whom(step))
            decisions.replaced(step, applied=True)
            return result
        case PassOn():
            result = judge.pass_on(step, decisions.for_whom(step))
            decisions.replaced(step, applied=True)
            return result
        case Dismiss():
            return decisions.dismiss(step)
        case Resolve():
            return decisions.resolve(step)
        case _:
            assert_never(step)


async def _write_careful(batch: Batch, judge: Judge, group: list[AnyStep], keys: list[Key]) -> bool:
    """Write one group behind a savepoint; a row that the store refuses takes only its own group down."""
    if not keys and not judge.effects.conflicts:
        return True
    overlay, stored, feed = batch.overlay, set(batch.overlay.stored), dict(batch.feed)
    decided = dict(batch.decided)
    try:
        async with batch.tx.savepoint():
            await write(batch, overlay, keys, judge.effects)
    except ROW_REFUSED:
        overlay.stored, batch.feed, batch.decided = stored, feed, decided
        overlay.take_back()
        refuse([step.item for step in group], None, Refused("refused_by_store"))
        return False
    return True


# -- the end ---------------------------------------------------------------------------------------------------------


async def _finish(batch: Batch) -> str:
    """Last: the counter, the feed and the results, in this order, just before the commit. Returns the epoch."""
    organisation = batch.actor.organisation
    for item in batch.judged.values():
        if item.identity and ledger.tells(item):
            decided = batch.decided.get(item.identity)
            item.outcome = decided["outcome"] - 1 if decided else item.outcome
            scope = f"member:{item.origin.membership}"
            batch.tell(FeedEntry(scope, "mutation_outcome", item.identity, "put", item.outcome + 1))
    if batch.feed:
        epoch, first = await record_changes(batch.tx, organisation, list(batch.feed.values()))
    else:
        clock = await read_clock(batch.tx, organisation)
        epoch, first = clock["epoch"], clock["seq"] + 1
    # One position for all: a backup that reaches it holds everything that this batch did, and what it stood on.
    head = first + len(batch.feed) - 1
    for item in batch.judged.values():
        if item.result and not is_held(item):
            item.result.seq = head
    later = {identity: str(row["status"]) for identity, row in batch.decided.items()}
    await ledger.settle(batch.tx, organisation, list(batch.judged.values()), later)
    return str(epoch)


def _in_order(batch: Batch, items: list[Item]) -> list[MutationResult]:
    """A result for each mutation; one that stood twice in the batch is a duplicate of its first."""
    first: dict[UUID | None, MutationResult] = {item.result.id: item.result for item in items if item.result}
    # What waited, was handed in again and has been judged now.
    first |= {one: item.result for one, item in batch.judged.items() if item.result}
    results = []
    for item in items:
        if item.result is None:
            twin = first[item.identity]
            status = "duplicate" if twin.status in ledger.PLAIN else twin.status
            item.result = MutationResult(twin.id, status, twin.seq, twin.version, twin.conflicts, twin.error)
        elif is_held(item):
            item.result = first[item.identity]
        results.append(item.result)
    return results
