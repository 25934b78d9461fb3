"""What one taking-in carries through its steps, and what each group of it leaves to be written."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction
from wegwijs.people.access import Actor, Colleague
from wegwijs.sync.entity import Key, Lists, Registry, Row, Surroundings
from wegwijs.sync.feed import FeedEntry
from wegwijs.sync.items import Item, Origin
from wegwijs.sync.overlay import Overlay
from wegwijs.sync.schemas import Conflict, Mutation, Via


@dataclass(slots=True)
class Kept:
    """A value that lost, and all that tells people whose it was."""

    entity: str
    entity_id: UUID
    team: UUID
    mutation: Mutation
    around: Surroundings
    conflict: Conflict
    base: object
    version: int
    """The record's version whose value stayed."""


@dataclass(slots=True)
class Effects:
    """What judging a group leaves behind besides changed rows."""

    conflicts: list[Kept] = field(default_factory=list)
    revisions: list[Row] = field(default_factory=list)
    moved: list[tuple[Key, tuple[str, ...]]] = field(default_factory=list)
    """Rows that changed hands, each with the scopes it was seen in."""

    def add(self, other: "Effects") -> None:
        """Take those of another group along."""
        self.conflicts += other.conflicts
        self.revisions += other.revisions
        self.moved += other.moved


@dataclass(slots=True)
class Batch:
    """One taking-in: the open transaction, who hands in, and what has been found so far."""

    tx: Transaction
    registry: Registry
    actor: Actor
    now: datetime
    lists: Lists
    careful: bool
    overlay: Overlay = field(default_factory=lambda: Overlay({}, set()))
    people: dict[UUID, Colleague] = field(default_factory=dict)
    """Whoever this is about, who hands in among them."""
    judged: dict[UUID, Item] = field(default_factory=dict)
    """What was judged in this batch, or is being judged: the ledger still calls it pending."""
    decided: dict[UUID, Row] = field(default_factory=dict)
    """Mutations handed in before of which somebody decided the fate."""
    something_waits: bool = True
    """Whether there is any use in looking for what waits."""
    feed: dict[tuple[str, str, UUID], FeedEntry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        one = self.actor
        known = Colleague(membership=one.membership, person=one.person, team=one.team, role=one.role, active=True)
        self.people[one.membership] = known

    def tell(self, *entries: FeedEntry) -> None:
        """Let the feed have these; of several on one row in one scope the last."""
        for entry in entries:
            self.feed[entry.scope, entry.entity, entry.entity_id] = entry

    def around(self, origin: Origin) -> Surroundings:
        """What a mutation of this origin is judged in: it may have waited and be another person's than who hands in."""
        author = self.on_behalf(origin.membership, origin.device)
        via: Via = "push" if origin.let_in else origin.via
        return Surroundings(author, self.now, origin.skew, self.lists, self._find, via, origin.membership)

    def on_behalf(self, membership: UUID, device: UUID) -> Actor:
        """The actor that a membership is on a device. It must be in `people`."""
        if membership == self.actor.membership:
            return self.actor if device == self.actor.device else msgspec.structs.replace(self.actor, device=device)
        one = self.people[membership]
        return msgspec.structs.replace(
            self.actor,
            membership=membership,
            device=device,
            person=one.person,
            team=one.team,
            role=one.role,
            session=None,
        )

    @property
    def here(self) -> Surroundings:
        """What whoever hands in looks at."""
        origin = Origin(self.actor.membership, self.actor.device, "push", self.registry.history.schema, timedelta())
        return self.around(origin)

    def _find(self, name: str, identity: UUID) -> Row | None:
        return self.overlay.standing(name, identity)
