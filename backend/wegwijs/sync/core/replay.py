"""What the worker sees: the server's rows with the own unsent sets replayed over them (`pwa/src/sync/core/replay.ts`).

Nothing is written, so a pull can never lose or flicker what was typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from wegwijs.sync.core.queue import Json, Queued, replaced_ids

_SEVERITY = ("arrived", "sent", "here", "look")


@dataclass(frozen=True, slots=True)
class ServerRow:
    """The server's copy of one row on this device."""

    entity: str
    id: str
    version: int
    data: Json


@dataclass(frozen=True, slots=True)
class Replayed:
    """A row as it is shown. `version` is that of the server's copy, None when there is none on this device."""

    entity: str
    id: str
    version: int | None
    data: Json
    removed: bool = False
    state: str = "arrived"
    error: Json | None = None


def replay(rows: Iterable[ServerRow], queue: Iterable[Queued]) -> dict[str, Replayed]:
    """Rows by id after replay, those that were removed included (`removed`)."""
    view = {row.id: Replayed(row.entity, row.id, row.version, row.data) for row in rows}
    queue = sorted(queue, key=lambda one: int(one.mutation["no"]))
    replaced = replaced_ids(queue)
    for queued in queue:
        if queued.state != "kept" and queued.id not in replaced:
            _lay(view, queued)
    return view


def _lay(view: dict[str, Replayed], queued: Queued) -> None:
    mutation, result = queued.mutation, queued.result or {}
    identity = mutation["entity_id"]
    row = view.get(identity) or Replayed(mutation["entity"], identity, None, {})
    row = replace(row, state=worse(row.state, "arrived" if queued.state == "kept" else queued.state))
    # The pull may be faster than this replay: a row that already holds the effect keeps what came after it.
    shown = result.get("version")
    if row.version is None or shown is None or row.version < shown:
        row = _apply(row, queued)
    if queued.state == "look":
        row = replace(row, error=result.get("error") or {"code": "conflict", "field": None, "message_key": None})
    view[identity] = row


def _apply(row: Replayed, queued: Queued) -> Replayed:
    match queued.mutation["op"]:
        case "create" | "update":
            # In a conflict the server's value stays until somebody chooses. An update beats a deletion.
            lost = {conflict["field"] for conflict in (queued.result or {}).get("conflicts", [])}
            mine = {name: value for name, value in queued.mutation["set"].items() if name not in lost}
            return replace(row, removed=False, data=row.data | mine)
        case "delete":
            return replace(row, removed=queued.state != "look")  # a refused delete hides nothing
        case "undelete":
            return replace(row, removed=False)
    return row


def worse(one: str, other: str) -> str:
    """The state that says more: look, then here, then sent, then arrived."""
    return max(one, other, key=_SEVERITY.index)


def plain(row: Replayed) -> dict[str, Any]:
    """A replayed row as JSON, the shape of the shared vectors."""
    shown: dict[str, Any] = {
        "entity": row.entity,
        "id": row.id,
        "version": row.version,
        "data": row.data,
        "removed": row.removed,
        "state": row.state,
    }
    return shown if row.error is None else shown | {"error": row.error}
