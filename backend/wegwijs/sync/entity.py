"""What a domain tells the synchronisation about a kind of record."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction
from wegwijs.people.access import Actor
from wegwijs.sync.core.merge import Policy
from wegwijs.sync.history import History
from wegwijs.sync.schemas import Via

Row = dict[str, Any]
Key = tuple[str, UUID]
_TOLERATED = timedelta(minutes=10)


class Refused(Exception):
    """A mutation cannot be applied. `code` stands in `sync/problems.py`."""

    def __init__(self, code: str, field: str | None = None) -> None:
        self.code = code
        self.field = field
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record.

    `codes` names the code list its values come from; `parent` the entity it refers to; `counted` that reports count by
    it; `once` that it is set when the record is made and never again.
    """

    policy: Policy = Policy.KEEP_BOTH
    codes: str | None = None
    parent: str | None = None
    counted: bool = False
    once: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Lists:
    """The code lists of an organisation: codes that ever existed by list, the parent of a code, how sensitive it is."""

    codes: Mapping[str, frozenset[str]]
    parents: Mapping[str, str]
    sensitivity: Mapping[str, str]


@dataclass(slots=True)
class Surroundings:
    """What a domain may look at while a record is judged: who, when, the lists, and the rows around it.

    `actor` is the author; `by` the membership that acts, which is another where a supervisor puts right what was handed
    over. `find` follows a record that was merged away to the one that stands for it. `changed` are the fields that a
    change gives another value; None: the record is new.
    """

    actor: Actor
    now: datetime
    skew: timedelta
    lists: Lists
    find: Callable[[str, UUID], Row | None]
    via: Via
    by: UUID
    changed: Collection[str] | None = None

    @property
    def clock_skewed(self) -> bool:
        """Whether the device's clock is more than ten minutes off."""
        return abs(self.skew) > _TOLERATED

    def moment(self, told: datetime) -> datetime:
        """When something happened, as far as one can tell: a wrong clock is set right, and nothing is in the future."""
        try:
            return min((told + self.skew if self.clock_skewed else told).astimezone(UTC), self.now)
        except OverflowError:
            return self.now


class Readable(Protocol):
    """A kind of row that the feed can answer: where it stands, and what of it travels."""

    @property
    def name(self) -> str: ...

    @property
    def table(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def lists(self) -> frozenset[str]: ...

    @property
    def keeps(self) -> Callable[[Row], bool]: ...

    def data(self, row: Row) -> dict[str, Any]: ...


def _asks_nothing(row: Row) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A kind of row that only the server writes: devices pull it and hand none in.

    `key` is the column by which the feed names a row, `lists` the columns that hold JSON, `wire` gives what travels.
    The table has a column `organisation`: where two organisations share an id, each gets its own row. What `keeps`
    says yes to stays on the device however old it is.
    """

    name: str
    table: str
    wire: Callable[[Row], dict[str, Any]]
    key: str = "id"
    lists: frozenset[str] = frozenset()
    keeps: Callable[[Row], bool] = _asks_nothing

    def data(self, row: Row) -> dict[str, Any]:
        """The row as it goes over the wire."""
        return self.wire(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedEntity:
    """A kind of record that travels.

    `changes` is a msgspec struct of all writable fields with types and limits, each UNSET by default. `columns` are the
    table's columns in order, `lists` those of them that hold JSON lists. `prepare` fills what follows from the fields
    and may raise Refused; `owner` gives the row that decides scopes and rights (the row itself or its parent);
    `scopes` the scopes it is seen in; `wire` the read-only members of its data.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    lists: frozenset[str]
    changes: type[msgspec.Struct]
    fields: Mapping[str, Field]
    prepare: Callable[[Row, Surroundings], None]
    owner: Callable[[Row, Surroundings], Row | None]
    scopes: Callable[[Row], tuple[str, ...]]
    may_write: Callable[[Actor, Row], bool]
    wire: Callable[[Row], dict[str, Any]]
    parents: tuple[tuple[str, str], ...] = field(default=())
    """(field, entity) of the references that a deletion follows downward."""
    key: str = "id"
    keeps: Callable[[Row], bool] = _asks_nothing
    """Whether a row still asks for something, and so stays on the device however old it is."""

    def data(self, row: Row) -> dict[str, Any]:
        """The record as it goes over the wire."""
        return {name: row[name] for name in self.fields} | self.wire(row)


class Registry:
    """All kinds of records, by name, parents before children, and where their code lists come from.

    `served` are the kinds of rows that only the server writes. `history` says how mutations of older apps are read.
    """

    def __init__(
        self,
        *entities: SyncedEntity,
        lists: Callable[[Transaction, UUID], Awaitable[Lists]],
        served: Iterable[Served] = (),
        history: History | None = None,
    ) -> None:
        self.lists = lists
        self.history = history or History()
        self._entities = {entity.name: entity for entity in entities}
        self._readable: dict[str, Readable] = {**self._entities, **{one.name: one for one in served}}

    def get(self, name: str) -> SyncedEntity:
        """The entity of this name. Raises Refused `unknown_entity`, also for one that only the server writes."""
        try:
            return self._entities[name]
        except KeyError:
            raise Refused("unknown_entity", "entity") from None

    def readable(self, name: str) -> Readable:
        """Whatever the feed may name. Raises KeyError."""
        return self._readable[name]

    def root(self, entity: SyncedEntity) -> SyncedEntity:
        """The kind of record that records of this kind hang on in the end: itself when they hang on nothing."""
        return self.root(self.get(entity.parents[0][1])) if entity.parents else entity

    def windowed(self) -> list[Readable]:
        """Kinds of rows that leave devices after a time, by themselves and not with what they hang on."""
        return [kind for kind in self._readable.values() if not getattr(kind, "parents", ())]

    def __iter__(self) -> Iterator[SyncedEntity]:
        return iter(self._entities.values())

    def children(self, name: str) -> list[tuple[SyncedEntity, str]]:
        """Entities that refer to this one, each with the field that refers."""
        return [
            (entity, reference)
            for entity in self._entities.values()
            for reference, parent in entity.parents
            if parent == name
        ]
