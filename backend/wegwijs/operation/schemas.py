"""What administrators see of the server's keeping, and what they may set."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta


class Backups(msgspec.Struct):
    """How things stand. `none`: no backup was ever opened and checked; `old`: not for 36 hours.

    `scheduled` is false when the server has no folder for them. `problem`: `failed` when the last try failed (with its
    `detail`), `missing` when the file of the last one is no longer where it was.
    """

    state: Literal["none", "old", "ok"]
    scheduled: bool
    last_made_at: datetime | None
    last_verified_at: datetime | None
    age_hours: int | None
    problem: Literal["failed", "missing"] | None
    detail: str | None


class Window(msgspec.Struct, forbid_unknown_fields=True):
    """After how many days a record that asks for nothing leaves the devices."""

    days: Annotated[int, Meta(ge=14, le=365)]


class NewTeam(msgspec.Struct, forbid_unknown_fields=True):
    """Where a member goes. With `with_records` the member's records go along; else they stay with the team before."""

    team_id: UUID
    with_records: bool = False


class MovedMember(msgspec.Struct):
    """How many contacts went along."""

    contacts: int
