"""Who is asking: roles, and the actor that a session stands for. What a role may do stands in `wegwijs/access.py`."""

from enum import StrEnum
from uuid import UUID

import msgspec


class Role(StrEnum):
    """What a membership does. A role is not a rank: an administrator sees no records."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A membership on one device: taken from the session, never from what the client says.

    Without a session (the letterbox, or a mutation that waited) `session` is None, and the device has signed.
    """

    organisation: UUID
    team: UUID
    membership: UUID
    person: UUID
    device: UUID
    session: UUID | None
    role: Role
    country: str
    """BE, NL or DE."""
    time_zone: str
    """IANA name."""
    default_language: str
    cloned: bool = False
    """Two phones use this device's key and numbers: it pulls, and hands in only after it enrolled again."""


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """A membership of the organisation, whoever is asking."""

    membership: UUID
    person: UUID
    team: UUID
    role: Role
    active: bool
