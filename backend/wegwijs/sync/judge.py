"""Judging changes of records against rows in memory: what each would change, or why it may not.

Nothing here touches the database; `gather.py` loads the rows before and `write.py` writes them after.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.people.access import Role
from wegwijs.sync.batch import Batch, Effects, Kept
from wegwijs.sync.core.merge import merge_field
from wegwijs.sync.entity import Field, Refused, Row, Surroundings, SyncedEntity
from wegwijs.sync.schemas import Conflict, MutationResult
from wegwijs.sync.steps import PassOn, Resolve, Step

_MISSING = object()


class Judge:
    """Applies steps to an overlay by the rules of docs/sync.md."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._registry = batch.registry
        self._overlay = batch.overlay
        self._around: Surroundings
        self.effects = Effects()

    def change(self, step: Step, around: Surroundings) -> MutationResult:
        """Stage what a change does. `around` is whom it is judged for. Raises Refused."""
        self._around = around
        if step.key in self._overlay.gone:
            raise Refused("gone")
        match step.mutation.op:
            case "create":
                return self._create(step)
            case "update":
                return self._update(step, self._own_row(step))
            case "delete":
                return self._delete(step)
            case _:
                return self._undelete(step, self._own_row(step))

    # -- finding ------------------------------------------------------------------------------------------------

    def _owned(self, entity: SyncedEntity, row: Row | None) -> bool:
        """Whether the row is the actor's to write. Foreign rows and missing ones are told apart by nobody."""
        if row is None or row["organisation"] != self._around.actor.organisation:
            return False
        owner = entity.owner(row, self._around)
        return owner is not None and entity.may_write(self._around.actor, owner)

    def _own_row(self, step: Step) -> Row:
        row = self._overlay.standing(*step.key)
        if row is None or not self._owned(step.entity, row):
            raise Refused("not_yours")
        self._trusted(row)
        return dict(row)

    def _trusted(self, row: Row) -> None:
        """Sealed and without a session a device changes only what it made itself: a copy of its disk could forge."""
        if self._around.via == "letterbox" and row["made_on"] != self._around.actor.device:
            raise Refused("needs_session")

    # -- operations ---------------------------------------------------------------------------------------------

    def _create(self, step: Step) -> MutationResult:
        existing = self._overlay.standing(*step.key)
        actor = self._around.actor
        if existing is not None:
            if self._owned(step.entity, existing) and existing["author"] == actor.membership:
                self._trusted(existing)
                return self._update(step, dict(existing))
            raise Refused("id_taken", "entity_id")
        row: Row = dict.fromkeys(step.entity.columns)
        row.update({name: [] for name in step.entity.lists})
        row.update(step.set)
        row.update(id=step.mutation.entity_id, organisation=actor.organisation, author=actor.membership)
        row.update(version=0, received_at=self._around.now, made_on=actor.device)
        if "team" in row:
            row["team"] = actor.team
        for name, field in step.entity.fields.items():
            if field.required and row[name] is None:
                raise Refused("required", name)
        self._check(step, row)
        if not self._owned(step.entity, row):
            raise Refused("not_yours")
        return self._finish(step, row, "applied")

    def _update(self, step: Step, row: Row) -> MutationResult:
        self._check(step, row)
        conflicts: list[Conflict] = []
        by = row["deleted_by"]
        # An update beats a deletion, and what is in a record that others were merged into comes back as it became.
        merged = row["deleted_at"] is not None or row["id"] != step.mutation.entity_id
        changed = row["deleted_at"] is not None
        row.update(deleted_at=None, deleted_by=None)
        old: Row = {}
        for name, mine in step.set.items():
            field = step.entity.fields[name]
            current = row[name]
            if field.once and mine != current and not self._same_parent(field, mine, current):
                raise Refused("read_only", name)
            base = self._base(step, row, name)
            verdict = merge_field(field.policy, base, current, current if field.once else mine)
            if verdict.conflict:
                conflicts.append(Conflict(name, mine, current))
                self._keep_value(step, row, conflicts[-1], base)
            merged = merged or verdict.merged
            if verdict.value != current:
                old[name] = current
            row[name] = verdict.value
        status = "conflict" if conflicts else "merged" if merged else "applied"
        if not changed and not old:
            return MutationResult(step.mutation.id, status, version=row["version"], conflicts=conflicts)  # type: ignore[arg-type]
        result = self._finish(step, row, status, conflicts, old)
        self.revise(step.entity.name, row, old, step)
        if by is not None:
            self._bring_along(step.entity, row, by, step.mutation.id)
        return result

    @staticmethod
    def _base(step: Step, row: Row, name: str) -> Any:
        """What the author saw. Without a base, a change made on the present version saw the present value."""
        if name in step.base:
            return step.base[name]
        seen = step.mutation.base_version == row["version"] and step.mutation.entity_id == row["id"]
        return row[name] if seen else _MISSING

    def _same_parent(self, field: Field, mine: Any, current: Any) -> bool:
        """Whether a reference names a record that was merged into the one that the row refers to now."""
        if field.parent is None or mine is None:
            return False
        row = self._overlay.standing(field.parent, mine)
        return row is not None and row["id"] == current

    def _delete(self, step: Step) -> MutationResult:
        row = self._overlay.standing(*step.key)
        # A missing row is fine, and a foreign one is answered alike: nobody learns what exists.
        if row is None or row["deleted_at"] is not None or not self._owned(step.entity, row):
            return MutationResult(step.mutation.id, "applied")
        self._trusted(row)
        seen = step.mutation.base_version
        unseen = seen is not None and seen < row["version"] and row["device"] != self._around.actor.device
        # An update that the author has not seen beats a deletion, and so does what was merged with the record.
        if unseen or row["id"] != step.mutation.entity_id:
            return MutationResult(step.mutation.id, "merged", version=row["version"])
        for entity, reference in self._registry.children(step.entity.name):
            for child in self._overlay.referring(entity.name, reference, row["id"]):
                if child["deleted_at"] is None:
                    self._mark(entity, dict(child), self._around.now, step.mutation.id)
        return self._mark(step.entity, dict(row), self._around.now, step.mutation.id)

    def _undelete(self, step: Step, row: Row) -> MutationResult:
        by = row["deleted_by"]
        if by is None:
            return MutationResult(step.mutation.id, "applied", version=row["version"])
        result = self._mark(step.entity, row, None, step.mutation.id)
        self._bring_along(step.entity, row, by, step.mutation.id)
        return result

    def _bring_along(self, entity: SyncedEntity, row: Row, by: UUID, mutation: UUID) -> None:
        """Bring back what deletion `by` took along with a row that returns, and what the row hangs on.

        A help request whose contact stayed deleted would be seen by nobody.
        """
        for kind, reference in self._registry.children(entity.name):
            for child in self._overlay.referring(kind.name, reference, row["id"]):
                if child["deleted_by"] == by:
                    self._mark(kind, dict(child), None, mutation)
        for reference, parent in entity.parents:
            above = self._overlay.find(parent, row[reference]) if row[reference] else None
            if above is not None and above["deleted_by"] is not None:
                kind, back = self._registry.get(parent), dict(above)
                self._mark(kind, back, None, mutation)
                self._bring_along(kind, back, above["deleted_by"], mutation)

    def pass_on(self, step: PassOn, around: Surroundings) -> MutationResult:
        """A record passes to a colleague, and all that hangs on it with it. Raises Refused."""
        self._around = around
        identity = step.mutation.entity_id
        row = self._overlay.standing(step.entity.name, identity)
        if (step.entity.name, identity) in self._overlay.gone:
            raise Refused("gone")
        if row is None or not (self._owned(step.entity, row) or self._supervised(row)):
            raise Refused("not_yours")
        if around.via == "letterbox":
            raise Refused("needs_session")
        to = self._batch.people.get(step.to)
        if to is None or not to.active or to.role not in {Role.WORKER, Role.SUPERVISOR}:
            raise Refused("unknown_colleague", "to")
        # Whose record it is, is the server's to say: who decided on what has changed since, changes nothing.
        stale = step.seen is not None and step.seen != row["author"]
        if stale or row["author"] == to.membership:
            status = "merged" if stale and row["author"] != to.membership else "applied"
            return MutationResult(step.mutation.id, status, version=row["version"])  # type: ignore[arg-type]
        before = step.entity.scopes(row)
        passed = {**row, "author": to.membership, "team": to.team}
        passed.update(version=row["version"] + 1, device=around.actor.device)
        self._overlay.stage(step.entity.name, passed)
        self.effects.moved.append(((step.entity.name, row["id"]), before))
        for entity, reference in self._registry.children(step.entity.name):
            for child in self._overlay.referring(entity.name, reference, row["id"]):
                if child["deleted_at"] is None:
                    self.effects.moved.append(((entity.name, child["id"]), before))
        self.revise(step.entity.name, passed, {"author": row["author"], "team": row["team"]}, step)
        return MutationResult(step.mutation.id, "applied", version=passed["version"])

    def _supervised(self, row: Row) -> bool:
        actor = self._around.actor
        own = row["organisation"] == actor.organisation and row["team"] == actor.team
        return own and actor.role is Role.SUPERVISOR

    # -- writing ------------------------------------------------------------------------------------------------

    def write_field(self, entity: SyncedEntity, row: Row, name: str, value: Any, step: Resolve) -> None:
        """Let a record have the value that somebody chose. Raises Refused when it no longer fits the record."""
        self._around = step.around
        old = {name: row[name]}
        changed = {**row, name: value, "version": row["version"] + 1, "device": step.around.actor.device}
        step.around.changed = old
        entity.prepare(changed, step.around)
        self._overlay.stage(entity.name, changed)
        self.revise(entity.name, changed, old, step)

    def revise(self, entity: str, row: Row, old: Row, step: Step | PassOn | Resolve) -> None:
        """Keep what was there before."""
        if not old:
            return
        around = step.around
        self.effects.revisions.append(
            {
                "organisation": around.actor.organisation,
                "entity": entity,
                "entity_id": row["id"],
                "version": row["version"],
                "membership": around.by,
                "mutation_id": step.mutation.id,
                "received_at": around.now,
                "occurred_at": around.moment(step.mutation.occurred_at),
                "old": msgspec.json.encode(old).decode(),
            }
        )

    def _keep_value(self, step: Step, row: Row, conflict: Conflict, base: Any) -> None:
        owner = step.entity.owner(row, self._around)
        team = owner["team"] if owner else self._around.actor.team
        base = None if base is _MISSING else base
        self.effects.conflicts.append(
            Kept(step.entity.name, row["id"], team, step.mutation, self._around, conflict, base, row["version"])
        )

    def _mark(self, entity: SyncedEntity, row: Row, deleted_at: datetime | None, mutation: UUID) -> MutationResult:
        row.update(
            deleted_at=deleted_at,
            deleted_by=mutation if deleted_at else None,
            version=row["version"] + 1,
            device=self._around.actor.device,
        )
        self._overlay.stage(entity.name, row)
        return MutationResult(mutation, "applied", version=row["version"])

    def _finish(
        self,
        step: Step,
        row: Row,
        status: str,
        conflicts: list[Conflict] | None = None,
        changed: Collection[str] | None = None,
    ) -> MutationResult:
        self._around.changed = changed
        step.entity.prepare(row, self._around)
        row["version"] += 1
        row["device"] = self._around.actor.device
        self._overlay.stage(step.entity.name, row)
        return MutationResult(step.mutation.id, status, version=row["version"], conflicts=conflicts or [])  # type: ignore[arg-type]

    def _check(self, step: Step, row: Row) -> None:
        for name, value in step.set.items():
            field = step.entity.fields[name]
            if field.codes:
                self._check_codes(field, name, value)
            if field.parent and value is not None:
                parent = self._overlay.standing(field.parent, value)
                if parent is None or not self._reachable(field.parent, parent):
                    raise Refused("unknown_parent", name)
                if row["version"] == 0:
                    row[name] = parent["id"]  # the one that stands for a merged one

    def _check_codes(self, field: Field, name: str, value: Any) -> None:
        known = self._around.lists.codes.get(field.codes or "", frozenset())
        for code in value if isinstance(value, list) else [value]:
            if code is not None and code not in known:
                raise Refused("unknown_code", name)

    def _reachable(self, parent: str, row: Row) -> bool:
        return row["deleted_at"] is None and self._owned(self._registry.get(parent), row)
