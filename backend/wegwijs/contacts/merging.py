"""Two contacts that turn out to be one meeting become one, and what devices still send for either finds it."""

from typing import Any
from uuid import UUID, uuid4

import msgspec

from wegwijs.contacts.entities import CONTACT, HELP_REQUEST, NOTE
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor, Role
from wegwijs.sync.entity import SyncedEntity
from wegwijs.sync.feed import FeedEntry, record_changes
from wegwijs.sync.rows import load_rows, update_rows
from wegwijs.sync.write import insert

Row = dict[str, Any]
_HANGING = (HELP_REQUEST, NOTE)


async def merge_contacts(tx: Transaction, actor: Actor, source: UUID, target: UUID) -> UUID:
    """Let `target` stand for `source`: its help requests, notes and open conflicts move, its author keeps seeing them.

    `source` leaves the feed with the reason `merged`, keeps its row with `merged_into`, and whatever a device hands in
    for it later is judged against `target`. Both must be contacts of the own team that nobody deleted. Returns the id
    under which the revisions stand. Raises Problem `not_found`.
    """
    found = {row["id"]: row for row in await load_rows(tx, CONTACT, {source, target}, lock=True)}
    for one in (source, target):
        if one not in found or source == target or not _mergeable(found[one], actor):
            raise Problem("not_found")
    act = _Act(tx, actor, uuid4())
    old, kept = found[source], found[target]
    seen_before = CONTACT.scopes(old)
    authors = {str(old["author"]), *(old["also_by"] or ()), *(kept["also_by"] or ())} - {str(kept["author"])}
    await act.change(CONTACT, kept, {"also_by": sorted(authors)})
    await act.change(CONTACT, old, {"deleted_at": act.at, "deleted_by": act.id, "merged_into": target})
    scopes = CONTACT.scopes(kept)
    act.entries += [FeedEntry(scope, "contact", source, "remove", old["version"], "merged") for scope in seen_before]
    act.put(CONTACT, kept, scopes)
    for entity in _HANGING:
        for row in await load_rows(tx, entity, [source], by="contact_id", lock=True):
            await act.change(entity, row, {"contact_id": target})
            if row["deleted_at"] is None:
                act.put(entity, row, scopes)
        # The author whose contact was taken in sees all of it from now on.
        for row in await load_rows(tx, entity, [target], by="contact_id"):
            if row["deleted_at"] is None:
                act.put(entity, row, scopes)
    await act.move_conflicts(source, target)
    await insert(tx, "revision", act.revisions)
    await record_changes(tx, actor.organisation, list({(e.scope, e.entity_id): e for e in act.entries}.values()))
    return act.id


def _mergeable(contact: Row, actor: Actor) -> bool:
    own = contact["organisation"] == actor.organisation and contact["deleted_at"] is None
    supervised = actor.role is Role.SUPERVISOR and contact["team"] == actor.team
    return own and (supervised or CONTACT.may_write(actor, contact))


class _Act:
    """One merging: when, by whom, and what it leaves for the feed and the history."""

    def __init__(self, tx: Transaction, actor: Actor, identity: UUID) -> None:
        self.id, self.at = identity, now()
        self.entries: list[FeedEntry] = []
        self.revisions: list[Row] = []
        self._tx, self._actor = tx, actor

    async def change(self, entity: SyncedEntity, row: Row, values: Row) -> None:
        """Write new values into a row, and its old ones into the history."""
        old = {name: row[name] for name in values if name != "deleted_at"}
        row.update(values, version=row["version"] + 1, device=self._actor.device)
        await update_rows(self._tx, entity, [row])
        self.revisions.append(
            {
                "organisation": row["organisation"],
                "entity": entity.name,
                "entity_id": row["id"],
                "version": row["version"],
                "membership": self._actor.membership,
                "mutation_id": self.id,
                "received_at": self.at,
                "occurred_at": self.at,
                "old": msgspec.json.encode(old).decode(),
            }
        )

    def put(self, entity: SyncedEntity, row: Row, scopes: tuple[str, ...]) -> None:
        """Tell a row as it is now."""
        self.entries += [FeedEntry(scope, entity.name, row["id"], "put", row["version"]) for scope in scopes]

    async def move_conflicts(self, source: UUID, target: UUID) -> None:
        """What is open between two values of the one contact is open on the other."""
        rows = await self._tx.fetch(
            "UPDATE sync_conflict SET entity_id = ?, version = version + 1 WHERE organisation = ? AND entity_id = ? "
            "AND settled_at IS NULL RETURNING id, version, membership, team",
            target,
            self._actor.organisation,
            source,
        )
        for row in rows:
            for scope in (f"member:{row['membership']}", f"team:{row['team']}"):
                self.entries.append(FeedEntry(scope, "conflict", row["id"], "put", row["version"]))
