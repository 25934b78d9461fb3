"""Writing what groups left behind: rows, revisions, decisions and conflicts in bulk; and what the feed tells."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from wegwijs.foundation.database import Transaction, marks
from wegwijs.sync import conflicts, ledger
from wegwijs.sync.batch import Batch, Effects
from wegwijs.sync.entity import Key, Row, Surroundings
from wegwijs.sync.feed import FeedEntry
from wegwijs.sync.gather import by_kind
from wegwijs.sync.overlay import CONFLICT, MUTATION, Overlay
from wegwijs.sync.rows import insert_rows, update_rows
from wegwijs.sync.windows import returning


async def write(batch: Batch, overlay: Overlay, keys: Sequence[Key], effects: Effects) -> None:
    """One bulk insert and one bulk update a table, parents before children; then what hangs on it."""
    kinds = by_kind(dict.fromkeys(keys))
    changed: list[Key] = []
    for entity in batch.registry:
        ids = kinds.get(entity.name, [])
        new = [overlay.row((entity.name, one)) for one in ids if (entity.name, one) not in overlay.stored]
        old = [overlay.row((entity.name, one)) for one in ids if (entity.name, one) in overlay.stored]
        await insert_rows(batch.tx, entity, new)
        await update_rows(batch.tx, entity, old)
        changed += [(entity.name, row["id"]) for row in old]
    overlay.stored.update(keys)
    await insert(batch.tx, "revision", effects.revisions)
    decided = [overlay.row((MUTATION, one)) for one in kinds.get(MUTATION, [])]
    if decided:
        await _decide(batch, decided)
    settled = [overlay.row((CONFLICT, one)) for one in kinds.get(CONFLICT, [])]
    await conflicts.write_settled(batch, settled)
    await conflicts.keep(batch, effects.conflicts)
    moved = [key for key, _ in effects.moved]
    if changed or moved:
        await conflicts.follow(batch, overlay, [*changed, *moved])
    records, here = [key for key in keys if key[0] not in {MUTATION, CONFLICT}], batch.here
    await _bring_back(batch, overlay, here, records)
    for key in records:
        batch.tell(*entries(overlay, key, _scopes(batch, overlay, here, key)))
    for key, before in effects.moved:
        batch.tell(*_moved(overlay, key, before, _scopes(batch, overlay, here, key)))


async def _bring_back(batch: Batch, overlay: Overlay, here: Surroundings, keys: Sequence[Key]) -> None:
    """Let what had left devices by the window return whole when something of it changes. A new contact, and all that
    came with it, is not looked up."""
    made = {identity for name, identity in keys if overlay.row((name, identity))["version"] == 1}
    owners: dict[str, dict[Any, Row]] = {}
    for name, identity in keys:
        entity = batch.registry.get(name)
        owner = entity.owner(overlay.row((name, identity)), here)
        if owner is not None and owner["id"] not in made:
            owners.setdefault(batch.registry.root(entity).name, {})[owner["id"]] = owner
    for name, found in owners.items():
        root, organisation = batch.registry.get(name), batch.actor.organisation
        batch.tell(*await returning(batch.tx, batch.registry, organisation, root, list(found.values())))


async def insert(tx: Transaction, table: str, rows: Sequence[Row]) -> None:
    """One bulk insert of rows that all have the same columns."""
    if rows:
        names = list(rows[0])
        await tx.execute_many(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks(len(names))})",  # noqa: S608
            [list(row.values()) for row in rows],
        )


async def _decide(batch: Batch, rows: list[Row]) -> None:
    """What becomes of mutations handed in before, and word of it to their authors."""
    told: list[Row] = []
    for row in rows:
        known = batch.decided.get(row["id"])
        version = known["outcome"] if known else row["outcome"] + 1
        told.append({**row, "outcome": version})
        batch.decided[row["id"]] = told[-1]
        batch.tell(FeedEntry(f"member:{row['membership']}", "mutation_outcome", row["id"], "put", version))
    await ledger.decide(batch.tx, batch.actor.organisation, told)


def entries(overlay: Overlay, key: Key, scopes: Iterable[str]) -> list[FeedEntry]:
    """What the feed tells of a row: that it is there, or that it went, in each scope it is seen in."""
    row = overlay.row(key)
    kind, reason = ("put", None) if row["deleted_at"] is None else ("remove", "deleted")
    return [FeedEntry(scope, *key, kind, row["version"], reason) for scope in scopes]


def _moved(overlay: Overlay, key: Key, before: Iterable[str], scopes: Collection[str]) -> list[FeedEntry]:
    """The same for a row that changed hands: it leaves the scopes that it is not in any more."""
    version = overlay.row(key)["version"]
    left = [FeedEntry(scope, *key, "remove", version, "scope") for scope in before if scope not in scopes]
    return [*left, *entries(overlay, key, scopes)]


def _scopes(batch: Batch, overlay: Overlay, here: Surroundings, key: Key) -> tuple[str, ...]:
    entity = batch.registry.get(key[0])
    owner: Any = entity.owner(overlay.row(key), here)
    return entity.scopes(owner) if owner else ()
