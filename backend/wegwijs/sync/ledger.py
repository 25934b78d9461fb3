"""The ledger: every mutation once, by id and hash of its canonical plaintext, with the result it was given."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction, marks
from wegwijs.people.access import Actor
from wegwijs.sync.entity import Row
from wegwijs.sync.items import UNNUMBERED, Item, Origin, came_by, identity_in, read_item, rejected
from wegwijs.sync.schemas import MutationResult

_COLUMNS = "organisation, mutation_id, membership, device, no, hash, status, received_at, schema, via, skew"
_STORED = "mutation_id, membership, device, hash, status, seq, result, waits_for, via, outcome"
PLAIN = frozenset({"applied", "merged"})
"""Results of which nobody needs to be told a second time."""
WITH_PAYLOAD = frozenset({"rejected", "held", "handed_over"})
"""What keeps its payload: somebody may still do something about it."""
SETTLED_LATER = frozenset({"replaced", "discarded", "handed_over"})


# -- entering --------------------------------------------------------------------------------------------------------


async def enter(tx: Transaction, actor: Actor, items: list[Item], now: datetime) -> list[Item]:
    """Write new mutations into the ledger and answer known ones. Returns the new ones, in order.

    First of all writes: the loser of a race waits here for the winner's commit and then finds its result. One that only
    lacked a session counts as new when it comes with one.
    """
    first: dict[UUID, Item] = {}
    repeated: list[Item] = []
    for item in items:
        if item.identity is None:
            continue
        if item.identity in first:
            repeated.append(item)
        else:
            first[item.identity] = item
    if not first:
        return []
    new = await _insert(tx, actor, first, now)
    known = [identity for identity in first if identity not in new]
    stored = await _stored(tx, actor.organisation, known)
    for identity in known:
        if _lacked_a_session(first[identity], stored[identity]):
            first[identity].outcome = stored[identity]["outcome"]
            new.add(identity)
        else:
            first[identity].result = _replayed(first[identity], stored[identity])
    for item in repeated:
        if item.identity and item.hash != first[item.identity].hash:
            item.result = rejected(item.identity, "id_reuse", "id")
    return [item for identity, item in first.items() if identity in new]


async def _insert(tx: Transaction, actor: Actor, first: dict[UUID, Item], now: datetime) -> set[UUID]:
    values: list[object] = []
    for identity, item in first.items():
        origin = item.origin
        values += [actor.organisation, identity, origin.membership, origin.device, item.no, item.hash, "pending", now]
        values += [origin.schema, origin.way, seconds(origin.skew)]
    rows = await tx.fetch(
        f"INSERT INTO sync_ledger ({_COLUMNS}) VALUES {', '.join([f'({marks(11)})'] * len(first))} "  # noqa: S608
        "ON CONFLICT (organisation, mutation_id) DO NOTHING RETURNING mutation_id",
        *values,
    )
    return {row["mutation_id"] for row in rows}


def seconds(skew: timedelta) -> int:
    """A clock's error as the ledger keeps it: more than a lifetime off is as good as a lifetime."""
    return max(-(2**31), min(2**31 - 1, round(skew.total_seconds())))


async def _stored(tx: Transaction, organisation: UUID, ids: list[UUID]) -> dict[UUID, Row]:
    if not ids:
        return {}
    rows = await tx.fetch(
        f"SELECT {_STORED} FROM sync_ledger WHERE organisation = ? AND mutation_id IN ({marks(len(ids))}) "  # noqa: S608
        f"ORDER BY mutation_id {tx.for_update}",
        organisation,
        *ids,
    )
    return {row["mutation_id"]: row for row in rows}


def _replayed(item: Item, stored: Row) -> MutationResult:
    """The answer to a mutation that was handed in before: the stored result again; applied ones say `duplicate`."""
    if stored["hash"] != item.hash:
        return rejected(item.identity, "id_reuse", "id")
    if stored["result"] is None:
        return MutationResult(item.identity, "duplicate", stored["seq"], 1)
    result = msgspec.json.decode(stored["result"], type=MutationResult)
    if stored["status"] in PLAIN:
        result.status = "duplicate"
    elif stored["status"] in SETTLED_LATER:
        result.status = stored["status"]
    elif stored["status"] == "held":
        item.waits_for = stored["waits_for"]
    return result


def _lacked_a_session(item: Item, stored: Row) -> bool:
    """It came sealed and was refused for that alone; now the same device hands it in with a session."""
    if stored["status"] != "rejected" or stored["via"] != "letterbox" or item.origin.via != "push":
        return False
    if stored["hash"] != item.hash or stored["membership"] != item.origin.membership or item.mutation is None:
        return False
    error = msgspec.json.decode(stored["result"], type=MutationResult).error
    return error is not None and error.code in {"needs_session", "group_refused"}


async def glance(tx: Transaction, organisation: UUID, device: UUID, items: Iterable[Item]) -> tuple[bool, bool]:
    """Whether a number of these came with another mutation's id (two phones count with the same device), and whether
    anything of the organisation waits at all: mostly not, and then nobody need look for it."""
    numbers = [item.no for item in items if item.no != UNNUMBERED]
    found = await tx.fetch_one(
        "SELECT EXISTS (SELECT no FROM sync_ledger WHERE organisation = ? AND device = ? AND no BETWEEN ? AND ? "
        "GROUP BY no HAVING COUNT(*) > 1) AS twice, "
        "EXISTS (SELECT 1 FROM sync_ledger WHERE organisation = ? AND waits_for IS NOT NULL) AS waits",
        organisation,
        device,
        min(numbers, default=0),
        max(numbers, default=-1),
        organisation,
    )
    return (bool(found["twice"]), bool(found["waits"])) if found else (False, False)


# -- settling --------------------------------------------------------------------------------------------------------


def tells(item: Item) -> bool:
    """Whether the author is told of this verdict by a synced row: not of what simply went well in a push."""
    return item.result is not None and (
        item.result.status not in PLAIN or item.outcome > 0 or item.origin.via == "letterbox"
    )


async def settle(tx: Transaction, organisation: UUID, items: list[Item], later: Mapping[UUID, str]) -> None:
    """Store the results. A refused or held mutation keeps its payload; an applied one does not, and a creation that
    went as it should not even its result: all of a push share one statement.

    `later` gives the status of mutations whose fate somebody decided in this very push.
    """
    rows, plain = [], dict[int | None, list[UUID]]()
    for item in items:
        if item.result is None or item.identity is None:
            continue
        if _as_expected(item):
            plain.setdefault(item.result.seq, []).append(item.identity)
            continue
        status = later.get(item.identity, item.result.status)
        told = tells(item)
        rows.append(
            (
                status,
                item.result.seq,
                msgspec.json.encode(item.result).decode(),
                msgspec.json.encode(item.raw).decode() if status in WITH_PAYLOAD else None,
                item.waits_for if status == "held" else None,
                item.origin.way,
                *(_about(item) if told else (None, None)),
                item.outcome + told,
                organisation,
                item.identity,
            )
        )
    await tx.execute_many(
        "UPDATE sync_ledger SET status = ?, seq = ?, result = ?, payload = ?, waits_for = ?, via = ?, entity = ?, "
        "entity_id = ?, outcome = ? WHERE organisation = ? AND mutation_id = ?",
        rows,
    )

    for seq, ids in plain.items():
        await tx.execute(
            "UPDATE sync_ledger SET status = 'applied', seq = ? "  # noqa: S608
            f"WHERE organisation = ? AND mutation_id IN ({marks(len(ids))})",
            seq,
            organisation,
            *ids,
        )


def _as_expected(item: Item) -> bool:
    """A creation that was applied as it came, which nearly all mutations are: its result follows from that."""
    result = item.result
    return result is not None and result.status == "applied" and result.version == 1 and not tells(item)


def _about(item: Item) -> tuple[str | None, UUID | None]:
    if item.mutation is not None:
        return item.mutation.entity, item.mutation.entity_id
    named = item.raw.get("entity") if isinstance(item.raw, dict) else None
    return named[:40] if isinstance(named, str) and named.isidentifier() else None, identity_in(item.raw, "entity_id")


async def decide(tx: Transaction, organisation: UUID, rows: list[Row]) -> None:
    """Write what became of mutations handed in before (rows of `targets` with their new status)."""
    for kept, clause in ((True, ""), (False, "payload = NULL, ")):
        await tx.execute_many(
            f"UPDATE sync_ledger SET status = ?, waits_for = NULL, {clause}settled_by = ?, settled_at = ?, "  # noqa: S608
            "outcome = ? WHERE organisation = ? AND mutation_id = ?",
            [
                (row["status"], row["settled_by"], row["settled_at"], row["outcome"], organisation, row["id"])
                for row in rows
                if (row["status"] in WITH_PAYLOAD) is kept
            ],
        )


# -- looking up ------------------------------------------------------------------------------------------------------


async def targets(tx: Transaction, organisation: UUID, ids: Collection[UUID]) -> list[Row]:
    """What decisions are about, locked: `id`, `membership`, `status`, `outcome`, `settled_by`."""
    if not ids:
        return []
    return await tx.fetch(
        "SELECT mutation_id AS id, membership, status, outcome, settled_by FROM sync_ledger "  # noqa: S608
        f"WHERE organisation = ? AND mutation_id IN ({marks(len(ids))}) ORDER BY mutation_id {tx.for_update}",
        organisation,
        *ids,
    )


async def known_dependencies(tx: Transaction, organisation: UUID, ids: Collection[UUID]) -> dict[UUID, Row]:
    """`{mutation id: {"membership", "device", "no", "status", "waits_for"}}` of those that were handed in before."""
    if not ids:
        return {}
    rows = await tx.fetch(
        "SELECT mutation_id, membership, device, no, status, waits_for FROM sync_ledger "  # noqa: S608
        f"WHERE organisation = ? AND status <> 'pending' AND mutation_id IN ({marks(len(ids))})",
        organisation,
        *ids,
    )
    return {row["mutation_id"]: row for row in rows}


async def held_by(tx: Transaction, organisation: UUID, device: UUID) -> int:
    """How many mutations of a device wait."""
    row = await tx.fetch_one(
        "SELECT COUNT(*) AS n FROM sync_ledger WHERE organisation = ? AND waits_for IS NOT NULL AND device = ?",
        organisation,
        device,
    )
    return int(row["n"]) if row else 0


async def released(tx: Transaction, organisation: UUID, settled: Collection[UUID]) -> list[Item]:
    """Held mutations that waited for one of these, whoever's they are: they are judged again."""
    if not settled:
        return []
    rows = await tx.fetch(
        "SELECT payload, membership, device, via, schema, skew, outcome FROM sync_ledger "  # noqa: S608
        f"WHERE organisation = ? AND status = 'held' AND waits_for IN ({marks(len(settled))}) {tx.for_update}",
        organisation,
        *settled,
    )
    found = []
    for row in rows:
        skew = timedelta(seconds=row["skew"])
        via, let_in = came_by(row["via"])
        origin = Origin(row["membership"], row["device"], via, row["schema"], skew, let_in)
        item = read_item(msgspec.json.decode(row["payload"]), origin)
        item.outcome = row["outcome"]
        found.append(item)
    return found
