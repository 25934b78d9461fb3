"""Making a backup while serving, and believing in it only after it was opened and compared.

The order matters: snapshot, write, force to the disk, open again, compare every count and hash, give it its name, write
it down, and only then raise `durable_seq`. Devices keep a copy of what they sent until that number has passed it, so
they must not hear of a backup that nobody could open.
"""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.settings import Settings
from wegwijs.operation import archive
from wegwijs.operation.archive import ArchiveError
from wegwijs.operation.dump import Loaded, check, dump
from wegwijs.people.service import backup_key

SUFFIX = ".wegwijs"
_NAME = "%Y%m%dT%H%M%SZ"
_REMEMBERED = timedelta(days=400)


class Made(msgspec.Struct, frozen=True):
    """A verified backup. `bytes` is the size of the file, `rows` how many it holds in all."""

    path: Path
    made_at: datetime
    bytes: int
    rows: int


async def make_backup(db: Database, settings: Settings, folder: Path) -> Made:
    """Write, verify and record a backup in `folder`. Raises ArchiveError (also for a full disk), KeysError, Problem.

    A file that could not be verified is removed. `durable_seq` rises to what the snapshot held, organisation by
    organisation, where the epoch is still the same.
    """
    key, made_at = backup_key(settings, make=True), now()
    path = folder / f"wegwijs-{made_at:{_NAME}}-{uuid4().hex[:6]}{SUFFIX}"
    try:
        loaded = await _write_checked(db, path, key, made_at)
    except OSError as error:
        raise ArchiveError(f"{folder}: no backup can be written there ({error.strerror})") from error
    made = Made(path, made_at, path.stat().st_size, sum(total.rows for total in loaded.totals.values()))
    await db.run_write(lambda tx: _record(tx, made, loaded))
    return made


async def _write_checked(db: Database, path: Path, key: bytes, made_at: datetime) -> Loaded:
    """Write the file under another name, read it to its end, and only then give it its name."""
    draft = path.with_suffix(".part")
    await asyncio.to_thread(path.parent.mkdir, 0o700, parents=True, exist_ok=True)
    try:
        async with db.read() as tx:
            with archive.Writer(draft, key) as writer:
                async for lines in dump(tx, made_at):
                    await asyncio.to_thread(writer.write, lines)
        loaded = await asyncio.to_thread(lambda: check(archive.read(draft, key)))
        draft.rename(path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)
    return loaded


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _record(tx: Transaction, made: Made, loaded: Loaded) -> None:
    await remember(tx, made)
    for clock in loaded.head.clocks:
        await tx.execute(
            "UPDATE sync_clock SET durable_seq = ? WHERE organisation = ? AND epoch = ? AND durable_seq < ?",
            clock.seq,
            clock.organisation,
            clock.epoch,
            clock.seq,
        )


async def remember(tx: Transaction, made: Made) -> None:
    """Write down that a backup was opened and compared just now."""
    await tx.execute(
        "INSERT INTO backup (id, file, made_at, verified_at, bytes, row_count) VALUES (?, ?, ?, ?, ?, ?)",
        uuid4(),
        str(made.path)[-200:],
        made.made_at,
        now(),
        made.bytes,
        made.rows,
    )


async def forget_old(tx: Transaction, moment: datetime) -> None:
    """Forget backups of more than a year ago, but never the last one: that there was one is worth knowing."""
    await tx.execute(
        "DELETE FROM backup WHERE made_at < ? AND made_at < (SELECT MAX(made_at) FROM backup)", moment - _REMEMBERED
    )


def drop_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups of a folder; returns what was removed.

    A purge reaches no backup: what was erased leaves the last of them after `keep` nights.
    """
    # The name begins with the time, so that sorting by name is sorting by age.
    old = sorted(folder.glob(f"wegwijs-*{SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
    return old
