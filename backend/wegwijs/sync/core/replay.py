"""What the worker sees: the server's rows with the own unsent sets replayed over them (`pwa/src/sync/core/replay.ts`).

Nothing is written, so a pull can never lose or flicker what was typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from wegwijs.sync.core.merge import Policy, merge_field
from wegwijs.sync.core.queue import Json, Queued, handed_over_ids, replaced_ids

_SEVERITY = ("arrived", "sent", "here", "look")
_LISTS = frozenset({"further_actions", "barriers"})
"""Lists in which both sides' changes count; of every other field the author's own value is shown until the answer."""


@dataclass(frozen=True, slots=True)
class ServerRow:
    """The server's copy of one row on this device."""

    entity: str
    id: str
    version: int
    data: Json


@dataclass(frozen=True, slots=True)
class Replayed:
    """A row as it is shown. `version` is that of the server's copy, None when there is none on this device.

    `waits` says what a record that was handed in waits for: another record (`other`) or a supervisor.
    """

    entity: str
    id: str
    version: int | None
    data: Json
    removed: bool = False
    state: str = "arrived"
    waits: Literal["other", "supervisor"] | None = None
    error: Json | None = None


def replay(rows: Iterable[ServerRow], queue: Iterable[Queued]) -> dict[str, Replayed]:
    """Rows by id after replay, those that were removed included (`removed`)."""
    view = {row.id: Replayed(row.entity, row.id, row.version, row.data) for row in rows}
    queue = sorted(queue, key=lambda one: int(one.mutation["no"]))
    replaced, passed_on = replaced_ids(queue), handed_over_ids(queue)
    for queued in queue:
        if queued.state != "kept" and queued.id not in replaced:
            handed_over = queued.state == "handed_over" or (queued.state == "look" and queued.id in passed_on)
            _lay(view, queued, handed_over)
    return view


def _lay(view: dict[str, Replayed], queued: Queued, handed_over: bool) -> None:
    mutation, result = queued.mutation, queued.result or {}
    identity = mutation["entity_id"]
    row = view.get(identity) or Replayed(mutation["entity"], identity, None, {})
    row = replace(row, state=worse(row.state, _shown_state(queued, handed_over)))
    # The pull may be faster than this replay: a row that already holds the effect keeps what came after it.
    shown = result.get("version")
    if row.version is None or shown is None or row.version < shown:
        row = _apply(view, row, queued)
    if queued.state == "held":
        row = replace(row, waits="other")
    if handed_over:
        row = replace(row, waits="supervisor")
    elif queued.state == "look":
        row = replace(row, error=result.get("error") or {"code": "unknown", "field": None, "message_key": None})
    # An answer to a refusal says nothing of the record: without one there is nothing to show.
    if not queued.is_answer or identity in view:
        view[identity] = row


def _apply(view: dict[str, Replayed], row: Replayed, queued: Queued) -> Replayed:
    match queued.mutation["op"]:
        case "create" | "update":
            # In a conflict the server's value stays until somebody chooses. An update beats a deletion.
            lost = {conflict["field"] for conflict in (queued.result or {}).get("conflicts", [])}
            return replace(row, removed=False, data=row.data | _foretold(row.data, queued.mutation, lost))
        case "delete":
            return replace(row, removed=queued.state not in {"look", "handed_over"})  # a refused delete hides nothing
        case "undelete":
            return replace(row, removed=False)
        case "resolve" if queued.state != "look":
            return _choose(view, row, queued.mutation["set"]["choice"])
    return row  # discard and hand_over say something of a mutation, not of the record


def _foretold(current: Json, mutation: Json, lost: set[str]) -> Json:
    """What the fields will hold, as far as this device can know."""
    base = mutation["base"]
    found = {name: mine for name, mine in mutation["set"].items() if name not in lost}
    for name in _LISTS & found.keys() & base.keys():
        found[name] = merge_field(Policy.SET_UNION, base[name], current.get(name) or [], found[name]).value
    return found


def _choose(view: dict[str, Replayed], row: Replayed, choice: str) -> Replayed:
    """A choice between two versions shows at once, in the conflict and in the record."""
    row = replace(row, data=row.data | {"choice": choice})
    record = view.get(row.data.get("entity_id", ""))
    if record is not None:
        chosen = row.data["mine" if choice == "mine" else "theirs"]
        view[record.id] = replace(record, data=record.data | {row.data["field"]: chosen})
    return row


def _shown_state(queued: Queued, handed_over: bool) -> str:
    if handed_over or queued.state == "held":
        return "sent"
    if queued.state == "arrived":
        conflict = queued.result is not None and queued.result["status"] == "conflict"
        return "look" if conflict else "arrived"  # until the two versions are pulled
    return "arrived" if queued.state in {"kept", "handed_over"} else queued.state


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
    more = {"waits": row.waits, "error": row.error}
    return shown | {name: value for name, value in more.items() if value is not None}
