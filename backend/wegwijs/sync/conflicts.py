"""Values that lost: kept until somebody chose, and kept in step with the record they belong to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from wegwijs.foundation.database import marks
from wegwijs.sync.batch import Batch, Kept
from wegwijs.sync.entity import Key, Row
from wegwijs.sync.feed import FeedEntry
from wegwijs.sync.overlay import Overlay

_COLUMNS = (
    "id",
    "organisation",
    "entity",
    "entity_id",
    "field",
    "mutation_id",
    "membership",
    "mine",
    "theirs",
    "created_at",
    "settled_at",
    "version",
    "team",
    "theirs_by",
    "mine_at",
    "theirs_at",
    "choice",
    "settled_by",
)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def keep(batch: Batch, lost: Sequence[Kept]) -> None:
    """Keep values that lost. An author who goes on changing a value that lost has one open conflict, not many."""
    if not lost:
        return
    known = await _open(batch, {one.entity_id for one in lost})
    for one in lost:
        by, at = await _last_change(batch, one)
        row = {
            "id": uuid4(),
            "organisation": batch.actor.organisation,
            "entity": one.entity,
            "entity_id": one.entity_id,
            "field": one.conflict.field,
            "mutation_id": one.mutation.id,
            "membership": one.around.actor.membership,
            "mine": _json(one.conflict.mine),
            "theirs": _json(one.conflict.theirs),
            "created_at": batch.now,
            "settled_at": None,
            "version": 1,
            "team": one.team,
            "theirs_by": by,
            "mine_at": one.around.moment(one.mutation.occurred_at),
            "theirs_at": at,
            "choice": None,
            "settled_by": None,
        }
        earlier = next((other for other in known if _goes_on(other, row, one)), None)
        if earlier is None:
            known.append(row)
            await batch.tx.execute_many(
                f"INSERT INTO sync_conflict ({', '.join(_COLUMNS)}) VALUES ({marks(len(_COLUMNS))})",  # noqa: S608
                [[row[name] for name in _COLUMNS]],
            )
        else:
            kept = ("id", "created_at")
            earlier.update(
                {name: value for name, value in row.items() if name not in kept}, version=earlier["version"] + 1
            )
            await _update(batch, [earlier])
        tell(batch, earlier or row)


def _goes_on(earlier: Row, row: Row, lost: Kept) -> bool:
    """Whether the author repeats, or goes on from, a value of theirs that lost before."""
    same = all(earlier[name] == row[name] for name in ("entity", "entity_id", "field", "membership"))
    return same and earlier["mine"] in {row["mine"], _json(lost.base)}


async def _last_change(batch: Batch, lost: Kept) -> tuple[UUID | None, datetime | None]:
    """Who gave the field the value that stays, and when; unless it was there from the beginning, a revision knows."""
    found = await batch.tx.fetch(
        "SELECT membership, occurred_at, old FROM revision "
        "WHERE organisation = ? AND entity_id = ? AND version <= ? ORDER BY version DESC LIMIT 200",
        batch.actor.organisation,
        lost.entity_id,
        lost.version,
    )
    for revision in found:
        if lost.conflict.field in msgspec.json.decode(revision["old"]):
            return revision["membership"], revision["occurred_at"]
    entity = batch.registry.get(lost.entity)
    made = await batch.tx.fetch_one(
        f"SELECT author, received_at FROM {entity.table} WHERE id = ?",  # noqa: S608
        lost.entity_id,
    )
    return (made["author"], made["received_at"]) if made else (None, None)


async def follow(batch: Batch, overlay: Overlay, keys: Iterable[Key]) -> None:
    """Open conflicts of rows that changed show what the field holds now; one whose value it holds is settled by that.

    They go with a row that was deleted, come back with it, and pass with it to another team.
    """
    rows = {identity: overlay.row((name, identity)) for name, identity in keys}
    for conflict in await _open(batch, rows):
        row = rows[conflict["entity_id"]]
        owner = batch.registry.get(conflict["entity"]).owner(row, batch.here)
        present = _json(row[conflict["field"]])
        changes: Row = {}
        if present == conflict["mine"]:
            changes = {"choice": "mine", "settled_by": batch.actor.membership, "settled_at": batch.now}
        elif present != conflict["theirs"]:
            changes = {"theirs": present, "theirs_by": batch.actor.membership, "theirs_at": batch.now}
        if owner and owner["team"] != conflict["team"]:
            left = FeedEntry(
                f"team:{conflict['team']}", "conflict", conflict["id"], "remove", conflict["version"], "scope"
            )
            batch.tell(left)
            changes["team"] = owner["team"]
        if changes:
            conflict.update(changes, version=conflict["version"] + 1)
            await _update(batch, [conflict])
        tell(batch, conflict, deleted=row["deleted_at"] is not None)


async def write_settled(batch: Batch, rows: Sequence[Row]) -> None:
    """Write conflicts that somebody settled (rows with decoded values)."""
    written = [{**row, "mine": _json(row["mine"]), "theirs": _json(row["theirs"])} for row in rows]
    await _update(batch, written)
    for row in written:
        tell(batch, row)


def tell(batch: Batch, conflict: Row, *, deleted: bool = False) -> None:
    """Let the author of the value that lost and the team's supervisors know of a conflict as it stands."""
    kind, reason = ("remove", "deleted") if deleted else ("put", None)
    for scope in (f"member:{conflict['membership']}", f"team:{conflict['team']}"):
        batch.tell(FeedEntry(scope, "conflict", conflict["id"], kind, conflict["version"], reason))


async def _open(batch: Batch, ids: Iterable[UUID]) -> list[Row]:
    """Open conflicts of these records, locked; their values are JSON text."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return await batch.tx.fetch(
        "SELECT * FROM sync_conflict WHERE organisation = ? AND settled_at IS NULL "  # noqa: S608
        f"AND entity_id IN ({marks(len(wanted))}) ORDER BY id {batch.tx.for_update}",
        batch.actor.organisation,
        *wanted,
    )


async def _update(batch: Batch, rows: Sequence[Row]) -> None:
    names = [name for name in _COLUMNS if name != "id"]
    await batch.tx.execute_many(
        f"UPDATE sync_conflict SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?",  # noqa: S608
        [[*(row[name] for name in names), row["id"]] for row in rows],
    )
