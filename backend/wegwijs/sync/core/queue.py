"""The life of one mutation on a device: here → sent → arrived, or *look* when the server asks for the worker.

The same machine as the app's (`pwa/src/sync/core/queue.ts`, vectors in `tests/vectors/queue.json`). A mutation leaves
the outbox only when the server has it and a backup has it (`kept` are the sent copies that are handed in again after
a restore), when its record was purged, or when somebody answered its refusal.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Json = dict[str, Any]

State = Literal["here", "sent", "held", "look", "handed_over", "arrived", "kept"]
"""`here`: never handed in. `sent`: handed in, no answer yet. `held`: the server keeps it until what it waits for came.
`look`: refused, payload kept here and there. `handed_over`: refused, and now the supervisors' to answer.
`arrived`: applied, not pulled back yet. `kept`: applied and pulled back; a copy for the case of a restore."""

Event = Literal["handed_in", "answered", "outcome", "handed_over", "pulled", "restored"]
"""`answered`: the answer of a push. `outcome`: the same by the feed, where it may also change later. `handed_over`: the
server took the author's wish to hand it over. `restored`: the server lost what came after its last backup."""

_ARRIVED = frozenset({"applied", "merged", "duplicate", "conflict"})  # the two values are a record of their own
_OPEN = frozenset({"here", "sent", "held"})
_REFUSED = frozenset({"look", "handed_over"})
_ANSWERS = frozenset({"discard", "hand_over"})


@dataclass(frozen=True, slots=True)
class Queued:
    """A mutation as it travels, where it stands, and the server's last answer to it.

    `epoch` is that of the server whose `result` it is: positions of different epochs cannot be compared.
    """

    state: State
    mutation: Json
    result: Json | None = None
    epoch: str | None = None

    @property
    def id(self) -> str:
        """The mutation's id."""
        return str(self.mutation["id"])

    @property
    def unsettled(self) -> bool:
        """Not known to be on the server: counts as unsent, is handed in at every sync."""
        return self.state in {"here", "sent"}

    @property
    def is_answer(self) -> bool:
        """Only answers a refusal: says nothing of the record itself."""
        return self.mutation["op"] in _ANSWERS

    @property
    def settles(self) -> str | None:
        """The refused one that this mutation settles: a hand-over only passes it on."""
        return None if self.mutation["op"] == "hand_over" else self.mutation.get("replaces")


def advance(queued: Queued, event: Event, result: Json | None = None, epoch: str | None = None) -> Queued | None:
    """The mutation after an event (`answered` and `outcome` carry a result); None when it leaves the outbox.

    The same object when nothing changes.
    """
    state = queued.state
    match event:
        case "handed_in":
            return replace(queued, state="sent") if state == "here" else queued
        case "answered" | "outcome":
            assert result is not None
            if result["status"] == "gone":
                return None
            # A late copy of an answer changes nothing.
            listens = _OPEN if event == "answered" else _OPEN | _REFUSED
            return _judged(queued, result, epoch) if state in listens else queued
        case "handed_over":
            return replace(queued, state="handed_over") if state in {"look", "held"} else queued
        case "pulled":
            return replace(queued, state="kept") if state == "arrived" else queued
        case "restored":
            return queued if queued.unsettled else replace(queued, state="sent", result=None, epoch=None)


def _judged(queued: Queued, result: Json, epoch: str | None) -> Queued | None:
    answered = replace(queued, result=result, epoch=epoch)
    match result["status"]:
        case status if status in _ARRIVED:
            return replace(answered, state="arrived")
        case "held" | "handed_over" as status:
            return replace(answered, state=status)
        case "rejected":
            return replace(answered, state="look")
        case "replaced" | "discarded":
            return None  # somebody answered the refusal, here or at the desk
    # The status of a later server is not understood: it stays as it is, and is asked for again.
    return replace(answered, state="sent") if queued.unsettled else queued


def replaced_ids(queue: Iterable[Queued]) -> set[str]:
    """Ids of mutations that are not shown and not counted any more.

    Those that others in the queue settle, and refused answers to what is gone or has a newer answer.
    """
    queue = list(queue)
    newest = {one.mutation["replaces"]: int(one.mutation["no"]) for one in queue if one.mutation.get("replaces")}
    known = {one.id for one in queue}
    hidden: set[str] = set()
    for one in queue:
        target = one.mutation.get("replaces")
        if not target:
            continue
        idle = one.is_answer and one.state == "look"
        if not idle and one.settles:
            hidden.add(target)
        if idle and (target not in known or newest[target] > int(one.mutation["no"])):
            hidden.add(one.id)
    return hidden


def handed_over_ids(queue: Iterable[Queued]) -> set[str]:
    """Ids of refused mutations that their author is handing over: they ask nothing of the worker any more."""
    wishes = [one for one in queue if one.mutation["op"] == "hand_over" and one.state != "look"]
    return {one.mutation["replaces"] for one in wishes if one.mutation.get("replaces")}


def replaced_by(mutation: Json, queue: Iterable[Queued]) -> list[str]:
    """What a mutation settles, and what that one had settled: all of it may go once the last word has arrived."""
    known = {one.id: one.mutation for one in queue}
    chain: list[str] = []
    identity = None if mutation["op"] == "hand_over" else mutation.get("replaces")
    while identity and identity not in chain:
        chain.append(identity)
        identity = known.get(identity, {}).get("replaces")
    return chain


def last_unsettled(queue: Iterable[Queued], entity_id: str) -> Json | None:
    """The newest open mutation on a record, on which the next one depends."""
    own = [one for one in queue if one.mutation["entity_id"] == entity_id and one.state in _OPEN and not one.is_answer]
    return max((one.mutation for one in own), key=lambda mutation: int(mutation["no"]), default=None)


def settle(
    queue: Iterable[Queued], what: Literal["answered", "outcome"], results: Iterable[Json], epoch: str | None = None
) -> tuple[list[Queued], list[str]]:
    """What the server said of some mutations, by a push or by the feed, and what follows from it.

    Returns the rows of the outbox that change, and the ids of those that leave it.
    """
    queue = list(queue)
    verdicts = {result["id"]: result for result in results}
    after: dict[str, Queued | None] = {one.id: one for one in queue}
    for one in queue:
        if one.id not in verdicts:
            continue
        turned = after[one.id] = advance(one, what, verdicts[one.id], epoch)
        if turned is None or turned.state != "arrived" or one.state == "arrived":
            continue
        for identity in replaced_by(one.mutation, queue):
            after[identity] = None
        passed_on = after.get(one.mutation.get("replaces") or "") if one.mutation["op"] == "hand_over" else None
        if passed_on is not None:
            after[passed_on.id] = advance(passed_on, "handed_over")
    # An answer that was refused, to something that is settled by now, has nothing left to say.
    for one in queue:
        now, target = after[one.id], str(one.mutation.get("replaces"))
        if one.is_answer and now is not None and now.state == "look" and after.get(target, now) is None:
            after[one.id] = None
    before = {one.id: one for one in queue}
    changed = [one for one in after.values() if one is not None and one is not before[one.id]]
    return changed, [identity for identity, one in after.items() if one is None and identity in before]
