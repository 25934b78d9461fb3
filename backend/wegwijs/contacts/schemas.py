"""The writable fields of contact, help request and note: types and limits. What is left out stays as it is."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Code = Annotated[str, Meta(min_length=1, max_length=40)] | None | UnsetType
Codes = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(max_length=20)] | UnsetType
Instant = Annotated[datetime, Meta(tz=True)] | None | UnsetType
Precision = Literal["time", "day", "month", "none"]


class ContactChanges(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One meeting. `duration` is in minutes; null is *empty*, which is not the code `not_recorded`."""

    occurred_at: Instant = UNSET
    date_precision: Precision | UnsetType = UNSET
    setting: Code = UNSET
    language: Code = UNSET
    group_size: Annotated[int, Meta(ge=1, le=500)] | None | UnsetType = UNSET
    duration: Annotated[int, Meta(ge=0, le=1440)] | None | UnsetType = UNSET
    heavy: bool | UnsetType = UNSET
    referred_by: Code = UNSET
    interpreting: Code = UNSET
    gender: Code = UNSET
    age_band: Code = UNSET
    residence_status: Code = UNSET
    nationality: Code = UNSET
    district: Code = UNSET
    household_type: Code = UNSET
    literacy: Code = UNSET
    incomplete: bool | UnsetType = UNSET


class HelpRequestChanges(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One question. Only `subtheme` is obligatory; `theme` follows from it."""

    contact_id: UUID | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=99)] | UnsetType = UNSET
    theme: Code = UNSET
    subtheme: Annotated[str, Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    primary_action: Code = UNSET
    further_actions: Codes = UNSET
    destination: Code = UNSET
    self_reliance: Code = UNSET
    outcome: Code = UNSET
    barriers: Codes = UNSET
    seen_before: Code = UNSET


class NoteChanges(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Free text on a contact, or on one help request of it."""

    contact_id: UUID | UnsetType = UNSET
    help_request_id: UUID | None | UnsetType = UNSET
    text: Annotated[str, Meta(min_length=1, max_length=4000)] | UnsetType = UNSET
