"""Making an organisation: with a first team, a first administrator and its keys, or not at all."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people.access import Role
from wegwijs.people.keys import make_keys
from wegwijs.people.members import add_membership, check_name
from wegwijs.people.tables import Organisation, Team

COUNTRIES = ("BE", "NL", "DE")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
LANGUAGES = {"BE": "nl", "NL": "nl", "DE": "de"}


class NewOrganisation(Struct, frozen=True, kw_only=True):
    """`country` BE, NL or DE; `time_zone` an IANA name; `administrator` the first one's name."""

    name: str
    country: str
    time_zone: str
    team: str
    administrator: str
    default_language: str | None = None
    """BCP 47; empty: the country's."""
    is_demo: bool = False
    legal_hold: bool = False


class MadeOrganisation(Struct, frozen=True):
    """Ids of what was made; `administrator` is a membership."""

    organisation: UUID
    slug: str
    team: UUID
    administrator: UUID


Hook = Callable[[Transaction, UUID], Awaitable[None]]
_hooks: list[Hook] = []


def when_made(hook: Hook) -> None:
    """Let a part above do its share (the sync clock) in the transaction that makes an organisation."""
    if hook not in _hooks:
        _hooks.append(hook)


def slug_of(name: str) -> str:
    """A short name for the command line: `Stad Gent` is `stad-gent`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "organisation"


def _check(wanted: NewOrganisation) -> None:
    if wanted.country not in COUNTRIES:
        raise Problem("bad_request", f"country: one of {', '.join(COUNTRIES)}")
    try:
        ZoneInfo(wanted.time_zone)
    except (KeyError, ValueError, OSError):
        raise Problem("bad_request", "time_zone: an IANA name such as Europe/Brussels") from None
    if wanted.default_language is not None and not _LANGUAGE.fullmatch(wanted.default_language):
        raise Problem("bad_request", "language: a tag such as nl or pt-BR")
    for field in ("name", "team", "administrator"):
        check_name(field, getattr(wanted, field))


async def make_organisation(tx: Transaction, settings: Settings, wanted: NewOrganisation) -> MadeOrganisation:
    """Make an organisation with team, administrator and keys. Raises Problem `organisation_exists`, `bad_request`."""
    _check(wanted)
    slug = slug_of(wanted.name)
    if await tx.fetch_one("SELECT id FROM organisation WHERE slug = ?", slug) is not None:
        raise Problem("organisation_exists")
    organisation, team = uuid4(), uuid4()
    await Organisation.insert(
        Organisation(
            id=organisation,
            name=wanted.name.strip(),
            slug=slug,
            country=wanted.country,
            default_language=wanted.default_language or LANGUAGES[wanted.country],
            time_zone=wanted.time_zone,
            legal_hold=wanted.legal_hold,
            is_demo=wanted.is_demo,
            created_at=now(),
        )
    )
    await Team.insert(Team(id=team, organisation=organisation, name=wanted.team.strip(), created_at=now()))
    administrator = await add_membership(tx, organisation, team, Role.ADMINISTRATOR, wanted.administrator)
    await make_keys(tx, settings, organisation)
    for hook in _hooks:
        await hook(tx, organisation)
    return MadeOrganisation(organisation=organisation, slug=slug, team=team, administrator=administrator)


async def find_organisation(tx: Transaction, slug: str) -> UUID:
    """The organisation of a slug. Raises Problem `not_found`."""
    row = await tx.fetch_one("SELECT id FROM organisation WHERE slug = ?", slug)
    if row is None:
        raise Problem("not_found", "There is no organisation of this name.")
    return UUID(str(row["id"]))
