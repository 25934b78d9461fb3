"""Purge: a record leaves for good, with all that hangs on it and every text about it, wherever that lies.

What stays is the SHA-256 of each id, so that a late edit is answered `gone`, and an entry `remove/purged` in each scope
that ever held it, so that devices drop it too, with drafts, unsent edits and sent copies. Whoever changes the record at
the same moment waits for the row's lock and then finds it gone.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Row, Transaction, marks
from wegwijs.foundation.journal import Journal, id_digest
from wegwijs.sync.entity import Key, Registry
from wegwijs.sync.feed import FeedEntry, record_changes
from wegwijs.sync.items import entity_id, named_ids, rejected
from wegwijs.sync.letterbox.quarantine import purge_envelopes
from wegwijs.sync.rows import load_rows

_CHUNK = 500

# Every table of the synchronisation that holds text about records, and what a purge does with the rows of a record.
# A test compares this list, the registry and ABOUT_NO_RECORD with the tables of the database.
ABOUT_RECORDS = {
    "sync_change": "rewritten to remove/purged",
    "sync_ledger": "payload and result go, the verdict becomes `gone`",
    "sync_conflict": "deleted",
    "revision": "deleted",
    "quarantine": "deleted: the header of an envelope names the records it holds",
    "quarantine_record": "deleted with its envelope",
    "purged_id": "holds the digest of the id and nothing else",
}


async def purge(
    tx: Transaction,
    registry: Registry,
    organisation: UUID,
    name: str,
    ids: Iterable[UUID],
    journal: Journal | None = None,
) -> list[Key]:
    """Erase records with all that hangs on them; returns the keys of what was erased, the named ones always among them.

    A record that is not there (any more) is marked as erased all the same: an unsent copy of it may still arrive. With
    a journal the erasure is written there before it commits. Raises Problem `journal_unavailable`.
    """
    keys = await _tree(tx, registry, organisation, name, list(ids))
    if not keys:
        return []
    identities = [identity for _, identity in keys]
    if journal is not None:
        journal.append("erased", organisation, [id_digest(identity) for identity in identities])
    refused, unmade = await _hanging(tx, organisation, identities)
    await mark_digests(tx, organisation, map(id_digest, [*identities, *unmade]))
    hanging = await _erase_texts(tx, organisation, identities, refused)
    for entity in reversed(list(registry)):
        mine = [identity for kind, identity in keys if kind == entity.name]
        await _each_chunk(tx, f"DELETE FROM {entity.table} WHERE organisation = ? AND id IN", organisation, mine)  # noqa: S608
    await _tell(tx, organisation, [*identities, *hanging])
    return keys


async def _tree(tx: Transaction, registry: Registry, organisation: UUID, name: str, ids: list[UUID]) -> list[Key]:
    """The records and all that hangs on them. The named ones are locked first: who adds to them waits, or came before
    and is found."""
    root = registry.get(name)
    rows = await load_rows(tx, root, ids, lock=True)
    foreign = {row["id"] for row in rows if row["organisation"] != organisation}
    keys: dict[Key, None] = {(name, identity): None for identity in ids if identity not in foreign}
    level = [identity for _, identity in keys]
    above = [(name, level)]
    while above:
        parent, level = above.pop()
        kind = registry.get(parent)
        # What was merged into a record holds the same person's texts.
        itself = [(kind, "merged_into")] if "merged_into" in kind.columns else []
        for entity, reference in [*registry.children(parent), *itself]:
            rows = await load_rows(tx, entity, level, by=reference, lock=True)
            found = [row["id"] for row in rows if (entity.name, row["id"]) not in keys]
            if found:
                keys |= {(entity.name, identity): None for identity in found}
                above.append((entity.name, found))
    return list(keys)


async def _hanging(tx: Transaction, organisation: UUID, ids: list[UUID]) -> tuple[list[UUID], set[UUID]]:
    """Kept mutations that would have made or changed something that hangs on these records: they have made no row, and
    only their payload tells. Returns their ids, and the ids of what they would have made."""
    kept = await tx.fetch(
        "SELECT mutation_id, payload FROM sync_ledger WHERE organisation = ? AND payload IS NOT NULL", organisation
    )
    gone, made = hanging_on(set(ids), {row["mutation_id"]: msgspec.json.decode(row["payload"]) for row in kept})
    return sorted(gone), made


def hanging_on(
    erased: set[UUID], mutations: Mapping[UUID, Any], standing: Container[UUID] = ()
) -> tuple[set[UUID], set[UUID]]:
    """Which of these mutations (plaintext by id) are about erased records, or about what others of them would have made
    to hang on one. Returns their ids, and the ids of the records that they would have made (not in `standing`)."""
    about = {identity: named_ids(raw) for identity, raw in mutations.items()}
    gone, made = set[UUID](), set[UUID]()
    while True:
        found = {
            identity for identity, ids in about.items() if identity not in gone and not ids.isdisjoint(erased | made)
        }
        if not found:
            return gone, made
        gone |= found
        creations = [mutations[one] for one in found if mutations[one].get("op") == "create"]
        made |= {one for one in map(entity_id, creations) if one is not None and one not in standing}


async def mark_digests(tx: Transaction, organisation: UUID, digests: Iterable[str]) -> None:
    """Remember that records with these digests of their ids were erased, also such as never had a row here."""
    moment = now()
    await tx.execute_many(
        "INSERT INTO purged_id (organisation, digest, purged_at) VALUES (?, ?, ?) "
        "ON CONFLICT (organisation, digest) DO NOTHING",
        [(organisation, digest, moment) for digest in sorted(digests)],
    )


async def _erase_texts(tx: Transaction, organisation: UUID, ids: list[UUID], refused: list[UUID]) -> list[UUID]:
    """Erase every text about these records. Returns the ids of synced rows that were about them and go along."""
    conflicts = await _ids(
        tx, "SELECT id FROM sync_conflict WHERE organisation = ? AND entity_id IN", organisation, ids
    )
    outcomes = await _erase_ledger(tx, organisation, ids, refused)
    await _each_chunk(tx, "DELETE FROM sync_conflict WHERE organisation = ? AND entity_id IN", organisation, ids)
    await purge_envelopes(tx, organisation, ids)
    await _each_chunk(tx, "DELETE FROM revision WHERE organisation = ? AND entity_id IN", organisation, ids)
    return [*conflicts, *outcomes]


async def _erase_ledger(tx: Transaction, organisation: UUID, ids: list[UUID], refused: list[UUID]) -> list[UUID]:
    """Whatever was handed in about these records is answered `gone` from now on, and holds no text."""
    about = await _ids(
        tx, "SELECT mutation_id AS id FROM sync_ledger WHERE organisation = ? AND entity_id IN", organisation, ids
    )
    found = list(dict.fromkeys([*about, *refused]))
    await tx.execute_many(
        "UPDATE sync_ledger SET status = 'gone', result = ?, payload = NULL, waits_for = NULL "
        "WHERE organisation = ? AND mutation_id = ?",
        [(msgspec.json.encode(rejected(one, "gone", status="gone")).decode(), organisation, one) for one in found],
    )
    return found


async def _tell(tx: Transaction, organisation: UUID, ids: Sequence[UUID]) -> None:
    """`remove/purged` in every scope that held a row once: a device may have missed that it left."""
    seen: dict[tuple[str, str, UUID], FeedEntry] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        for row in await tx.fetch(
            "SELECT scope, entity, entity_id, version FROM sync_change "  # noqa: S608
            f"WHERE organisation = ? AND entity_id IN ({marks(len(chunk))})",
            organisation,
            *chunk,
        ):
            key = (row["scope"], row["entity"], row["entity_id"])
            seen[key] = FeedEntry(*key, "remove", row["version"], "purged")
    if seen:
        await record_changes(tx, organisation, list(seen.values()))


async def _ids(tx: Transaction, head: str, organisation: UUID, ids: Sequence[UUID]) -> list[UUID]:
    found: list[Row] = []
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        found += await tx.fetch(f"{head} ({marks(len(chunk))})", organisation, *chunk)
    return [row["id"] for row in found]


async def _each_chunk(tx: Transaction, head: str, organisation: UUID, ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        await tx.execute(f"{head} ({marks(len(chunk))})", organisation, *chunk)
