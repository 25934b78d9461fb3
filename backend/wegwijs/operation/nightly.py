"""The jobs of the night, and what is done before a server answers."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from wegwijs.contacts.week_counts import count_weeks
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.jobs import Job
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.settings import Settings
from wegwijs.operation.backup import drop_old, forget_old, make_backup
from wegwijs.operation.highwater import Highwater
from wegwijs.people.service import forget_old_sessions
from wegwijs.sync.entity import Registry
from wegwijs.sync.letterbox.quarantine import forget_settled
from wegwijs.sync.marks import positions, set_marks
from wegwijs.sync.pruning import prune_feed, prune_ledger
from wegwijs.sync.restored import announce, replay
from wegwijs.sync.windows import close_window

Chunk = Callable[[Transaction], Awaitable[int]]


def jobs(db: Database, settings: Settings, registry: Registry) -> list[Job]:
    """What `wegwijs serve` runs at night: tidying, then the backup when a folder for it is set."""

    async def tidy() -> None:
        await tidy_up(db, settings, registry, now())

    async def back_up() -> None:
        if settings.backup_dir is not None:
            await make_backup(db, settings, settings.backup_dir)
            drop_old(settings.backup_dir, settings.backup_keep)

    found = [Job("tidy", settings.night_hour, tidy)]
    return [*found, Job("backup", settings.night_hour, back_up)] if settings.backup_dir else found


async def tidy_up(db: Database, settings: Settings, registry: Registry, moment: datetime) -> None:
    """Weeks are counted, old rows leave devices, the feed and the ledger are pruned: in chunks, so that pushes of the
    night wait for milliseconds only."""
    async with db.read() as tx:
        # As they stand now: what changes while the night's work goes on is the next night's.
        stood = await positions(tx)
        organisations = await tx.fetch("SELECT id, window_days, time_zone FROM organisation ORDER BY id")
        since = moment - timedelta(hours=25)
        erased = await tx.fetch_one("SELECT 1 AS one FROM purged_id WHERE purged_at > ? LIMIT 1", since)
    for row in organisations:
        organisation: UUID = row["id"]
        await count_weeks(db, organisation, row["time_zone"], moment)
        await close_window(db, registry, organisation, moment, row["window_days"])
        await _all_chunks(db, lambda tx, o=organisation: prune_feed(tx, o, moment, settings.feed_days))  # type: ignore[misc]
        await _all_chunks(db, lambda tx, o=organisation: prune_ledger(tx, o, moment, settings.ledger_days))  # type: ignore[misc]
    await db.run_write(lambda tx: set_marks(tx, moment, stood))
    await db.run_write(lambda tx: forget_old_sessions(tx, moment))
    await db.run_write(lambda tx: forget_settled(tx, moment))
    await db.run_write(lambda tx: forget_old(tx, moment))
    if erased:
        await db.scrub()


async def _all_chunks(db: Database, chunk: Chunk) -> None:
    while await db.run_write(chunk):
        pass


async def recover(db: Database, settings: Settings, registry: Registry) -> None:
    """Before a server answers: a database that was put back begins a new epoch, and the journal is carried out.

    Raises JournalError: nobody is let in again because a file is damaged.
    """
    journal, known = Journal(settings.journal_dir), Highwater(settings.journal_dir).read()

    async def work(tx: Transaction) -> int:
        await announce(tx, registry, journal, known)
        return await replay(tx, registry, journal)

    if await db.run_write(work):
        await db.scrub()
