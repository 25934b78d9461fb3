"""What the server tells devices on its own account: verdicts on what they handed in, and open or settled conflicts."""

from typing import Any

import msgspec

from wegwijs.foundation.clock import rfc3339
from wegwijs.sync.entity import Row, Served
from wegwijs.sync.items import came_by
from wegwijs.sync.ledger import WITH_PAYLOAD
from wegwijs.sync.schemas import MutationResult


def _outcome(row: Row) -> dict[str, Any]:
    """The verdict as it stands now: the status of the ledger, which may have changed since the first answer."""
    result = msgspec.json.decode(row["result"], type=MutationResult)
    return {
        "entity": row["entity"],
        "entity_id": row["entity_id"],
        "status": row["status"],
        "seq": row["seq"],
        "version": result.version,
        "conflicts": result.conflicts,
        "error": result.error,
        "via": came_by(row["via"])[0],
        "settled_by": row["settled_by"],
    }


def _conflict(row: Row) -> dict[str, Any]:
    told = ("entity", "entity_id", "field", "mine", "theirs")
    instants = {name: row[name] and rfc3339(row[name]) for name in ("mine_at", "theirs_at", "settled_at")}
    return {
        **{name: row[name] for name in told},
        "mine_by": row["membership"],
        "theirs_by": row["theirs_by"],
        "choice": row["choice"],
        "settled_by": row["settled_by"],
        **instants,
    }


MUTATION_OUTCOME = Served(
    name="mutation_outcome",
    table="sync_ledger",
    key="mutation_id",
    wire=_outcome,
    keeps=lambda row: row["status"] in WITH_PAYLOAD,
)
CONFLICT = Served(
    name="conflict",
    table="sync_conflict",
    lists=frozenset({"mine", "theirs"}),
    wire=_conflict,
    keeps=lambda row: row["settled_at"] is None,
)

SERVED = (MUTATION_OUTCOME, CONFLICT)
"""Kinds of rows that every registry knows."""
