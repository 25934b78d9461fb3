"""Tables of organisations, the people in them, their devices and what opens the door.

Ids of other rows are plain UUID columns: rows here are switched off, not deleted, and every query names the
organisation. Secrets (codes, tokens, challenges) are kept as SHA-256 only.
"""

from piccolo.columns import UUID, Boolean, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table


class Organisation(Table, tablename="organisation"):
    """The body answerable for the register. `country` is BE, NL or DE; `time_zone` an IANA name."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(length=200)
    slug = Varchar(length=60, unique=True)
    country = Varchar(length=2)
    default_language = Varchar(length=12)
    time_zone = Varchar(length=60)
    legal_hold = Boolean(default=False)
    is_demo = Boolean(default=False)
    window_days = Integer(default=28)
    """How long a record that asks for nothing stays on devices after its last change."""
    created_at = Timestamptz()


class Team(Table, tablename="team"):
    """A group of memberships; what a supervisor may see ends at the team."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = UUID(default=None, null=False, index=True)
    name = Varchar(length=200)
    created_at = Timestamptz()


class Person(Table, tablename="person"):
    """A human being who works with the register; may have several memberships."""

    id = UUID(primary_key=True, default=UUID4())
    display_name = Varchar(length=200)
    created_at = Timestamptz()


class Membership(Table, tablename="membership"):
    """One person in one team with one role: what sessions, devices and records belong to."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = UUID(default=None, null=False, index=True)
    person = UUID(default=None, null=False, index=True)
    team = UUID(default=None, null=False, index=True)
    role = Varchar(length=20)
    employer = Varchar(length=200, null=True, default=None)
    worker_group = Varchar(length=200, null=True, default=None)
    active = Boolean(default=True)
    created_at = Timestamptz()


class Device(Table, tablename="device"):
    """One browser of one membership. `public_key` is its Ed25519 key, raw, base64url without padding."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = UUID(default=None, null=False, index=True)
    membership = UUID(default=None, null=False, index=True)
    name = Varchar(length=120)
    public_key = Varchar(length=64)
    schema = Integer(default=1)
    app_version = Varchar(length=40)
    enrolled_at = Timestamptz()
    last_seen_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    storage_persisted = Boolean(null=True, default=None)
    unsent = Integer(null=True, default=None)
    # How often its copy was not the server's, as it said last: something on the phone, the way or here loses rows.
    digest_mismatches = Integer(null=True, default=None)
    # Set when two phones turned out to use this device's numbers; a new enrolment makes each a device of its own.
    cloned_at = Timestamptz(null=True, default=None)


class Session(Table, tablename="session"):
    """One sign-in of one device. A row that has `ended_at` opens nothing any more."""

    id = UUID(primary_key=True, default=UUID4())
    membership = UUID(default=None, null=False, index=True)
    device = UUID(default=None, null=False, index=True)
    token_hash = Varchar(length=64, unique=True)
    created_at = Timestamptz()
    last_used_at = Timestamptz()
    absolute_until = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class Invitation(Table, tablename="invitation"):
    """A one-time code for one device of one membership. `reusable` is for the demo on loopback only."""

    id = UUID(primary_key=True, default=UUID4())
    membership = UUID(default=None, null=False, index=True)
    code_hash = Varchar(length=64, unique=True)
    reusable = Boolean(default=False)
    created_by = UUID(null=True, default=None)
    created_at = Timestamptz()
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class SignInChallenge(Table, tablename="sign_in_challenge"):
    """A nonce that one device may sign once; the row goes when it is used."""

    id = UUID(primary_key=True, default=UUID4())
    device = UUID(default=None, null=False, index=True)
    challenge_hash = Varchar(length=64, unique=True)
    expires_at = Timestamptz(index=True)


class Throttle(Table, tablename="throttle"):
    """How many tries one bucket saw since `started_at`. A bucket is a MAC over route and address or device."""

    id = UUID(primary_key=True, default=UUID4())
    bucket = Varchar(length=64, unique=True)
    tries = Integer(default=0)
    started_at = Timestamptz(index=True)


class OrganisationKey(Table, tablename="organisation_key"):
    """A public key of an organisation. `purpose` is seal (X25519) or sign (Ed25519); the private part is a file."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = UUID(default=None, null=False, index=True)
    purpose = Varchar(length=10)
    kid = Varchar(length=40)
    public_key = Text()
    created_at = Timestamptz()
    retired_at = Timestamptz(null=True, default=None)


TABLES: tuple[type[Table], ...] = (
    Organisation,
    Team,
    Person,
    Membership,
    Device,
    Session,
    Invitation,
    SignInChallenge,
    Throttle,
    OrganisationKey,
)

# Composite unique indexes are raw SQL: Piccolo's do not work on SQLite.
INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX team_name ON team (organisation, name)",
    "CREATE UNIQUE INDEX organisation_key_kid ON organisation_key (organisation, purpose, kid)",
)
