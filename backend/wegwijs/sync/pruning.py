"""What need not be kept for ever: old removals of the feed, and old rows of the ledger.

A removal that is pruned is one that a device might have missed. The floor of its scope remembers how far that went: a
cursor below it is told `feed_pruned` and pulls that scope anew. The latest `put` of a row always stays.
"""

from datetime import datetime, timedelta
from uuid import UUID

from wegwijs.foundation.database import Transaction, marks
from wegwijs.sync.ledger import WITH_PAYLOAD
from wegwijs.sync.marks import seq_before

CHUNK = 1000


async def prune_feed(tx: Transaction, organisation: UUID, moment: datetime, days: int) -> int:
    """Take one chunk of removals older than `days` out of the feed. Returns how many; 0 when none is left."""
    upto = await seq_before(tx, organisation, moment - timedelta(days=days))
    rows = await tx.fetch(
        "SELECT id, scope, seq FROM sync_change WHERE organisation = ? AND kind = 'remove' AND seq <= ? "
        "ORDER BY seq LIMIT ?",
        organisation,
        upto,
        CHUNK,
    )
    floors: dict[str, int] = {}
    for row in rows:
        floors[row["scope"]] = max(floors.get(row["scope"], 0), row["seq"])
    # The floor first: a pull that reads in between would otherwise miss what is gone.
    await tx.execute_many(
        "INSERT INTO sync_floor (organisation, scope, pruned_to) VALUES (?, ?, ?) "
        "ON CONFLICT (organisation, scope) DO UPDATE SET pruned_to = excluded.pruned_to",
        [(organisation, scope, seq) for scope, seq in floors.items()],
    )
    # A row that has changed since it was read has another seq, and stays.
    await tx.execute_many("DELETE FROM sync_change WHERE id = ? AND seq = ?", [(row["id"], row["seq"]) for row in rows])
    return len(rows)


async def prune_ledger(tx: Transaction, organisation: UUID, moment: datetime, days: int) -> int:
    """Delete one chunk of settled ledger rows older than `days`. What still holds a payload stays until it is settled.

    A device keeps a sent copy until a backup holds it: only where none was made for that long could one come twice.
    """
    held = sorted(WITH_PAYLOAD)
    return await tx.execute(
        "DELETE FROM sync_ledger WHERE id IN (SELECT id FROM sync_ledger WHERE organisation = ? AND received_at < ? "  # noqa: S608
        f"AND status NOT IN ({marks(len(held))}) ORDER BY id LIMIT ?)",
        organisation,
        moment - timedelta(days=days),
        *held,
        CHUNK,
    )
