"""What goes over the wire about people: requests (unknown fields are refused) and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from wegwijs.people.access import Role

# No control characters (PostgreSQL keeps no NUL in a text), and something to see.
Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*$")]
_Version = Annotated[str, Meta(max_length=40, pattern=r"^[^\x00-\x1f]*$")]
_Schema = Annotated[int, Meta(ge=1, le=1_000_000)]


class NewDevice(Struct, forbid_unknown_fields=True):
    """A browser that wants to belong to a membership. `public_key` is raw Ed25519 in base64url."""

    name: Name
    public_key: Annotated[str, Meta(min_length=43, max_length=43)]
    schema: _Schema
    app_version: _Version


class Enrol(Struct, forbid_unknown_fields=True):
    """A one-time code, as typed or scanned, and the device that spends it."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    device: NewDevice


class AskChallenge(Struct, forbid_unknown_fields=True):
    """Which device wants to sign in."""

    device_id: UUID


class SignIn(Struct, forbid_unknown_fields=True):
    """The challenge, signed by the device."""

    device_id: UUID
    challenge: Annotated[str, Meta(max_length=100)]
    signature: Annotated[str, Meta(max_length=100)]


class DeviceReport(Struct, forbid_unknown_fields=True):
    """What a device says of itself: `unsent` is how many records wait on it, `digest_mismatches` how often since it was
    enrolled its copy was not the server's and was fetched anew. An app that does not count that leaves it out."""

    app_version: _Version
    schema: _Schema
    storage_persisted: bool | None
    unsent: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    digest_mismatches: Annotated[int, Meta(ge=0, le=1_000_000_000)] | None = None


class NewMember(Struct, forbid_unknown_fields=True):
    """A person to be let in."""

    display_name: Name
    role: Role
    team_id: UUID


class Challenge(Struct):
    """A nonce to sign, once, before `expires_at`."""

    challenge: str
    expires_at: datetime


class PublicKey(Struct):
    """`public` is the raw key in base64url."""

    kid: str
    public: str


class OrganisationKeys(Struct):
    """`seal` is X25519, `sign` Ed25519."""

    seal: PublicKey
    sign: PublicKey


class OrganisationView(Struct):
    """The organisation as its members' devices need it."""

    id: UUID
    name: str
    country: str
    default_language: str
    time_zone: str


class TeamView(Struct):
    """A team."""

    id: UUID
    name: str


class SessionView(Struct):
    """When the session ends without use, and when it ends anyway."""

    idle_until: datetime
    absolute_until: datetime


class Me(Struct):
    """Who sits here."""

    organisation: OrganisationView
    team: TeamView
    membership_id: UUID
    display_name: str
    role: Role
    device_id: UUID
    session: SessionView
    keys: OrganisationKeys


class DeviceView(Struct):
    """A device as an administrator sees it: state, no content."""

    id: UUID
    name: str
    enrolled_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    app_version: str
    unsent: int | None
    storage_persisted: bool | None
    digest_mismatches: int | None


class Member(Struct):
    """A membership with its devices."""

    membership_id: UUID
    display_name: str
    role: Role
    team: TeamView
    active: bool
    devices: list[DeviceView] = msgspec.field(default_factory=list)


class Members(Struct):
    """Everybody in the organisation."""

    members: list[Member]


class Teams(Struct):
    """All teams of the organisation."""

    teams: list[TeamView]


class InvitationView(Struct):
    """A fresh one-time code: shown once, never again. `qr` is a data URI (SVG) of `link`."""

    code: str
    link: str
    qr: str
    expires_at: datetime
