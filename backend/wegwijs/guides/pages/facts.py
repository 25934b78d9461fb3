"""What an organisation tells the public: where its people sit and when, who is answerable, and whom to ask about data.

One document an organisation, changed by its administrators and supervisors; nothing in it is about a newcomer.
"""

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
    """Where a person can be asked. `way` is the way there in pictures, the place itself last."""

    name: Line
    address: Line
    way: Annotated[list[Landmark], Meta(min_length=1, max_length=5)]
    hours: Annotated[list[Hours], Meta(max_length=14)]
    languages: Annotated[list[str], Meta(max_length=30)]
    """Tags of the languages spoken there."""
    phone: Phone | None = None


class PublicFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name`, `address`, `email`, `phone` of the body that answers for the pages; `privacy` an address for questions
    about data; `places` where a person can be asked, the first one first."""

    name: Line
    address: Line = ""
    email: Line = ""
    phone: Phone | None = None
    privacy: Line = ""
    places: Annotated[list[Place], Meta(max_length=12)] = msgspec.field(default_factory=list)


def check(facts: PublicFacts) -> None:
    """Raises Problem `bad_request` that names a language or a pictogram which does not exist."""
    for number, place in enumerate(facts.places):
        for tag in place.languages:
            if tag not in languages():
                raise Problem("bad_request", f"places[{number}].languages: there is no language {tag!r}")
        for landmark in place.way:
            if pictograms.drawing(landmark.sign) is None:
                raise Problem("bad_request", f"places[{number}].way: there is no pictogram {landmark.sign!r}")


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
