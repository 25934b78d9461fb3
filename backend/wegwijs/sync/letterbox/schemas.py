"""What goes over the wire in letterbox, rescue and quarantine. Envelopes stay raw: each is judged by itself."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

MEDIA_TYPE = "application/vnd.wegwijs.letterbox+json"
ENVELOPES = 100
"""Envelopes at once."""

Reason = Literal[
    "malformed",
    "no_key",
    "not_opened",
    "header_differs",
    "wrong_hash",
    "unknown_device",
    "bad_signature",
    "wrong_member",
    "device_revoked",
    "membership_off",
    "role",
    "schema",
]
Verdict = Literal["new", "duplicate", "quarantined"]


class LetterboxRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What a device hands in without a session.

    `signature` is its Ed25519 signature (base64url) over `wegwijs/letterbox/1|` and the canonical text of the other
    three members. `client_time` only measures skew.
    """

    device_id: UUID
    client_time: Annotated[str, Meta(max_length=40)]
    envelopes: list[Any]
    signature: Annotated[str, Meta(max_length=100)]


class Receipt(msgspec.Struct):
    """The server has this envelope. `id` is its first mutation's, null when that cannot be read; `hash` its SHA-256."""

    id: UUID | None
    hash: str


class Receipts(msgspec.Struct):
    """One receipt for each envelope, in their order; the same whatever becomes of it."""

    receipts: list[Receipt]


class RescueRequest(msgspec.Struct):
    """A rescue file, or a part of one: members beside the envelopes are for people and are passed over."""

    envelopes: list[Any]


class RescueReceipt(msgspec.Struct):
    """A receipt that tells whoever brings the file what became of the envelope."""

    id: UUID | None
    hash: str
    verdict: Verdict


class RescueAnswer(msgspec.Struct):
    """What became of a rescue file: `new` taken in now, `duplicate` known already, `quarantined` asks a supervisor."""

    receipts: list[RescueReceipt]
    new: int
    duplicate: int
    quarantined: int


class QuarantinedEnvelope(msgspec.Struct, kw_only=True):
    """One envelope that waits, without a word of its content. `own`: another supervisor must decide."""

    id: UUID
    membership_id: UUID | None
    display_name: str | None
    device_id: UUID | None
    device_name: str | None
    mutations: int
    reason: Reason
    via: Literal["letterbox", "rescue"]
    received_at: datetime
    state: Literal["waiting", "rejected"]
    own: bool
    settled_by: str | None
    """Name of who rejected it."""
    settled_at: datetime | None
    erased_at: datetime | None
    """When the content of a rejected one is erased; until then it can still be accepted."""


class QuarantineList(msgspec.Struct):
    """What waits, the latest first; at most 500."""

    envelopes: list[QuarantinedEnvelope]


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """Which envelopes a decision is about."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=ENVELOPES)]


class Accepted(msgspec.Struct):
    """How many envelopes were taken in, and how many were known already."""

    new: int
    duplicate: int
