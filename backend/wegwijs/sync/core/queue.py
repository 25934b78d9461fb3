"""The life of one mutation on a device: here → sent → arrived, or *look* when the server asks for the worker.

The same machine as the app's (`pwa/src/sync/core/queue.ts`, vectors in `tests/vectors/queue.json`). A mutation leaves
the outbox only when the server has it (and a backup has it: `kept` are the sent copies that are handed in again after
a restore), when its record was purged, or when the worker discards it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Json = dict[str, Any]

State = Literal["here", "sent", "look", "arrived", "kept"]
"""`here`: never handed in. `sent`: handed in, no final answer yet. `look`: refused or in conflict, payload kept.
`arrived`: applied, not pulled back yet. `kept`: applied and pulled back; a copy for the case of a restore."""

Event = Literal["handed_in", "answered", "pulled", "restored"]

_ARRIVED = frozenset({"applied", "merged", "duplicate"})
_LOOK = frozenset({"conflict", "rejected"})


@dataclass(frozen=True, slots=True)
class Queued:
    """A mutation as it travels, where it stands, and the server's last answer to it."""

    state: State
    mutation: Json
    result: Json | None = None

    @property
    def id(self) -> str:
        """The mutation's id."""
        return str(self.mutation["id"])

    @property
    def unsettled(self) -> bool:
        """Not known to be on the server: counts as unsent, is handed in at every sync."""
        return self.state in {"here", "sent"}


def advance(queued: Queued, event: Event, result: Json | None = None) -> Queued | None:
    """The mutation after an event (`answered` carries its result); None when it leaves the outbox.

    The same object when nothing changes.
    """
    state = queued.state
    match event:
        case "handed_in":
            return replace(queued, state="sent") if state == "here" else queued
        case "answered":
            assert result is not None
            return None if result["status"] == "gone" else _answered(queued, result)
        case "pulled":
            return replace(queued, state="kept") if state == "arrived" else queued
        case "restored":
            return replace(queued, state="sent", result=None) if state in {"arrived", "kept"} else queued


def _answered(queued: Queued, result: Json) -> Queued:
    if not queued.unsettled:
        return queued  # a late copy of an answer changes nothing
    if result["status"] in _ARRIVED:
        return replace(queued, state="arrived", result=result)
    if result["status"] in _LOOK:
        return replace(queued, state="look", result=result)
    # Held waits on the server; a status of a later server is not understood: ask again next time.
    return replace(queued, state="sent", result=result)


def replaced_ids(queue: Iterable[Queued]) -> set[str]:
    """Ids of the mutations that others in the queue replace: no longer shown, no longer counted."""
    return {one.mutation["replaces"] for one in queue if one.mutation.get("replaces")}


def replaced_by(mutation: Json, queue: Iterable[Queued]) -> list[str]:
    """What a mutation replaces, and what that one replaced: all of it may go once the last word has arrived."""
    known = {one.id: one.mutation for one in queue}
    chain: list[str] = []
    identity = mutation.get("replaces")
    while identity and identity not in chain:
        chain.append(identity)
        identity = known.get(identity, {}).get("replaces")
    return chain


def last_unsettled(queue: Iterable[Queued], entity_id: str) -> Json | None:
    """The newest unsettled mutation on a record, on which the next one depends."""
    mine = [one.mutation for one in queue if one.unsettled and one.mutation["entity_id"] == entity_id]
    return max(mine, key=lambda mutation: int(mutation["no"]), default=None)
