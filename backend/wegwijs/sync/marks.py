"""The age of a position in the feed: one mark a night tells how far each organisation's counter stood.

So rows of the feed need no time of their own, and a push writes none.
"""

from datetime import datetime, timedelta
from uuid import UUID

from wegwijs.foundation.database import Transaction

_KEPT = timedelta(days=3650)


async def positions(tx: Transaction) -> dict[UUID, int]:
    """Where every organisation's counter stands now."""
    return {row["organisation"]: row["seq"] for row in await tx.fetch("SELECT organisation, seq FROM sync_clock")}


async def set_marks(tx: Transaction, moment: datetime, stood: dict[UUID, int]) -> None:
    """Write down where the counters stood at `moment`."""
    await tx.execute_many(
        "INSERT INTO sync_mark (organisation, marked_at, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(organisation, moment, seq) for organisation, seq in stood.items()],
    )
    await tx.execute("DELETE FROM sync_mark WHERE marked_at < ?", moment - _KEPT)


async def seq_before(tx: Transaction, organisation: UUID, moment: datetime) -> int:
    """A position that all changes after `moment` are beyond; 0 when no mark is that old."""
    mark = await tx.fetch_one(
        "SELECT seq FROM sync_mark WHERE organisation = ? AND marked_at <= ? ORDER BY marked_at DESC LIMIT 1",
        organisation,
        moment,
    )
    return int(mark["seq"]) if mark else 0
