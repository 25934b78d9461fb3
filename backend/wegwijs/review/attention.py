"""What waits for a supervisor: conflicts that nobody settled, and mutations that workers handed over."""

from typing import Any
from uuid import UUID

import msgspec

from wegwijs.catalogue.service import sensitivity
from wegwijs.foundation.database import Transaction, marks
from wegwijs.people.access import Actor
from wegwijs.review.schemas import Attention, Author, ConflictLine, HandedOver
from wegwijs.sync.letterbox.quarantine import waiting_envelopes
from wegwijs.sync.schemas import MutationResult

Row = dict[str, Any]

LONGEST = 200
"""So many of each kind are listed, the oldest first; settling some brings the next."""

_NAMES = "SELECT m.id, p.display_name FROM membership m JOIN person p ON p.id = m.person WHERE m.organisation = ?"
_CONFLICTS = """
SELECT * FROM sync_conflict WHERE organisation = ? AND team = ? AND settled_at IS NULL ORDER BY created_at, id LIMIT ?
"""
_HANDED_OVER = """
SELECT l.mutation_id, l.membership, l.payload, l.result, l.settled_at FROM sync_ledger l
JOIN membership m ON m.id = l.membership AND m.team = ?
WHERE l.organisation = ? AND l.status = 'handed_over' ORDER BY l.settled_at, l.no LIMIT ?
"""
# A conflict on something that was deleted waits with it.
_ALIVE = {
    "contact": "SELECT id, id AS contact_id FROM contact WHERE deleted_at IS NULL AND id IN",
    "help_request": "SELECT id, contact_id FROM help_request WHERE deleted_at IS NULL AND id IN",
    "note": "SELECT id, contact_id FROM note WHERE deleted_at IS NULL AND id IN",
}
_ABOUT = """
SELECT n.id, r.subtheme FROM note n JOIN help_request r
ON r.contact_id = n.contact_id AND (n.help_request_id IS NULL OR r.id = n.help_request_id) AND r.deleted_at IS NULL
WHERE n.id IN
"""


async def attention(tx: Transaction, actor: Actor) -> Attention:
    """The list of the supervisor's own team."""
    conflicts = await tx.fetch(_CONFLICTS, actor.organisation, actor.team, LONGEST)
    handed_over = await tx.fetch(_HANDED_OVER, actor.team, actor.organisation, LONGEST)
    contacts = {row["id"]: row["contact_id"] for kind in _ALIVE for row in await _alive(tx, kind, conflicts)}
    restricted = await _restricted(tx, actor, [row["entity_id"] for row in conflicts if row["entity"] == "note"])
    names = {row["id"]: row["display_name"] for row in await tx.fetch(_NAMES, actor.organisation)}

    def author(membership: UUID | None) -> Author | None:
        return Author(membership, names.get(membership, "")) if membership else None

    return Attention(
        conflicts=[
            _conflict(row, contacts[row["entity_id"]], author, row["entity_id"] in restricted)
            for row in conflicts
            if row["entity_id"] in contacts
        ],
        handed_over=[_handed_over(row, Author(row["membership"], names[row["membership"]])) for row in handed_over],
        quarantined=await waiting_envelopes(tx, actor),
    )


async def _alive(tx: Transaction, kind: str, conflicts: list[Row]) -> list[Row]:
    ids = {row["entity_id"] for row in conflicts if row["entity"] == kind}
    return await tx.fetch(f"{_ALIVE[kind]} ({marks(len(ids))})", *ids) if ids else []


async def _restricted(tx: Transaction, actor: Actor, notes: list[UUID]) -> set[UUID]:
    """Notes whose text stays with their author, as in the team's contacts."""
    if not notes:
        return set()
    marked = await sensitivity(tx, actor.organisation)
    rows = await tx.fetch(f"{_ABOUT} ({marks(len(notes))})", *notes)
    return {row["id"] for row in rows if marked.get(row["subtheme"]) == "restricted"}


def _conflict(row: Row, contact: UUID, author: Any, restricted: bool) -> ConflictLine:
    return ConflictLine(
        id=row["id"],
        contact_id=contact,
        entity=row["entity"],
        entity_id=row["entity_id"],
        field=row["field"],
        mine=None if restricted else msgspec.json.decode(row["mine"]),
        theirs=None if restricted else msgspec.json.decode(row["theirs"]),
        restricted=restricted,
        mine_by=author(row["membership"]),
        theirs_by=author(row["theirs_by"]),
        mine_at=row["mine_at"],
        theirs_at=row["theirs_at"],
        version=row["version"],
    )


def _handed_over(row: Row, author: Author) -> HandedOver:
    result = msgspec.json.decode(row["result"], type=MutationResult)
    return HandedOver(
        mutation=msgspec.json.decode(row["payload"]), error=result.error, author=author, at=row["settled_at"]
    )
