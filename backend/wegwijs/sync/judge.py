"""Judging mutations against rows in memory: what each would change, or why it may not.

Nothing here touches the database; `push.py` loads the rows before and writes them after.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from wegwijs.sync.core.merge import merge_field
from wegwijs.sync.entity import Field, Key, Refused, Registry, Row, Surroundings, SyncedEntity
from wegwijs.sync.ledger import Item
from wegwijs.sync.schemas import Conflict, Mutation, MutationResult

_MISSING = object()


@dataclass(slots=True)
class Step:
    """A mutation whose entity is known and whose values have their Python types."""

    item: Item
    mutation: Mutation
    entity: SyncedEntity
    set: Row
    base: Row

    @property
    def key(self) -> Key:
        """Which row it is about."""
        return self.entity.name, self.mutation.entity_id


def _values(entity: SyncedEntity, raw: dict[str, Any]) -> Row:
    """The given fields with their Python types. Raises Refused `malformed` with the field."""
    if not raw:
        return {}
    try:
        struct = msgspec.convert(raw, entity.changes)
    except msgspec.ValidationError as error:
        place = str(error).rpartition("`$.")[2].strip("`") if "`$." in str(error) else None
        unknown = next((name for name in raw if name not in entity.fields), None)
        raise Refused("malformed", place or unknown) from None
    return {name: getattr(struct, name) for name in raw}


def read_step(registry: Registry, item: Item, mutation: Mutation) -> Step:
    """Raises Refused `unknown_entity` or `malformed`."""
    entity = registry.get(mutation.entity)
    return Step(item, mutation, entity, _values(entity, mutation.set), _values(entity, mutation.base))


class Overlay:
    """The rows of a batch as they would be, over the rows as they are. A group is staged, then kept or dropped."""

    def __init__(self, rows: dict[Key, Row], gone: set[Key]) -> None:
        self.stored = set(rows)
        self.gone = gone
        self._rows = rows
        self._staged: dict[Key, Row] = {}
        self._before: dict[Key, Row | None] = {}

    def find(self, name: str, identity: UUID) -> Row | None:
        """A row by entity and id, as the staged group would leave it."""
        key = (name, identity)
        return self._staged.get(key) or self._rows.get(key)

    def referring(self, name: str, reference: str, identity: UUID) -> list[Row]:
        """Rows of an entity that refer to this id."""
        both = {**self._rows, **self._staged}
        return [row for (entity, _), row in both.items() if entity == name and row[reference] == identity]

    def stage(self, name: str, row: Row) -> None:
        """Put a changed row over the old one."""
        self._staged[name, row["id"]] = row

    def keep(self) -> list[Key]:
        """Take the staged rows over. Returns their keys."""
        keys = list(self._staged)
        self._before = {key: self._rows.get(key) for key in keys}
        self._rows.update(self._staged)
        self._staged.clear()
        return keys

    def drop(self) -> None:
        """Forget the staged rows."""
        self._staged.clear()

    def take_back(self) -> None:
        """Undo the last `keep`: the store refused those rows, and later groups must see what it holds."""
        for key, row in self._before.items():
            if row is None:
                del self._rows[key]
            else:
                self._rows[key] = row

    def row(self, key: Key) -> Row:
        """A kept row."""
        return self._rows[key]


class Judge:
    """Applies steps to an overlay by the rules of docs/sync.md."""

    def __init__(self, registry: Registry, overlay: Overlay, around: Surroundings) -> None:
        self._registry = registry
        self._overlay = overlay
        self._around = around
        self.conflicts: list[Row] = []

    def apply(self, step: Step) -> MutationResult:
        """Stage what the mutation does. Raises Refused."""
        if step.key in self._overlay.gone:
            raise Refused("gone")
        match step.mutation.op:
            case "create":
                return self._create(step)
            case "update":
                return self._update(step, self._own_row(step))
            case "delete":
                return self._delete(step)
            case "undelete":
                return self._undelete(step, self._own_row(step))
            case _:
                raise Refused("malformed", "op")

    # -- finding ------------------------------------------------------------------------------------------------

    def _owned(self, entity: SyncedEntity, row: Row | None) -> bool:
        """Whether the row is the actor's to write. Foreign rows and missing ones are told apart by nobody."""
        if row is None or row["organisation"] != self._around.actor.organisation:
            return False
        owner = entity.owner(row, self._around)
        return owner is not None and entity.may_write(self._around.actor, owner)

    def _own_row(self, step: Step) -> Row:
        row = self._overlay.find(*step.key)
        if row is None or not self._owned(step.entity, row):
            raise Refused("not_yours")
        return dict(row)

    # -- operations ---------------------------------------------------------------------------------------------

    def _create(self, step: Step) -> MutationResult:
        existing = self._overlay.find(*step.key)
        if existing is not None:
            if self._owned(step.entity, existing) and existing["author"] == self._around.actor.membership:
                return self._update(step, dict(existing))
            raise Refused("id_taken", "entity_id")
        actor = self._around.actor
        row: Row = dict.fromkeys(step.entity.columns)
        row.update({name: [] for name in step.entity.lists})
        row.update(step.set)
        row.update(id=step.mutation.entity_id, organisation=actor.organisation, author=actor.membership)
        row.update(version=0, received_at=self._around.now)
        if "team" in row:
            row["team"] = actor.team
        for name, field in step.entity.fields.items():
            if field.required and row[name] is None:
                raise Refused("required", name)
        self._check(step)
        if not self._owned(step.entity, row):
            raise Refused("not_yours")
        return self._finish(step, row, "applied")

    def _update(self, step: Step, row: Row) -> MutationResult:
        self._check(step)
        conflicts: list[Conflict] = []
        by = row["deleted_by"]
        merged = row["deleted_at"] is not None  # an update beats a deletion, and the row's return is shown
        changed = merged
        row.update(deleted_at=None, deleted_by=None)
        for name, mine in step.set.items():
            field = step.entity.fields[name]
            current = row[name]
            if field.once and mine != current:
                raise Refused("read_only", name)
            verdict = merge_field(field.policy, self._base(step, row, name), current, mine)
            if verdict.conflict:
                conflicts.append(Conflict(name, mine, current))
            merged = merged or verdict.merged
            changed = changed or verdict.value != current
            row[name] = verdict.value
        for conflict in conflicts:
            self.conflicts.append(_kept(conflict, step, self._around))
        status = "conflict" if conflicts else "merged" if merged else "applied"
        if not changed:
            return MutationResult(step.mutation.id, status, version=row["version"], conflicts=conflicts)  # type: ignore[arg-type]
        result = self._finish(step, row, status, conflicts)
        if by is not None:
            self._bring_along(step.entity, row, by, step.mutation.id)
        return result

    @staticmethod
    def _base(step: Step, row: Row, name: str) -> Any:
        """What the author saw. Without a base, a change made on the present version saw the present value."""
        if name in step.base:
            return step.base[name]
        return row[name] if step.mutation.base_version == row["version"] else _MISSING

    def _delete(self, step: Step) -> MutationResult:
        row = self._overlay.find(*step.key)
        # A missing row is fine, and a foreign one is answered alike: nobody learns what exists.
        if row is None or row["deleted_at"] is not None or not self._owned(step.entity, row):
            return MutationResult(step.mutation.id, "applied")
        seen = step.mutation.base_version
        if seen is not None and seen < row["version"] and row["device"] != self._around.actor.device:
            return MutationResult(step.mutation.id, "merged", version=row["version"])  # an unseen update beats it
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

    # -- writing ------------------------------------------------------------------------------------------------

    def _mark(self, entity: SyncedEntity, row: Row, deleted_at: datetime | None, mutation: UUID) -> MutationResult:
        row.update(
            deleted_at=deleted_at,
            deleted_by=mutation if deleted_at else None,
            version=row["version"] + 1,
            device=self._around.actor.device,
        )
        self._overlay.stage(entity.name, row)
        return MutationResult(mutation, "applied", version=row["version"])

    def _finish(self, step: Step, row: Row, status: str, conflicts: list[Conflict] | None = None) -> MutationResult:
        step.entity.prepare(row, self._around)
        row["version"] += 1
        row["device"] = self._around.actor.device
        self._overlay.stage(step.entity.name, row)
        return MutationResult(step.mutation.id, status, version=row["version"], conflicts=conflicts or [])  # type: ignore[arg-type]

    def _check(self, step: Step) -> None:
        for name, value in step.set.items():
            field = step.entity.fields[name]
            if field.codes:
                self._check_codes(field, name, value)
            if field.parent and value is not None and not self._reachable(field.parent, value):
                raise Refused("unknown_parent", name)

    def _check_codes(self, field: Field, name: str, value: Any) -> None:
        known = self._around.lists.codes.get(field.codes or "", frozenset())
        for code in value if isinstance(value, list) else [value]:
            if code is not None and code not in known:
                raise Refused("unknown_code", name)

    def _reachable(self, parent: str, identity: UUID) -> bool:
        row = self._overlay.find(parent, identity)
        return row is not None and row["deleted_at"] is None and self._owned(self._registry.get(parent), row)


def _kept(conflict: Conflict, step: Step, around: Surroundings) -> Row:
    """The row of `sync_conflict` that keeps the author's value beside the server's."""
    return {
        "id": uuid4(),
        "organisation": around.actor.organisation,
        "entity": step.entity.name,
        "entity_id": step.mutation.entity_id,
        "field": conflict.field,
        "mutation_id": step.mutation.id,
        "membership": around.actor.membership,
        "mine": msgspec.json.encode(conflict.mine).decode(),
        "theirs": msgspec.json.encode(conflict.theirs).decode(),
        "created_at": around.now,
        "settled_at": None,
    }
