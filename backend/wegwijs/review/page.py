"""A place in the list of contacts: what arrived before it comes next, whatever arrives meanwhile."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from wegwijs.foundation.problems import Problem
from wegwijs.review import problems  # noqa: F401  (registers them)


class Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The last contact of a page, by what the list is ordered by."""

    received_at: Annotated[datetime, Meta(tz=True)]
    id: UUID


def write_place(place: Place) -> str:
    """As opaque text. It holds nothing secret and opens nothing: which contacts are seen is decided anew each time."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def read_place(text: str) -> Place:
    """Raises Problem `bad_page`."""
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Place)
        return Place(place.received_at.astimezone(UTC), place.id)
    except (ValueError, binascii.Error, msgspec.DecodeError, OverflowError):
        raise Problem("bad_page") from None
