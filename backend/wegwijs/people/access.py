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
    """A signed-in membership on one device: taken from the session, never from what the client says."""

    organisation: UUID
    team: UUID
    membership: UUID
    person: UUID
    device: UUID
    session: UUID
    role: Role
    country: str
    """BE, NL or DE."""
    time_zone: str
    """IANA name."""
    default_language: str
