"""Envelopes on which a person decides: another supervisor than the one whose they are.

Kept sealed, as they came. Accepting takes one in as its author; rejecting keeps who and when, and erases the content
after 30 days, until when it can still be accepted. What came another way meanwhile (the device signed in and pushed)
needs no decision any more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Row, Transaction, marks
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.journal import id_digest
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor
from wegwijs.people.devices import DeviceOwner
from wegwijs.sync.letterbox.reading import Delivery, Handed
from wegwijs.sync.letterbox.schemas import QuarantinedEnvelope, QuarantineList

KEEP_REJECTED = timedelta(days=30)
_MOST = 500

# Everything it holds stands in the ledger: it came by push, or in another envelope.
_ARRIVED = (
    "(EXISTS (SELECT 1 FROM quarantine_record r WHERE r.quarantine = q.id) AND NOT EXISTS ("
    "SELECT 1 FROM quarantine_record r WHERE r.quarantine = q.id AND NOT EXISTS ("
    "SELECT 1 FROM sync_ledger l WHERE l.organisation = r.organisation AND l.mutation_id = r.mutation_id)))"
)
# A supervisor decides for the own team; what a supervisor handed in, any other supervisor may decide.
_THEIRS = "q.organisation = ? AND (q.team = ? OR m.role = 'supervisor')"
_FROM = "FROM quarantine q LEFT JOIN membership m ON m.id = q.membership"


async def keep(tx: Transaction, delivery: Delivery, one: Handed, reason: str, owners: dict[UUID, DeviceOwner]) -> None:
    """Put an envelope into quarantine, sealed as it came; one that lies there already stays as it is."""
    device = one.statement.device if one.statement else delivery.device
    owner = owners.get(one.statement.device) if one.statement else None
    identity = uuid4()
    added = await tx.execute(
        "INSERT INTO quarantine (id, organisation, team, device, membership, mark, envelope, mutations, reason, via, "
        "received_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting') "
        "ON CONFLICT (organisation, mark) DO NOTHING",
        identity,
        delivery.organisation,
        owner.actor.team if owner else delivery.team,
        device,
        owner.actor.membership if owner else delivery.member,
        one.mark,
        msgspec.json.encode(one.raw).decode(),
        len(one.header.mutations) if one.header else 0,
        reason,
        delivery.via,
        now(),
    )
    if added:
        await tx.execute_many(
            "INSERT INTO quarantine_record (organisation, quarantine, mutation_id, entity_id) VALUES (?, ?, ?, ?)",
            [(delivery.organisation, identity, mutation, entity) for mutation, entity in sorted(one.names)],
        )


async def is_erased(tx: Transaction, organisation: UUID, one: Handed) -> bool:
    """Whether it is about an erased record, or about what would hang on one: its text must not be kept."""
    digests = {id_digest(identity) for _, identity in one.names}
    if not digests:
        return False
    row = await tx.fetch_one(
        f"SELECT 1 AS one FROM purged_id WHERE organisation = ? AND digest IN ({marks(len(digests))}) LIMIT 1",  # noqa: S608
        organisation,
        *sorted(digests),
    )
    return row is not None


async def waiting_envelopes(tx: Transaction, actor: Actor) -> int:
    """How many envelopes wait for this supervisor's decision; own ones do not."""
    row = await tx.fetch_one(
        f"SELECT count(*) AS n {_FROM} WHERE {_THEIRS} AND q.state = 'waiting' "
        f"AND (q.membership IS NULL OR q.membership <> ?) AND NOT {_ARRIVED}",
        actor.organisation,
        actor.team,
        actor.membership,
    )
    return int(row["n"]) if row else 0


async def list_envelopes(tx: Transaction, actor: Actor) -> QuarantineList:
    """What waits, and what was rejected and is not erased yet: counts, device, member, when; nothing of the content."""
    rows = await tx.fetch(
        "SELECT q.id, q.membership, q.device, q.mutations, q.reason, q.via, q.received_at, q.state, q.settled_at, "
        f"p.display_name, d.name AS device_name, s.display_name AS settled_by {_FROM} "
        "LEFT JOIN person p ON p.id = m.person LEFT JOIN device d ON d.id = q.device "
        "LEFT JOIN membership b ON b.id = q.settled_by LEFT JOIN person s ON s.id = b.person "
        f"WHERE {_THEIRS} AND q.state IN ('waiting', 'rejected') AND q.envelope IS NOT NULL AND NOT {_ARRIVED} "
        "ORDER BY q.received_at DESC, q.id LIMIT ?",
        actor.organisation,
        actor.team,
        _MOST,
    )
    return QuarantineList([_view(row, actor) for row in rows])


def _view(row: Row, actor: Actor) -> QuarantinedEnvelope:
    settled_at: datetime | None = row["settled_at"]
    return QuarantinedEnvelope(
        id=row["id"],
        membership_id=row["membership"],
        display_name=row["display_name"],
        device_id=row["device"] if row["device_name"] is not None else None,
        device_name=row["device_name"],
        mutations=row["mutations"],
        reason=row["reason"],
        via=row["via"],
        received_at=row["received_at"],
        state=row["state"],
        own=row["membership"] == actor.membership,
        settled_by=row["settled_by"],
        settled_at=settled_at,
        erased_at=settled_at and settled_at + KEEP_REJECTED,
    )


async def lock_envelopes(tx: Transaction, actor: Actor, ids: list[UUID]) -> list[Row]:
    """The rows that a decision is about, locked.

    Raises Problem `not_found` for one that is not there or not this supervisor's, `own_envelope` for an own one.
    """
    wanted = sorted(set(ids))
    rows = await tx.fetch(
        "SELECT q.id, q.envelope, q.state, q.membership, q.settled_by "
        f"{_FROM} WHERE {_THEIRS} AND q.id IN ({marks(len(wanted))}) ORDER BY q.id "
        f"{tx.for_update and 'FOR UPDATE OF q'}",
        actor.organisation,
        actor.team,
        *wanted,
    )
    if len(rows) < len(wanted):
        raise Problem("not_found", "There is no such envelope.")
    if any(row["membership"] == actor.membership for row in rows):
        raise Problem("own_envelope")
    return rows


async def mark_accepted(tx: Transaction, actor: Actor, ids: Iterable[UUID]) -> None:
    """Their content lives on in the ledger and the records: the sealed copy goes."""
    await tx.execute_many(
        "UPDATE quarantine SET state = 'accepted', envelope = NULL, settled_by = ?, settled_at = ? WHERE id = ?",
        [(actor.membership, now(), identity) for identity in ids],
    )


async def reject(tx: Transaction, actor: Actor, ids: list[UUID]) -> None:
    """Keep who and when; the content is erased after 30 days. Raises Problem, as `envelope_settled` when accepted."""
    rows = await lock_envelopes(tx, actor, ids)
    if any(row["state"] not in {"waiting", "rejected"} for row in rows):
        raise Problem("envelope_settled")
    await tx.execute_many(
        "UPDATE quarantine SET state = 'rejected', settled_by = ?, settled_at = ? WHERE id = ? AND state = 'waiting'",
        [(actor.membership, now(), row["id"]) for row in rows],
    )


def sealed(rows: list[Row]) -> list[Any]:
    """The envelopes of rows, as they came."""
    return [msgspec.json.decode(cast(str, row["envelope"])) for row in rows]


async def forget_settled(tx: Transaction, moment: datetime) -> int:
    """The nightly share: erase what was rejected 30 days ago, and what came another way. Returns how many."""
    rejected = await tx.execute(
        "UPDATE quarantine SET envelope = NULL WHERE state = 'rejected' AND envelope IS NOT NULL AND settled_at <= ?",
        moment - KEEP_REJECTED,
    )
    arrived = await tx.execute(
        "UPDATE quarantine AS q SET state = 'arrived', envelope = NULL, settled_at = ? "  # noqa: S608
        f"WHERE q.state IN ('waiting', 'rejected') AND q.envelope IS NOT NULL AND {_ARRIVED}",
        moment,
    )
    return rejected + arrived


async def purge_envelopes(tx: Transaction, organisation: UUID, entities: Iterable[UUID]) -> int:
    """A purge of records: every envelope that holds one of them goes, decided or not. Returns how many went."""
    ids = sorted(set(entities))
    gone = 0
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        holding = (
            "SELECT quarantine FROM quarantine_record "  # noqa: S608
            f"WHERE organisation = ? AND entity_id IN ({marks(len(chunk))})"
        )
        rows = await tx.fetch(f"DELETE FROM quarantine WHERE id IN ({holding}) RETURNING id", organisation, *chunk)  # noqa: S608
        gone += len(rows)
        if rows:
            found = [row["id"] for row in rows]
            await tx.execute(
                f"DELETE FROM quarantine_record WHERE quarantine IN ({marks(len(found))})",  # noqa: S608
                *found,
            )
    return gone
