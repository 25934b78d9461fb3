"""Reading and locking all that a batch of steps is about, before it is judged in memory."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from wegwijs.foundation.database import marks
from wegwijs.foundation.journal import id_digest
from wegwijs.people.service import colleagues
from wegwijs.sync import ledger
from wegwijs.sync.batch import Batch
from wegwijs.sync.entity import Key, Row
from wegwijs.sync.items import named_ids, rejected
from wegwijs.sync.overlay import CONFLICT, MUTATION, Overlay
from wegwijs.sync.purge import hanging_on, mark_digests
from wegwijs.sync.rows import load_rows
from wegwijs.sync.served import CONFLICT as CONFLICTS
from wegwijs.sync.steps import AnyStep, PassOn, Resolve, Step


async def gather(batch: Batch, steps: Sequence[AnyStep]) -> Overlay:
    """The rows that steps are about: named ones, their parents, what goes along with them, what decisions name."""
    rows: dict[Key, Row] = {}
    replaced = {step.mutation.replaces for step in steps if step.mutation.replaces}
    for target in await ledger.targets(batch.tx, batch.actor.organisation, replaced):
        rows[MUTATION, target["id"]] = {**target, "settled_at": None, **batch.decided.get(target["id"], {})}
    chosen = [step.mutation.entity_id for step in steps if isinstance(step, Resolve)]
    for conflict in await load_rows(batch.tx, CONFLICTS, chosen, lock=True):
        rows[CONFLICT, conflict["id"]] = conflict
    await meet(
        batch,
        [row["membership"] for (kind, _), row in rows.items() if kind == MUTATION]
        + [step.to for step in steps if isinstance(step, PassOn)],
    )
    keys = [step.key for step in steps if isinstance(step, Step)]
    keys += [(step.entity.name, step.mutation.entity_id) for step in steps if isinstance(step, PassOn)]
    keys += [(row["entity"], row["entity_id"]) for (kind, _), row in rows.items() if kind == CONFLICT]
    await _records(batch, rows, steps, keys)
    return Overlay(rows, await _purged(batch, [key for key in dict.fromkeys(keys) if key not in rows]))


async def meet(batch: Batch, memberships: Iterable[UUID]) -> None:
    """Learn who these memberships are."""
    unknown = set(memberships) - set(batch.people)
    batch.people |= await colleagues(batch.tx, batch.actor.organisation, unknown)


async def _records(batch: Batch, rows: dict[Key, Row], steps: Sequence[AnyStep], keys: Iterable[Key]) -> None:
    """The named records and what they hang on. Children first: they name the parents that are still to be loaded."""
    wanted: dict[str, set[UUID]] = {entity.name: set() for entity in batch.registry}
    for name, identity in keys:
        wanted[name].add(identity)
    for step in steps:
        if isinstance(step, Step):
            for name, field in step.entity.fields.items():
                if field.parent and isinstance(value := step.set.get(name), UUID):
                    wanted[field.parent].add(value)
    for entity in reversed(list(batch.registry)):
        missing = wanted[entity.name]
        while missing:
            found = await load_rows(batch.tx, entity, missing, lock=True)
            for row in found:
                rows[entity.name, row["id"]] = row
                for reference, parent in entity.parents:
                    if row[reference] is not None:
                        wanted[parent].add(row[reference])
            # What was merged away is judged against what stands for it.
            merged = {row["merged_into"] for row in found if row.get("merged_into")}
            missing = {one for one in merged if (entity.name, one) not in rows}
    await _children(batch, rows, steps)


async def _children(batch: Batch, rows: dict[Key, Row], steps: Sequence[AnyStep]) -> None:
    """What goes along with records that are deleted or passed on, or were deleted and may come back."""
    with_children = {step.key for step in steps if isinstance(step, Step) and step.mutation.op == "delete"}
    with_children |= {(step.entity.name, step.mutation.entity_id) for step in steps if isinstance(step, PassOn)}
    with_children |= {key for key, row in rows.items() if row.get("deleted_at") is not None}
    with_children |= {(name, row["merged_into"]) for (name, _), row in rows.items() if row.get("merged_into")}
    for name, ids in by_kind(with_children).items():
        for entity, reference in batch.registry.children(name):
            for row in await load_rows(batch.tx, entity, ids, by=reference, lock=True):
                rows[entity.name, row["id"]] = row


def by_kind(keys: Iterable[Key]) -> dict[str, list[UUID]]:
    """Ids by kind of row."""
    found: dict[str, list[UUID]] = {}
    for name, identity in keys:
        found.setdefault(name, []).append(identity)
    return found


async def _purged(batch: Batch, missing: list[Key]) -> set[Key]:
    erased = await _erased(batch, [identity for _, identity in missing])
    return {key for key in missing if key[1] in erased}


async def _erased(batch: Batch, ids: Iterable[UUID]) -> set[UUID]:
    digests = {id_digest(identity): identity for identity in ids}
    if not digests:
        return set()
    rows = await batch.tx.fetch(
        f"SELECT digest FROM purged_id WHERE organisation = ? AND digest IN ({marks(len(digests))})",  # noqa: S608
        batch.actor.organisation,
        *digests,
    )
    return {digests[row["digest"]] for row in rows}


async def forget_erased(batch: Batch) -> None:
    """What was refused or waits, and is about an erased record or hangs on one, is gone: its text must not be kept.

    What it would have made is marked as erased too, or a later change of it would be kept as one of nobody's record.
    """
    kept = {
        identity: item
        for identity, item in batch.judged.items()
        if item.result is not None and item.result.status in ledger.WITH_PAYLOAD
    }
    named = {one for item in kept.values() for one in named_ids(item.raw)}
    erased = await _erased(batch, named)
    if not erased:
        return
    standing = {row["id"] for entity in batch.registry for row in await load_rows(batch.tx, entity, named)}
    gone, made = hanging_on(erased, {identity: item.raw for identity, item in kept.items()}, standing)
    for identity in gone:
        batch.judged[identity].result = rejected(identity, "gone", status="gone")
        batch.judged[identity].waits_for = None
    await mark_digests(batch.tx, batch.actor.organisation, map(id_digest, made))
