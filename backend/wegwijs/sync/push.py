"""Taking a batch of mutations in: one transaction, always in this order.

1. the ledger rows (the loser of a race waits here and then answers `duplicate`);
2. the rows concerned, read and locked in id order;
3. each group judged in memory and written in bulk, whole or not at all;
4. last, the organisation's counter, the feed, and the results.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import ROW_REFUSED, Transaction, marks
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor
from wegwijs.sync import ledger
from wegwijs.sync.entity import Key, Refused, Registry, Row, Surroundings
from wegwijs.sync.feed import FeedEntry, read_clock, record_changes
from wegwijs.sync.judge import Judge, Overlay, Step, read_step
from wegwijs.sync.ledger import Item
from wegwijs.sync.rows import insert_rows, load_rows, update_rows
from wegwijs.sync.schemas import MutationResult, PushAnswer, PushRequest

BATCH = 100
GROUP = 20


@dataclass(slots=True)
class Batch:
    """What one push carries through its steps."""

    tx: Transaction
    registry: Registry
    around: Surroundings
    careful: bool
    feed: list[tuple[Item, list[FeedEntry]]]
    numbers: dict[UUID, int]
    """`no` of the mutations of this push that were judged: the ledger still calls them pending."""


async def push(
    tx: Transaction, registry: Registry, actor: Actor, request: PushRequest, *, careful: bool = False
) -> PushAnswer:
    """Take a batch in. With `careful`, each group is written behind a savepoint of its own.

    The caller tries without first, and again with `careful` when the store refused a row (`ROW_REFUSED`): savepoints
    cost two round trips each and are needed after a failure only.
    Raises Problem `wrong_device` or `batch_too_large`.
    """
    if request.device_id != actor.device:
        raise Problem("wrong_device")
    if len(request.mutations) > BATCH:
        raise Problem("batch_too_large")
    items = [ledger.read_item(raw) for raw in request.mutations]
    batch = Batch(tx, registry, await _surroundings(tx, registry, actor, request), careful, [], {})
    fresh = await ledger.enter(tx, actor, items, batch.around.now)
    _refuse_broken_groups(items, fresh)
    judged: dict[UUID, Item] = {}
    waiting = fresh
    while waiting:
        await _judge_round(batch, waiting)
        judged |= {item.mutation.id: item for item in waiting if item.mutation}
        # Each mutation is settled once, so this ends, whatever waits for whatever in a ring.
        done = [item.mutation for item in waiting if item.mutation and not _is_held(item)]
        settled = {mutation.id: mutation.no for mutation in done}
        batch.numbers |= settled
        replaced = [mutation.replaces for mutation in done if mutation.replaces]
        await ledger.mark_replaced(tx, actor, replaced)
        over = [*settled, *replaced]
        released = await ledger.released(tx, actor, over)
        waiting = _freed(judged.values(), over)
        waiting += [item for item in released if item.mutation and item.mutation.id not in judged]
    epoch = await _finish(batch, list(judged.values()))
    return PushAnswer(epoch=epoch, results=_in_order(items))


async def _surroundings(tx: Transaction, registry: Registry, actor: Actor, request: PushRequest) -> Surroundings:
    moment = now()
    return Surroundings(
        actor=actor,
        now=moment,
        skew=moment - request.client_time,
        lists=await registry.lists(tx, actor.organisation),
        find=lambda name, identity: None,
    )


def _refuse_broken_groups(items: list[Item], fresh: list[Item]) -> None:
    """A group is refused whole when a member cannot even be read, or is refused already: its id was used before."""
    broken = {item.group for item in items if item.group and item.result and item.result.status in {"rejected", "gone"}}
    for item in fresh:
        if item.group in broken and item.mutation is not None:
            item.result = ledger.rejected(item.mutation.id, "group_refused")


def _is_held(item: Item) -> bool:
    return item.result is not None and item.result.status == "held"


def _freed(judged: Iterable[Item], over: list[UUID]) -> list[Item]:
    """What waited, in this very push, for mutations that are settled now: the ledger does not know of it yet."""
    freed = [item for item in judged if _is_held(item) and item.waits_for in over]
    for item in freed:
        item.result = item.waits_for = None
    return freed


def _in_order(items: list[Item]) -> list[MutationResult]:
    """A result for each mutation; one that stood twice in the batch is a duplicate of its first."""
    first = {item.result.id: item.result for item in items if item.result}
    results = []
    for item in items:
        if item.result is None and item.mutation is not None:
            twin = first[item.mutation.id]
            status = "duplicate" if twin.status in {"applied", "merged"} else twin.status
            item.result = MutationResult(twin.id, status, twin.seq, twin.version, twin.conflicts, twin.error)
        if item.result is not None:
            results.append(item.result)
    return results


# -- judging ---------------------------------------------------------------------------------------------------------


async def _judge_round(batch: Batch, items: list[Item]) -> None:
    await _hold_back(batch, items)
    groups = [_read_group(batch.registry, group) for group in _grouped(items)]
    steps = [step for group in groups for step in group]
    if not steps:
        return
    overlay = await _load(batch, steps)
    batch.around.find = overlay.find
    judge = Judge(batch.registry, overlay, batch.around)
    kept: list[Key] = []
    for group in groups:
        conflicts = len(judge.conflicts)
        keys = _judge_group(batch, judge, overlay, group)
        if batch.careful and keys and not await _write_careful(batch, overlay, group, keys):
            del judge.conflicts[conflicts:]
        kept += keys
    if not batch.careful:
        await _write(batch, overlay, kept)
    await _keep_conflicts(batch.tx, judge.conflicts)


def _grouped(items: Iterable[Item]) -> list[list[Item]]:
    """Items by group, in the device's own order, whichever order they came in; without a group, each by itself."""
    judged = [item for item in items if item.mutation is not None and item.result is None]
    groups: dict[UUID, list[Item]] = {}
    for item in sorted(judged, key=lambda item: item.mutation.no if item.mutation else 0):
        if item.mutation is not None:
            groups.setdefault(item.mutation.group or item.mutation.id, []).append(item)
    return list(groups.values())


def _read_group(registry: Registry, group: list[Item]) -> list[Step]:
    """The steps of a group, or none when one of them cannot be read: then all are refused."""
    if len(group) > GROUP:
        _refuse(group, None, Refused("group_too_large", "group"))
        return []
    steps = []
    for item in group:
        if item.mutation is None:
            continue
        try:
            steps.append(read_step(registry, item, item.mutation))
        except Refused as refused:
            _refuse(group, item, refused)
            return []
    return steps


def _refuse(group: list[Item], culprit: Item | None, refused: Refused) -> None:
    """Refuse a whole group: the culprit for its own reason, the others because a group is applied whole."""
    for item in group:
        identity = item.mutation.id if item.mutation else None
        if culprit is None or item is culprit:
            status = "gone" if refused.code == "gone" else "rejected"
            item.result = ledger.rejected(identity, refused.code, refused.field, status)
        else:
            item.result = ledger.rejected(identity, "group_refused")


def _judge_group(batch: Batch, judge: Judge, overlay: Overlay, group: list[Step]) -> list[Key]:
    """Apply a group to the overlay, whole or not at all. Returns the keys of the rows it changed."""
    before = len(judge.conflicts)
    for step in group:
        try:
            step.item.result = judge.apply(step)
        except Refused as refused:
            overlay.drop()
            del judge.conflicts[before:]
            _refuse([member.item for member in group], step.item, refused)
            return []
    keys = overlay.keep()
    if group:
        entries = [entry for key in keys for entry in _feed_entries(batch, overlay, key)]
        batch.feed.append((group[0].item, entries))
    return keys


async def _hold_back(batch: Batch, items: list[Item]) -> None:
    """Give `held` or `bad_dependency` to what depends on mutations that have not arrived or cannot be meant."""
    wanted = {one for item in items if item.mutation for one in item.mutation.depends_on}
    if not wanted:
        return
    earlier = await ledger.known_dependencies(batch.tx, batch.around.actor.organisation, wanted)
    # What was refused a moment ago is settled as well.
    numbers = batch.numbers | {item.mutation.id: item.mutation.no for item in items if item.mutation}
    for group in _grouped(items):
        for item in group:
            verdict = _dependency_verdict(batch.around.actor, item, earlier, numbers)
            if verdict is None:
                continue
            if isinstance(verdict, Refused):
                _refuse(group, item, verdict)
            else:
                _hold(group, verdict)
                # What depends on a mutation that is held now waits as well.
                numbers = {
                    one: no for one, no in numbers.items() if one not in {m.mutation.id for m in group if m.mutation}
                }
            break


def _hold(group: list[Item], waits_for: UUID) -> None:
    for item in group:
        item.waits_for = waits_for
        item.result = MutationResult(item.mutation.id if item.mutation else None, "held")


def _dependency_verdict(
    actor: Actor, item: Item, earlier: dict[UUID, Row], numbers: dict[UUID, int]
) -> Refused | UUID | None:
    """What a mutation waits for, or why its dependency cannot be; None when all is met."""
    mutation = item.mutation
    if mutation is None:
        return None
    for one in mutation.depends_on:
        if one == mutation.replaces:
            continue
        known = earlier.get(one)
        number = known["no"] if known else numbers.get(one)
        if (number is not None and number >= mutation.no) or (known and known["device"] != actor.device):
            return Refused("bad_dependency", "depends_on")
        # Of what was settled in this push the ledger still says that it is held.
        if one not in numbers and (known is None or known["status"] == "held"):
            return one
    return None


# -- loading and writing ---------------------------------------------------------------------------------------------


async def _load(batch: Batch, steps: list[Step]) -> Overlay:
    """The rows that a batch is about: named ones, their parents, and what a deletion takes along; locked."""
    wanted: dict[str, set[UUID]] = {entity.name: set() for entity in batch.registry}
    for step in steps:
        wanted[step.entity.name].add(step.mutation.entity_id)
        for name, field in step.entity.fields.items():
            if field.parent and isinstance(value := step.set.get(name), UUID):
                wanted[field.parent].add(value)
    rows: dict[Key, Row] = {}
    # Children first: they name the parents that are still to be loaded.
    for entity in reversed(list(batch.registry)):
        for row in await load_rows(batch.tx, entity, wanted[entity.name], lock=True):
            rows[entity.name, row["id"]] = row
            for reference, parent in entity.parents:
                if row[reference] is not None:
                    wanted[parent].add(row[reference])
    felled = {step.key for step in steps if step.mutation.op == "delete"}
    # A row that comes back brings back what went with it.
    felled |= {key for key, row in rows.items() if row["deleted_at"] is not None}
    for name, ids in _by_entity(felled).items():
        for entity, reference in batch.registry.children(name):
            for row in await load_rows(batch.tx, entity, ids, by=reference, lock=True):
                rows[entity.name, row["id"]] = row
    missing = [step.key for step in steps if step.key not in rows]
    return Overlay(rows, await _purged(batch, missing))


def _by_entity(keys: Iterable[Key]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for name, identity in keys:
        found.setdefault(name, []).append(identity)
    return found


async def _purged(batch: Batch, missing: list[Key]) -> set[Key]:
    if not missing:
        return set()
    digests = {hashlib.sha256(str(identity).encode()).hexdigest(): (name, identity) for name, identity in missing}
    rows = await batch.tx.fetch(
        f"SELECT digest FROM purged_id WHERE organisation = ? AND digest IN ({marks(len(digests))})",  # noqa: S608
        batch.around.actor.organisation,
        *digests,
    )
    return {digests[row["digest"]] for row in rows}


async def _write(batch: Batch, overlay: Overlay, keys: list[Key]) -> None:
    """One bulk insert and one bulk update a table, parents before children."""
    by_entity = _by_entity(dict.fromkeys(keys))
    for entity in batch.registry:
        ids = by_entity.get(entity.name, [])
        new = [overlay.row((entity.name, one)) for one in ids if (entity.name, one) not in overlay.stored]
        old = [overlay.row((entity.name, one)) for one in ids if (entity.name, one) in overlay.stored]
        await insert_rows(batch.tx, entity, new)
        await update_rows(batch.tx, entity, old)
    overlay.stored.update(keys)


async def _write_careful(batch: Batch, overlay: Overlay, group: list[Step], keys: list[Key]) -> bool:
    """Write one group behind a savepoint; a row that the store refuses takes only its own group down."""
    stored = set(overlay.stored)
    try:
        async with batch.tx.savepoint():
            await _write(batch, overlay, keys)
    except ROW_REFUSED:
        overlay.stored = stored
        overlay.take_back()
        batch.feed.pop()
        _refuse([step.item for step in group], None, Refused("refused_by_store"))
        return False
    return True


async def _keep_conflicts(tx: Transaction, conflicts: list[Row]) -> None:
    if conflicts:
        names = list(conflicts[0])
        await tx.execute_many(
            f"INSERT INTO sync_conflict ({', '.join(names)}) VALUES ({marks(len(names))})",  # noqa: S608
            [list(row.values()) for row in conflicts],
        )


def _feed_entries(batch: Batch, overlay: Overlay, key: Key) -> list[FeedEntry]:
    entity = batch.registry.get(key[0])
    row = overlay.row(key)
    owner = entity.owner(row, batch.around)
    deleted = row["deleted_at"] is not None
    return [
        FeedEntry(scope, key[0], key[1], "remove" if deleted else "put", row["version"], "deleted" if deleted else None)
        for scope in (entity.scopes(owner) if owner else ())
    ]


async def _finish(batch: Batch, judged: list[Item]) -> str:
    """Last: the counter, the feed and the results, in this order, just before the commit. Returns the epoch."""
    actor = batch.around.actor
    latest: dict[tuple[str, str, UUID], FeedEntry] = {}
    for _, entries in batch.feed:
        for entry in entries:
            latest[entry.scope, entry.entity, entry.entity_id] = entry
    if latest:
        epoch, first = await record_changes(batch.tx, actor.organisation, list(latest.values()))
        position = {(e.entity, e.entity_id): first + offset for offset, e in enumerate(latest.values())}
        for item in judged:
            if item.mutation and item.result and item.result.status in {"applied", "merged", "conflict"}:
                item.result.seq = position.get((item.mutation.entity, item.mutation.entity_id))
    else:
        epoch = (await read_clock(batch.tx, actor.organisation))["epoch"]
    await ledger.settle(batch.tx, actor.organisation, judged)
    return str(epoch)
