"""Restoring a backup, on either database: the whole of it, checked, or nothing.

Before anything is written the file is read to its end. Then one transaction loads it, compares, looks whether every
key in use has its private file, begins new epochs, and carries out what the journal holds since. Sessions are not in a
backup: everybody signs in again.
"""

import asyncio
from pathlib import Path
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.migrate import migrate, read_migrations
from wegwijs.foundation.settings import Settings
from wegwijs.operation import archive
from wegwijs.operation.backup import Made, remember
from wegwijs.operation.dump import Loaded, check, load, tables
from wegwijs.people.service import LOST, backup_key, check_keys
from wegwijs.sync.entity import Registry
from wegwijs.sync.restored import new_epoch, replay


class RestoreRefused(Exception):
    """The backup cannot be restored here; nothing was changed."""


class Restored(msgspec.Struct, frozen=True):
    """What a restore did. `erased` counts records that the journal erased again."""

    loaded: Loaded
    erased: int
    lost_keys: list[str]


async def check_archive(path: Path, settings: Settings) -> Loaded:
    """Open a backup and compare all its counts and hashes. Raises ArchiveError, KeysError, RestoreRefused."""
    key = backup_key(settings)
    loaded = await asyncio.to_thread(lambda: check(archive.read(path, key)))
    newer = sorted(set(loaded.head.migrations) - {migration.name for migration in read_migrations()})
    if newer:
        raise RestoreRefused(f"{path} was made by a newer release ({', '.join(newer)}): install that one first")
    return loaded


async def restore(
    db: Database, settings: Settings, registry: Registry, path: Path, *, accept_lost_keys: bool = False
) -> Restored:
    """Restore a backup into an empty database, which is migrated first where it has no schema.

    Raises ArchiveError, KeysError, JournalError, RestoreRefused; nothing is half restored.
    """
    await check_archive(path, settings)
    await migrate(db, lambda line: None)
    key, journal = backup_key(settings), Journal(settings.journal_dir)

    async def work(tx: Transaction) -> Restored:
        await _refuse_unless_empty(tx)
        loaded = await load(tx, archive.read(path, key))
        lost = await _lost_keys(tx, settings)
        if lost and not accept_lost_keys:
            raise RestoreRefused(
                "private keys are missing, take them from your copy of keys_dir: "
                + "; ".join(lost)
                + ". Without a seal key what phones sent while locked stays closed (--accept-lost-keys goes on)"
            )
        for clock in loaded.head.clocks:
            await new_epoch(tx, clock.organisation)
            # All that is in this database is in this backup, and it has just been read to its end.
            await tx.execute("UPDATE sync_clock SET durable_seq = seq WHERE organisation = ?", clock.organisation)
        await remember(tx, _made(path, loaded))
        return Restored(loaded, await replay(tx, registry, journal), lost)

    async with db.write() as tx:
        restored = await work(tx)
    await db.scrub()
    return restored


def _made(path: Path, loaded: Loaded) -> Made:
    rows = sum(total.rows for total in loaded.totals.values())
    return Made(path, loaded.head.made_at, path.stat().st_size, rows)


async def _refuse_unless_empty(tx: Transaction) -> None:
    for table in await tables(tx):
        if await tx.fetch_one(f"SELECT 1 AS one FROM {table.name} LIMIT 1"):  # noqa: S608
            raise RestoreRefused(f"the database is not empty ({table.name} has rows): restore into a new one")


async def _lost_keys(tx: Transaction, settings: Settings) -> list[str]:
    lost = []
    for row in await tx.fetch("SELECT id, slug FROM organisation ORDER BY slug"):
        for line in await check_keys(tx, settings, UUID(str(row["id"]))):
            if line.endswith(LOST):
                lost.append(f"{row['slug']} {' '.join(line.split()[:2])}")
    return lost
