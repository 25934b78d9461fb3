"""The ledger: every mutation once, by id and hash of its canonical plaintext, with the result it was given."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction, marks
from wegwijs.people.access import Actor
from wegwijs.sync.core.canonical import canonical
from wegwijs.sync.schemas import Mutation, MutationResult, ResultError

_COLUMNS = "organisation, mutation_id, membership, device, no, hash, status, received_at"
WITH_PAYLOAD = frozenset({"rejected", "held"})
# An escaped NUL, but not an escaped backslash before the letters u0000. PostgreSQL cannot store the character.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(slots=True)
class Item:
    """One mutation on its way through a push. `result` is None until somebody judged it."""

    raw: Any
    hash: str
    mutation: Mutation | None = None
    result: MutationResult | None = None
    waits_for: UUID | None = None
    group: UUID | None = None


def rejected(identity: UUID | None, code: str, field: str | None = None, status: str = "rejected") -> MutationResult:
    """A verdict that refuses."""
    error = ResultError(code=code, field=field, message_key=f"problem.{code}")
    return MutationResult(id=identity, status=status, error=error)  # type: ignore[arg-type]


def read_item(raw: Any) -> Item:
    """One mutation of a batch; what cannot be read is refused here, and only that."""
    plaintext = canonical(raw)
    item = Item(raw=raw, hash=hashlib.sha256(plaintext).hexdigest())
    try:
        if _NUL.search(plaintext):
            raise msgspec.ValidationError("a text holds a NUL character")
        item.mutation = msgspec.convert(raw, Mutation)
    except msgspec.ValidationError as error:
        place = str(error).rpartition("`$")[2].strip("`.") if "`$" in str(error) else None
        item.result = rejected(_identity(raw, "id"), "malformed", place or None)
    item.group = _identity(raw, "group")
    return item


def _identity(raw: Any, name: str) -> UUID | None:
    """An id out of something that may not be a mutation at all."""
    try:
        return UUID(str(raw[name]))
    except (ValueError, KeyError, TypeError):
        return None


async def enter(tx: Transaction, actor: Actor, items: list[Item], now: datetime) -> list[Item]:
    """Write new mutations into the ledger and answer known ones. Returns the new ones, in order.

    First of all writes: the loser of a race waits here for the winner's commit and then finds its result.
    """
    first: dict[UUID, Item] = {}
    repeated: list[Item] = []
    for item in items:
        if item.mutation is None:
            continue
        if item.mutation.id in first:
            repeated.append(item)
        else:
            first[item.mutation.id] = item
    if not first:
        return []
    new = await _insert(tx, actor, first, now)
    known = [item for identity, item in first.items() if identity not in new]
    stored = await _stored(tx, actor.organisation, [m.id for item in known if (m := item.mutation)])
    for item in known:
        item.result = _replayed(item, stored[item.mutation.id]) if item.mutation else None
    for item in repeated:
        original = first[item.mutation.id] if item.mutation else item
        if item.hash != original.hash:
            item.result = rejected(item.mutation.id if item.mutation else None, "id_reuse", "id")
    return [item for identity, item in first.items() if identity in new]


async def _insert(tx: Transaction, actor: Actor, first: dict[UUID, Item], now: datetime) -> set[UUID]:
    values: list[object] = []
    for identity, item in first.items():
        no = item.mutation.no if item.mutation else 0
        values += [actor.organisation, identity, actor.membership, actor.device, no, item.hash, "pending", now]
    rows = await tx.fetch(
        f"INSERT INTO sync_ledger ({_COLUMNS}) VALUES {', '.join([f'({marks(8)})'] * len(first))} "  # noqa: S608
        "ON CONFLICT (organisation, mutation_id) DO NOTHING RETURNING mutation_id",
        *values,
    )
    return {row["mutation_id"] for row in rows}


async def _stored(tx: Transaction, organisation: UUID, ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    if not ids:
        return {}
    rows = await tx.fetch(
        "SELECT mutation_id, membership, hash, status, result FROM sync_ledger "  # noqa: S608
        f"WHERE organisation = ? AND mutation_id IN ({marks(len(ids))})",
        organisation,
        *ids,
    )
    return {row["mutation_id"]: row for row in rows}


def _replayed(item: Item, stored: dict[str, Any]) -> MutationResult:
    """The answer to a mutation that was handed in before: the stored result again; applied ones say `duplicate`."""
    identity = item.mutation.id if item.mutation else None
    if stored["hash"] != item.hash:
        return rejected(identity, "id_reuse", "id")
    result = msgspec.json.decode(stored["result"], type=MutationResult)
    if result.status in {"applied", "merged"}:
        result.status = "duplicate"
    return result


async def settle(tx: Transaction, organisation: UUID, items: list[Item]) -> None:
    """Store the results. A refused or held mutation keeps its payload; an applied one does not."""
    await tx.execute_many(
        "UPDATE sync_ledger SET status = ?, seq = ?, result = ?, payload = ?, waits_for = ? "
        "WHERE organisation = ? AND mutation_id = ?",
        [
            (
                item.result.status,
                item.result.seq,
                msgspec.json.encode(item.result).decode(),
                msgspec.json.encode(item.raw).decode() if item.result.status in WITH_PAYLOAD else None,
                item.waits_for,
                organisation,
                item.mutation.id,
            )
            for item in items
            if item.mutation and item.result
        ],
    )


async def known_dependencies(tx: Transaction, organisation: UUID, ids: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """`{mutation id: {"device", "no", "status"}}` of those that were handed in before."""
    if not ids:
        return {}
    rows = await tx.fetch(
        "SELECT mutation_id, device, no, status FROM sync_ledger "  # noqa: S608
        f"WHERE organisation = ? AND status <> 'pending' AND mutation_id IN ({marks(len(ids))})",
        organisation,
        *ids,
    )
    return {row["mutation_id"]: row for row in rows}


async def released(tx: Transaction, actor: Actor, settled: list[UUID]) -> list[Item]:
    """Held mutations of this device that waited for one of these: they are judged again."""
    if not settled:
        return []
    rows = await tx.fetch(
        "SELECT payload FROM sync_ledger WHERE organisation = ? AND device = ? AND status = 'held' "  # noqa: S608
        f"AND waits_for IN ({marks(len(settled))}) ORDER BY no",
        actor.organisation,
        actor.device,
        *settled,
    )
    return [read_item(msgspec.json.decode(row["payload"])) for row in rows]


async def mark_replaced(tx: Transaction, actor: Actor, ids: list[UUID]) -> None:
    """A refused mutation that its author replaced: its payload lives on in the new one."""
    if ids:
        await tx.execute(
            "UPDATE sync_ledger SET status = 'replaced', payload = NULL WHERE organisation = ? AND membership = ? "  # noqa: S608
            f"AND status IN ('rejected', 'held') AND mutation_id IN ({marks(len(ids))})",
            actor.organisation,
            actor.membership,
            *ids,
        )
