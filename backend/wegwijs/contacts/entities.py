"""Contact, help request and note as synced entities: fields, policies, scopes, and who may write."""

from datetime import datetime
from typing import Any
from uuid import UUID

from wegwijs.catalogue.service import known_codes, sensitivity, themes_of_subthemes
from wegwijs.contacts.schemas import ContactChanges, HelpRequestChanges, NoteChanges
from wegwijs.contacts.tables import Contact, HelpRequest, Note
from wegwijs.contacts.week_counts import WEEK_COUNT
from wegwijs.foundation.clock import local_day, rfc3339
from wegwijs.foundation.database import Transaction
from wegwijs.people.access import Actor
from wegwijs.sync.core.merge import Policy
from wegwijs.sync.entity import Field, Lists, Refused, Registry, Row, Surroundings, SyncedEntity
from wegwijs.sync.served import SERVED


def _columns(table: Any) -> tuple[str, ...]:
    return tuple(column._meta.db_column_name for column in table._meta.columns)


def _scopes(contact: Row) -> tuple[str, ...]:
    """A contact and all that hangs on it is seen by its authors and, on request, by the team."""
    own, team = f"member:{contact['author']}", f"team:{contact['team']}"
    return (own, team, *(f"member:{one}" for one in contact["also_by"] or () if one != str(contact["author"])))


def _may_write(actor: Actor, contact: Row) -> bool:
    return bool(contact["author"] == actor.membership) or str(actor.membership) in (contact["also_by"] or ())


def _itself(row: Row, around: Surroundings) -> Row:
    return row


def _contact_of(row: Row, around: Surroundings) -> Row | None:
    return around.find("contact", row["contact_id"])


def _instant(value: datetime | None) -> str | None:
    return None if value is None else rfc3339(value)


# -- contact ---------------------------------------------------------------------------------------------------------


def _prepare_contact(row: Row, around: Surroundings) -> None:
    """Fill what follows: the precision, and the organisation's local day and month, which are counted.

    `occurred_at` is kept as given; only the counted day is corrected, when the device's clock is more than ten minutes
    off, and stays as it was while other fields change. A month-precise contact has a month and no day, one without
    precision has neither.
    """
    row["heavy"] = bool(row["heavy"])
    row["incomplete"] = bool(row["incomplete"])
    row["tier"] = row["tier"] or "unlinked"
    dated = around.changed is None or not {"occurred_at", "date_precision"}.isdisjoint(around.changed)
    if dated:
        row["clock_skewed"] = around.clock_skewed
    if row["date_precision"] is None:
        row["date_precision"] = "none" if row["occurred_at"] is None else "time"
    if (row["date_precision"] == "none") != (row["occurred_at"] is None):
        raise Refused("required", "occurred_at" if row["occurred_at"] is None else "date_precision")
    if not dated:
        return
    row["day"] = row["month"] = None
    if row["occurred_at"] is not None:
        corrected = row["clock_skewed"] and row["date_precision"] == "time"
        try:
            day = local_day(
                around.moment(row["occurred_at"]) if corrected else row["occurred_at"], around.actor.time_zone
            )
        except OverflowError:
            raise Refused("malformed", "occurred_at") from None
        # Not strftime: its years before 1000 have fewer than four digits.
        row["month"] = day.isoformat()[:7]
        row["day"] = None if row["date_precision"] == "month" else day.isoformat()


def _contact_wire(row: Row) -> dict[str, Any]:
    return {
        "occurred_at": _instant(row["occurred_at"]),
        "day": row["day"],
        "tier": row["tier"],
        "author": row["author"],
        "team": row["team"],
        "received_at": _instant(row["received_at"]),
        "clock_skewed": row["clock_skewed"],
    }


CONTACT = SyncedEntity(
    name="contact",
    table="contact",
    columns=_columns(Contact),
    lists=frozenset({"also_by"}),
    changes=ContactChanges,
    fields={
        "occurred_at": Field(counted=True),
        "date_precision": Field(counted=True),
        "setting": Field(codes="setting", counted=True),
        "language": Field(codes="language", counted=True),
        "group_size": Field(counted=True),
        "duration": Field(counted=True),
        "heavy": Field(),
        "referred_by": Field(codes="referred_by", counted=True),
        "interpreting": Field(codes="interpreting", counted=True),
        "gender": Field(codes="gender", counted=True),
        "age_band": Field(codes="age_band", counted=True),
        "residence_status": Field(codes="residence_status", counted=True),
        "nationality": Field(codes="nationality", counted=True),
        "district": Field(codes="district", counted=True),
        "household_type": Field(codes="household_type", counted=True),
        "literacy": Field(codes="literacy", counted=True),
        "incomplete": Field(),
    },
    prepare=_prepare_contact,
    owner=_itself,
    scopes=_scopes,
    may_write=_may_write,
    wire=_contact_wire,
    keeps=lambda row: bool(row["incomplete"]),
)


# -- help request ----------------------------------------------------------------------------------------------------


def _prepare_help_request(row: Row, around: Surroundings) -> None:
    """The theme follows from the subtheme. Raises Refused `theme_mismatch` when another was given."""
    row["position"] = row["position"] or 0
    # After a roll-back a row may hold a subtheme of the newer release: it keeps the theme that it has.
    theme = around.lists.parents.get(row["subtheme"], row["theme"])
    if row["theme"] not in {None, theme} and row["version"] == 0:
        raise Refused("theme_mismatch", "theme")
    row["theme"] = theme


def _author_wire(row: Row) -> dict[str, Any]:
    return {"author": row["author"]}


HELP_REQUEST = SyncedEntity(
    name="help_request",
    table="help_request",
    columns=_columns(HelpRequest),
    lists=frozenset({"further_actions", "barriers"}),
    changes=HelpRequestChanges,
    fields={
        "contact_id": Field(parent="contact", once=True, required=True),
        "position": Field(policy=Policy.AUTHORITY),
        "theme": Field(codes="theme", counted=True),
        "subtheme": Field(codes="subtheme", counted=True, required=True),
        "primary_action": Field(codes="action", counted=True),
        "further_actions": Field(codes="action", counted=True, policy=Policy.SET_UNION),
        "destination": Field(codes="destination", counted=True),
        "self_reliance": Field(codes="self_reliance", counted=True),
        "outcome": Field(codes="outcome", counted=True),
        "barriers": Field(codes="barrier", counted=True, policy=Policy.SET_UNION),
        "seen_before": Field(codes="seen_before", counted=True),
    },
    prepare=_prepare_help_request,
    owner=_contact_of,
    scopes=_scopes,
    may_write=_may_write,
    wire=_author_wire,
    parents=(("contact_id", "contact"),),
)


# -- note ------------------------------------------------------------------------------------------------------------


def _prepare_note(row: Row, around: Surroundings) -> None:
    """A note on a help request belongs to that request's contact. Raises Refused `unknown_parent` otherwise."""
    identity: UUID | None = row["help_request_id"]
    if identity is not None:
        request = around.find("help_request", identity)
        if request is None or request["contact_id"] != row["contact_id"]:
            raise Refused("unknown_parent", "help_request_id")


NOTE = SyncedEntity(
    name="note",
    table="note",
    columns=_columns(Note),
    lists=frozenset(),
    changes=NoteChanges,
    fields={
        "contact_id": Field(parent="contact", once=True, required=True),
        "help_request_id": Field(parent="help_request", once=True),
        "text": Field(required=True),
    },
    prepare=_prepare_note,
    owner=_contact_of,
    scopes=_scopes,
    may_write=_may_write,
    wire=_author_wire,
    parents=(("contact_id", "contact"), ("help_request_id", "help_request")),
)


async def _lists(tx: Transaction, organisation: UUID) -> Lists:
    return Lists(
        codes=await known_codes(tx, organisation),
        parents=await themes_of_subthemes(tx, organisation),
        sensitivity=await sensitivity(tx, organisation),
    )


REGISTRY = Registry(CONTACT, HELP_REQUEST, NOTE, lists=_lists, served=(*SERVED, WEEK_COUNT))
