"""Decisions of people: a conflict is settled, a refused mutation is replaced, discarded or handed over."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.people.access import Role
from wegwijs.sync.batch import Batch
from wegwijs.sync.entity import Refused, Row, Surroundings
from wegwijs.sync.judge import Judge
from wegwijs.sync.overlay import CONFLICT, MUTATION
from wegwijs.sync.schemas import MutationResult
from wegwijs.sync.steps import Dismiss, PassOn, Resolve, Step, read_values

_OPEN = frozenset({"rejected", "held"})
_WITH_SUPERVISORS = _OPEN | {"handed_over"}
_HANDED_OVER = frozenset({"handed_over", "replaced", "discarded"})


class Decisions:
    """What people decide, staged on the same overlay as the changes of records."""

    def __init__(self, batch: Batch, judge: Judge) -> None:
        self._batch = batch
        self._overlay = batch.overlay
        self._judge = judge

    # -- replacing ----------------------------------------------------------------------------------------------

    def for_whom(self, step: Step | PassOn) -> Surroundings:
        """Whom a change is judged for: its author, or the author of what was handed over and is put right by it.

        Raises Refused `already_settled` when another supervisor was faster.
        """
        around = step.around
        target = self._target(step.mutation.replaces)
        if target is None or target["membership"] == around.actor.membership or not self._supervised(target, around):
            return around
        if target["status"] != "handed_over":
            raise Refused("already_settled", "replaces")
        author = self._batch.on_behalf(target["membership"], around.actor.device)
        return replace(around, actor=author)

    def replaced(self, step: Step | PassOn, *, applied: bool) -> None:
        """Mark what a change replaces. The payload of an author's own lives on in the new one, also a refused one;
        what was handed over stays with the supervisors until an answer to it is applied."""
        target = self._target(step.mutation.replaces)
        if target is None or target["status"] not in _WITH_SUPERVISORS:
            return
        own = target["membership"] == step.around.actor.membership
        if own or (applied and self._supervised(target, step.around)):
            self._settle(target, "replaced", step.around)

    # -- discarding and handing over ----------------------------------------------------------------------------

    def dismiss(self, step: Dismiss) -> MutationResult:
        """Discard a mutation, or hand it over. Raises Refused `not_yours`, `already_settled`, `needs_session`."""
        around, target = step.around, self._target(step.target)
        if target is None:
            raise Refused("bad_dependency", "replaces")
        if around.via == "letterbox":
            raise Refused("needs_session")
        own = target["membership"] == around.actor.membership
        if not own and not (step.status == "discarded" and self._supervised(target, around)):
            raise Refused("not_yours", "replaces")
        if target["status"] == step.status and target["settled_by"] == around.by:
            return MutationResult(step.mutation.id, "applied")
        possible = _OPEN if step.status == "handed_over" else _WITH_SUPERVISORS if own else {"handed_over"}
        if target["status"] not in possible:
            raise Refused("already_settled", "replaces")
        self._settle(target, step.status, around)
        return MutationResult(step.mutation.id, "applied")

    def _target(self, identity: UUID | None) -> Row | None:
        """A mutation that was handed in before, or in this very batch, with its status as of now."""
        row = self._overlay.find(MUTATION, identity) if identity else None
        if row is None or identity is None or row["settled_at"] is not None:
            return row
        item = self._batch.judged.get(identity)
        if item is not None:
            if item.result is None:
                return None
            row = {**row, "status": item.result.status}
        return None if row["status"] == "pending" else row

    def _supervised(self, target: Row, around: Surroundings) -> bool:
        """Whether this actor, as supervisor of the author's team, may see to it, or might have: it was handed over."""
        author = self._batch.people.get(target["membership"])
        supervises = author is not None and around.actor.role is Role.SUPERVISOR and author.team == around.actor.team
        return supervises and target["status"] in _HANDED_OVER

    def _settle(self, target: Row, status: str, around: Surroundings) -> None:
        settled = {**target, "status": status, "settled_by": around.by, "settled_at": around.now}
        self._overlay.stage(MUTATION, settled)

    # -- conflicts ----------------------------------------------------------------------------------------------

    def resolve(self, step: Resolve) -> MutationResult:
        """Settle a conflict. The first choice wins; who chose may change their mind.

        Raises Refused `not_yours`, `already_settled`, `needs_session`.
        """
        around = step.around
        conflict = self._overlay.find(CONFLICT, step.mutation.entity_id)
        if conflict is None or not _may_choose(conflict, around):
            raise Refused("not_yours")
        if around.via == "letterbox":
            raise Refused("needs_session")
        if conflict["choice"] is not None and conflict["settled_by"] != around.by:
            raise Refused("already_settled")
        if conflict["choice"] == step.choice:
            return MutationResult(step.mutation.id, "applied", version=conflict["version"])
        settled = {**conflict, "choice": step.choice, "settled_by": around.by, "settled_at": around.now}
        settled["version"] += 1
        self._apply(settled, again=conflict["choice"] is not None, step=step)
        self._overlay.stage(CONFLICT, settled)
        return MutationResult(step.mutation.id, "applied", version=settled["version"])

    def _apply(self, conflict: Row, *, again: bool, step: Resolve) -> None:
        """Let the record have what was chosen.

        `theirs` is what the author's value replaces, so that taking the choice back brings exactly that back; a field
        that somebody changed after the choice is left alone then.
        """
        entity = self._batch.registry.get(conflict["entity"])
        row = self._overlay.standing(conflict["entity"], conflict["entity_id"])
        if row is None:
            raise Refused("gone")
        name = conflict["field"]
        values = {side: read_values(entity, {name: conflict[side]})[name] for side in ("mine", "theirs")}
        current = row[name]
        if step.choice == "mine":
            conflict["theirs"] = _json(current)
        elif not again or current != values["mine"]:
            return
        if values[step.choice] != current:
            self._judge.write_field(entity, row, name, values[step.choice], step)


def _may_choose(conflict: Row, around: Surroundings) -> bool:
    actor = around.actor
    if conflict["organisation"] != actor.organisation:
        return False
    supervises = actor.role is Role.SUPERVISOR and conflict["team"] == actor.team
    return supervises or bool(conflict["membership"] == actor.membership)


def _json(value: Any) -> Any:
    """A value as it stands in JSON."""
    return msgspec.to_builtins(value)
