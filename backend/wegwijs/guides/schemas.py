"""What goes over the wire about guides."""

from datetime import date, datetime

import msgspec


class GuideLine(msgspec.Struct, kw_only=True):
    """A guide in the list. `states` counts its texts by language and state; `overdue`: somebody must look again."""

    code: str
    jurisdiction: str
    source: str
    title: dict[str, str]
    version: int | None
    published_at: datetime | None
    valid_as_of: date
    check_again_by: date
    overdue: bool
    unpublished: bool
    clashes: int
    states: dict[str, dict[str, int]]


class Guides(msgspec.Struct):
    """All guides of the organisation, by code."""

    guides: list[GuideLine]
