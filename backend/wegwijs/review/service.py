"""Contacts of the supervisor's own team. A contact of anybody else is as unknown as one that never was."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.catalogue.service import sensitivity
from wegwijs.foundation.database import Transaction, marks
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor
from wegwijs.reports.period import Period
from wegwijs.review.page import Place, write_place
from wegwijs.review.schemas import (
    Author,
    ContactDetail,
    ContactLine,
    ContactPage,
    NoteDetail,
    RequestDetail,
    RequestLine,
    ReviewMember,
    ReviewMembers,
)

Row = dict[str, Any]

_CONTACTS = (
    "SELECT c.*, p.display_name FROM contact c JOIN membership m ON m.id = c.author JOIN person p ON p.id = m.person"
)
_OF_CONTACTS = "WHERE organisation = ? AND deleted_at IS NULL AND contact_id IN"
# Whoever may have something in the list: the team's workers, and those who logged for it and then moved on.
_MEMBERS = """
SELECT m.id AS membership_id, p.display_name, m.active FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = ? AND ((m.team = ? AND m.role = 'worker') OR m.id IN
  (SELECT author FROM contact WHERE organisation = ? AND team = ? AND deleted_at IS NULL))
ORDER BY p.display_name, m.id
"""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What the list is narrowed to. `period` is in days; a contact known by its month only fits when the month does."""

    period: Period = Period()
    member: UUID | None = None
    setting: str | None = None


async def list_contacts(
    tx: Transaction, actor: Actor, filters: Filters, before: Place | None, limit: int
) -> ContactPage:
    """One page of the team's contacts, the latest arrivals first."""
    where, values = _where(actor, filters)
    counted = await tx.fetch_one(f"SELECT count(*) AS count FROM contact c {where}", *values)  # noqa: S608
    if before is not None:
        where += " AND (c.received_at, c.id) < (?, ?)"
        values += [before.received_at, before.id]
    found = await tx.fetch(f"{_CONTACTS} {where} ORDER BY c.received_at DESC, c.id DESC LIMIT ?", *values, limit + 1)
    page = found[:limit]
    requests = await _requests(tx, actor, [row["id"] for row in page])
    marked = await sensitivity(tx, actor.organisation)
    last = page[-1] if len(found) > limit else None
    return ContactPage(
        contacts=[_line(row, requests[row["id"]], marked) for row in page],
        next=None if last is None else write_place(Place(last["received_at"], last["id"])),
        total=counted["count"] if counted else 0,
    )


async def read_contact(tx: Transaction, actor: Actor, contact: UUID) -> ContactDetail:
    """One contact with its help requests and notes. Raises Problem `not_found`, also for another team's."""
    where, values = _where(actor, Filters())
    row = await tx.fetch_one(f"{_CONTACTS} {where} AND c.id = ?", *values, contact)
    if row is None:
        raise Problem("not_found")
    requests = (await _requests(tx, actor, [contact]))[contact]
    marked = await sensitivity(tx, actor.organisation)
    notes = await tx.fetch(
        f"SELECT * FROM note {_OF_CONTACTS} (?) ORDER BY received_at, id",  # noqa: S608
        actor.organisation,
        contact,
    )
    members = row | {
        "author": _author(row),
        "requests": [_request_detail(request, marked) for request in requests],
        "notes": _notes(notes, requests, marked),
    }
    return ContactDetail(**{name: members[name] for name in ContactDetail.__struct_fields__})


async def list_members(tx: Transaction, actor: Actor) -> ReviewMembers:
    """Whose contacts the supervisor may ask for."""
    rows = await tx.fetch(_MEMBERS, actor.organisation, actor.team, actor.organisation, actor.team)
    return ReviewMembers([ReviewMember(row["membership_id"], row["display_name"], bool(row["active"])) for row in rows])


def _where(actor: Actor, filters: Filters) -> tuple[str, list[object]]:
    """The clause of what the supervisor may see and asked for, with its values."""
    sql = "WHERE c.organisation = ? AND c.team = ? AND c.deleted_at IS NULL"
    values: list[object] = [actor.organisation, actor.team]
    for sign, day in ((">=", filters.period.first), ("<=", filters.period.last)):
        if day is not None:
            sql += f" AND (c.day {sign} ? OR (c.day IS NULL AND c.month {sign} ?))"
            values += [day, day[:7]]
    for column, value in (("author", filters.member), ("setting", filters.setting)):
        if value is not None:
            sql += f" AND c.{column} = ?"
            values.append(value)
    return sql, values


async def _requests(tx: Transaction, actor: Actor, contacts: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """Help requests by contact, in their order."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    if contacts:
        for row in await tx.fetch(
            f"SELECT * FROM help_request {_OF_CONTACTS} ({marks(len(contacts))}) ORDER BY position, id",  # noqa: S608
            actor.organisation,
            *contacts,
        ):
            found[row["contact_id"]].append(row)
    return found


def _author(row: Row) -> Author:
    return Author(row["author"], row["display_name"])


def _line(row: Row, requests: Sequence[Row], marked: dict[str, str]) -> ContactLine:
    members = row | {"author": _author(row), "requests": [_request_line(request, marked) for request in requests]}
    return ContactLine(**{name: members[name] for name in ContactLine.__struct_fields__})


def _request_line(row: Row, marked: dict[str, str]) -> RequestLine:
    members = row | {"sensitive": marked.get(row["subtheme"])}
    return RequestLine(**{name: members[name] for name in RequestLine.__struct_fields__})


def _request_detail(row: Row, marked: dict[str, str]) -> RequestDetail:
    lists = {name: msgspec.json.decode(row[name], type=list[str]) for name in ("further_actions", "barriers")}
    members = row | lists | {"sensitive": marked.get(row["subtheme"])}
    return RequestDetail(**{name: members[name] for name in RequestDetail.__struct_fields__})


def _notes(notes: Sequence[Row], requests: Sequence[Row], marked: dict[str, str]) -> list[NoteDetail]:
    """Notes without the text of restricted ones.

    A note is restricted when its help request is; one on the whole contact when any of its help requests is, for
    nobody can tell which of them it is about.
    """
    closed = {row["id"] for row in requests if marked.get(row["subtheme"]) == "restricted"}
    details = []
    for row in notes:
        about = row["help_request_id"]
        restricted = bool(closed) if about is None else about in closed
        text = None if restricted else row["text"]
        members = row | {"restricted": restricted, "text": text}
        details.append(NoteDetail(**{name: members[name] for name in NoteDetail.__struct_fields__}))
    return details
