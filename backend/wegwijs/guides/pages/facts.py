"""What an organisation tells the public: where its people sit and when, who is answerable, and whom to ask about data.

One document an organisation, changed by its administrators and supervisors; nothing in it is about a newcomer. Whoever
changes it names what they saw: of two at once, the second learns what the first wrote.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.guides import pictograms
from wegwijs.guides.pages.languages import languages

Line = Annotated[str, Meta(max_length=200)]
Phone = Annotated[str, Meta(pattern=r"^[+0-9][0-9 ./()-]{2,29}$")]
Hour = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]$")]
Day = Annotated[int, Meta(ge=0, le=6)]


Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,36}$")]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days of the week (0 Monday) with the same hours, such as `09:00` to `12:00`."""

    days: Annotated[list[Day], Meta(min_length=1, max_length=7)]
    opens: Hour
    closes: Hour


class Landmark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stage of the way there, as a pictogram (`bus`, `setting-town_hall`) and what stands on its sign."""

    sign: Line
    text: Line


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a person can be asked. `way` is the way there in pictures, the place itself last. `id` tells it from the
    others when it gets another name or stands somewhere else in the list."""

    name: Line
    address: Line
    way: Annotated[list[Landmark], Meta(min_length=1, max_length=5)]
    hours: Annotated[list[Hours], Meta(max_length=14)]
    languages: Annotated[list[str], Meta(max_length=30)]
    """Tags of the languages spoken there."""
    phone: Phone | None = None
    id: Id | None = None


class OwnCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence of the organisation's own to show at a counter. `texts` by language; the first one for others."""

    id: Id
    sign: Line
    texts: Annotated[dict[str, Line], Meta(min_length=1, max_length=40)]


class PublicFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name`, `address`, `email`, `phone` of the body that answers for the pages; `privacy` an address for questions
    about data; `places` where a person can be asked, the first one first; `cards_off` the ready-made cards (ask.py)
    that are not offered here, `own_cards` those of the organisation's own."""

    name: Line
    address: Line = ""
    email: Line = ""
    phone: Phone | None = None
    privacy: Line = ""
    places: Annotated[list[Place], Meta(max_length=12)] = msgspec.field(default_factory=list)
    cards_off: Annotated[list[Id], Meta(max_length=40)] = msgspec.field(default_factory=list)
    own_cards: Annotated[list[OwnCard], Meta(max_length=6)] = msgspec.field(default_factory=list)


class FactsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that shall be told, and the revision that whoever wrote it had seen."""

    facts: PublicFacts
    seen: Annotated[str, Meta(max_length=16)]


class ReadyCard(msgspec.Struct, frozen=True):
    """A card that every organisation has. `texts` by language, as newcomers read it."""

    id: str
    sign: str
    texts: dict[str, str]


class KnownFacts(msgspec.Struct, frozen=True):
    """What is told now. `changed_at` is None before anybody wrote it."""

    facts: PublicFacts
    revision: str
    changed_at: datetime | None
    ready_cards: list[ReadyCard] = msgspec.field(default_factory=list)


def revision(facts: PublicFacts) -> str:
    """Names what is told by what it says: 16 hex digits."""
    return hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()[:16]


def check(facts: PublicFacts) -> None:
    """Raises Problem `bad_request` that names a language or a pictogram which does not exist, or an id used twice."""
    for number, place in enumerate(facts.places):
        _check_languages(f"places[{number}].languages", place.languages)
        for landmark in place.way:
            _check_sign(f"places[{number}].way", landmark.sign)
    for number, card in enumerate(facts.own_cards):
        _check_languages(f"own_cards[{number}].texts", card.texts)
        _check_sign(f"own_cards[{number}].sign", card.sign)
        if not all(text.strip() for text in card.texts.values()):
            raise Problem("bad_request", f"own_cards[{number}].texts: a card says something")
    _check_ids("places", [place.id for place in facts.places if place.id])
    _check_ids("own_cards", [card.id for card in facts.own_cards])


def _check_languages(where: str, tags: Iterable[str]) -> None:
    for tag in tags:
        if tag not in languages():
            raise Problem("bad_request", f"{where}: there is no language {tag!r}")


def _check_sign(where: str, sign: str) -> None:
    if pictograms.drawing(sign) is None:
        raise Problem("bad_request", f"{where}: there is no pictogram {sign!r}")


def _check_ids(where: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise Problem("bad_request", f"{where}: an id stands there twice")


async def read_facts(tx: Transaction, organisation: UUID) -> PublicFacts:
    """What the organisation tells; its bare name before anybody wrote more."""
    row = await tx.fetch_one("SELECT document FROM public_facts WHERE organisation = ?", organisation)
    if row is not None:
        return msgspec.convert(_decoded(row["document"]), type=PublicFacts)
    named = await tx.fetch_one("SELECT name FROM organisation WHERE id = ?", organisation)
    return PublicFacts(name=str(named["name"]) if named else "")


def _decoded(document: object) -> object:
    return msgspec.json.decode(document) if isinstance(document, str | bytes) else document


async def write_facts(tx: Transaction, organisation: UUID, facts: PublicFacts) -> None:
    """Replace what the organisation tells. Raises Problem `bad_request`."""
    check(facts)
    document = msgspec.to_builtins(facts)
    await tx.execute(
        "INSERT INTO public_facts (organisation, document, updated_at) VALUES (?, ?, ?) "
        "ON CONFLICT (organisation) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at",
        organisation,
        document,
        now(),
    )


async def known_facts(tx: Transaction, organisation: UUID, ready: list[ReadyCard]) -> KnownFacts:
    """What the organisation tells, its revision, and since when; `ready` are the cards that there are."""
    facts = await read_facts(tx, organisation)
    row = await tx.fetch_one("SELECT updated_at FROM public_facts WHERE organisation = ?", organisation)
    return KnownFacts(facts, revision(facts), row["updated_at"] if row else None, ready)


async def change_facts(tx: Transaction, organisation: UUID, change: FactsChange) -> None:
    """Replace what is told with what somebody wrote who had seen the present state; the same once more changes nothing.

    Raises Problem `bad_request`, and `facts_changed` with the present state when somebody else was faster.
    """
    # The organisation's row keeps two who save at the same moment apart, also before there is anything to lock.
    await tx.fetch_one(f"SELECT id FROM organisation WHERE id = ? {tx.for_update}", organisation)  # noqa: S608
    current = await known_facts(tx, organisation, [])
    if current.facts == change.facts:
        return
    if current.revision != change.seen:
        raise Problem("facts_changed", current=msgspec.to_builtins(current))
    await write_facts(tx, organisation, change.facts)
