"""From a mutation as it came to a step that can be judged: kind known, values with their Python types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from wegwijs.sync.entity import Key, Refused, Registry, Row, Surroundings, SyncedEntity
from wegwijs.sync.items import Item
from wegwijs.sync.overlay import CONFLICT
from wegwijs.sync.schemas import Choosing, HandingOver, Mutation, Nothing

T = TypeVar("T")


@dataclass(slots=True)
class Step:
    """A change of a record."""

    item: Item
    mutation: Mutation
    around: Surroundings
    entity: SyncedEntity
    set: Row
    base: Row

    @property
    def key(self) -> Key:
        """Which row it is about."""
        return self.entity.name, self.mutation.entity_id


@dataclass(slots=True)
class Resolve:
    """A choice between the two values of a conflict."""

    item: Item
    mutation: Mutation
    around: Surroundings
    choice: str


@dataclass(slots=True)
class Dismiss:
    """What becomes of a mutation that was refused or waits: `discarded`, or `handed_over` to the supervisors."""

    item: Item
    mutation: Mutation
    around: Surroundings
    target: UUID
    status: str


@dataclass(slots=True)
class PassOn:
    """A record passes to a colleague. `seen` is whose it was when the author decided; None: not said."""

    item: Item
    mutation: Mutation
    around: Surroundings
    entity: SyncedEntity
    to: UUID
    seen: UUID | None


AnyStep = Step | Resolve | Dismiss | PassOn


def read_values(entity: SyncedEntity, raw: Mapping[str, Any]) -> Row:
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


def read_step(registry: Registry, item: Item, mutation: Mutation, around: Surroundings) -> AnyStep:
    """Raises Refused `unknown_entity` or `malformed`."""
    match mutation.op:
        case "resolve":
            if mutation.entity != CONFLICT:
                raise Refused("malformed", "entity")
            return Resolve(item, mutation, around, _read(mutation.set, Choosing).choice)
        case "discard":
            return Dismiss(item, mutation, around, _target(mutation), "discarded")
        case "hand_over" if mutation.replaces is not None:
            return Dismiss(item, mutation, around, _target(mutation), "handed_over")
        case "hand_over":
            entity = registry.get(mutation.entity)
            if not {"author", "team"} <= set(entity.columns):
                raise Refused("malformed", "entity")
            seen = _read(mutation.base, HandingOver).to if mutation.base else None
            return PassOn(item, mutation, around, entity, _read(mutation.set, HandingOver).to, seen)
        case _:
            entity = registry.get(mutation.entity)
            values = read_values(entity, mutation.set)
            return Step(item, mutation, around, entity, values, read_values(entity, mutation.base))


def _target(mutation: Mutation) -> UUID:
    _read(mutation.set, Nothing)
    if mutation.replaces is None or mutation.replaces == mutation.id:
        raise Refused("malformed", "replaces")
    return mutation.replaces


def _read(raw: Mapping[str, Any], shape: type[T]) -> T:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError:
        raise Refused("malformed", "set") from None
