"""What supervisors see. Codes are told as they are; the app puts them into words."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from wegwijs.sync.schemas import ResultError

Precision = Literal["time", "day", "month", "none"]
Sensitive = Literal["discreet", "restricted"]


class Author(msgspec.Struct):
    """Who logged it."""

    membership_id: UUID
    display_name: str


class RequestLine(msgspec.Struct, kw_only=True):
    """A help request in the list. `sensitive` ones are shown by a neutral sign."""

    id: UUID
    theme: str
    subtheme: str
    primary_action: str | None
    destination: str | None
    outcome: str | None
    sensitive: Sensitive | None


class ContactLine(msgspec.Struct, kw_only=True):
    """A contact in the list. `day` and `month` are the organisation's local ones."""

    id: UUID
    occurred_at: datetime | None
    date_precision: Precision
    day: str | None
    month: str | None
    received_at: datetime
    setting: str | None
    language: str | None
    author: Author
    heavy: bool
    incomplete: bool
    version: int
    requests: list[RequestLine]


class ContactPage(msgspec.Struct):
    """One page, the latest arrivals first. `total` counts all that fit the filters; `next` asks for the page after."""

    contacts: list[ContactLine]
    next: str | None
    total: int


class RequestDetail(RequestLine, kw_only=True):
    """A help request with all its fields."""

    position: int
    further_actions: list[str]
    self_reliance: str | None
    barriers: list[str]
    seen_before: str | None
    version: int


class NoteDetail(msgspec.Struct, kw_only=True):
    """A note. Of a `restricted` one the text stays with its author: null here."""

    id: UUID
    help_request_id: UUID | None
    text: str | None
    restricted: bool
    received_at: datetime
    version: int


class ContactDetail(msgspec.Struct, kw_only=True):
    """One contact with all its fields. `clock_skewed`: the device's clock was off by more than ten minutes."""

    id: UUID
    occurred_at: datetime | None
    date_precision: Precision
    day: str | None
    month: str | None
    received_at: datetime
    clock_skewed: bool
    author: Author
    setting: str | None
    language: str | None
    group_size: int | None
    duration: int | None
    heavy: bool
    referred_by: str | None
    interpreting: str | None
    gender: str | None
    age_band: str | None
    residence_status: str | None
    nationality: str | None
    district: str | None
    household_type: str | None
    literacy: str | None
    incomplete: bool
    tier: str
    version: int
    requests: list[RequestDetail]
    notes: list[NoteDetail]


class ReviewMember(msgspec.Struct):
    """Somebody whose contacts can be asked for; no longer `active` ones too."""

    membership_id: UUID
    display_name: str
    active: bool


class ReviewMembers(msgspec.Struct):
    """For the filter, by name."""

    members: list[ReviewMember]


class ConflictLine(msgspec.Struct, kw_only=True):
    """Two values of one field that wait for a choice. Of a `restricted` note the texts stay with their author: null."""

    id: UUID
    contact_id: UUID
    entity: str
    entity_id: UUID
    field: str
    mine: Any
    theirs: Any
    restricted: bool
    mine_by: Author | None
    theirs_by: Author | None
    mine_at: datetime | None
    theirs_at: datetime | None
    version: int


class HandedOver(msgspec.Struct, kw_only=True):
    """A mutation that its author handed over, as it came, and why it was not applied (null: it waited for another)."""

    mutation: dict[str, Any]
    error: ResultError | None
    author: Author
    at: datetime


class Attention(msgspec.Struct):
    """What waits for a supervisor of the team; `quarantined` counts sealed records that nobody has let in yet."""

    conflicts: list[ConflictLine]
    handed_over: list[HandedOver]
    quarantined: int
