"""What goes over the wire in push and pull. A batch's mutations stay raw, so that each gets its own verdict."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Operation = Literal["create", "update", "delete", "undelete", "resolve", "discard", "hand_over"]
Status = Literal[
    "applied",
    "merged",
    "duplicate",
    "conflict",
    "held",
    "rejected",
    "gone",
    "replaced",
    "discarded",
    "handed_over",
]
Via = Literal["push", "letterbox"]
Instant = Annotated[datetime, Meta(tz=True)]
# 2^53 - 1: the largest whole number that JavaScript keeps exactly.
Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]


class PushRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Up to 100 mutations of one device. `client_time` only measures skew: device clocks decide nothing."""

    device_id: UUID
    schema: Annotated[int, Meta(ge=1, le=10_000)]
    client_time: Instant
    mutations: list[Any]


class Mutation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One change of one record, or a decision: `resolve` a conflict, `discard` or `hand_over` a refused mutation."""

    id: UUID
    no: Count
    entity: Annotated[str, Meta(max_length=40)]
    entity_id: UUID
    op: Operation
    occurred_at: Instant
    group: UUID | None = None
    base_version: Count | None = None
    base: dict[str, Any] = {}
    set: dict[str, Any] = {}
    depends_on: Annotated[list[UUID], Meta(max_length=20)] = []
    replaces: UUID | None = None


class Choosing(msgspec.Struct, forbid_unknown_fields=True):
    """The `set` of a `resolve`: whose value the field gets, the author's (`mine`) or the server's (`theirs`)."""

    choice: Literal["mine", "theirs"]


class HandingOver(msgspec.Struct, forbid_unknown_fields=True):
    """The `set` of a `hand_over` of a record: the membership it passes to."""

    to: UUID


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """The `set` of what needs none."""


class ResultError(msgspec.Struct):
    """Why a mutation was not applied. `code` stands in docs/problems.md; the app translates `message_key`."""

    code: str
    field: str | None
    message_key: str


class Conflict(msgspec.Struct):
    """Two values of one field: the author's, which is kept, and the server's, which stays."""

    field: str
    mine: Any
    theirs: Any


class MutationResult(msgspec.Struct):
    """The verdict on one mutation. `id` is null when it could not be read; results keep the order of the batch."""

    id: UUID | None
    status: Status
    seq: int | None = None
    version: int | None = None
    conflicts: list[Conflict] = []
    error: ResultError | None = None


class PushAnswer(msgspec.Struct):
    """One result for each mutation, in the same order."""

    epoch: str
    results: list[MutationResult]


class Change(msgspec.Struct):
    """One row that came (`put`) or left (`remove`), in one scope.

    A contact that was merged into another leaves with the reason `merged` and `data.merged_into`.
    """

    seq: int
    scope: str
    entity: str
    id: UUID
    kind: Literal["put", "remove"]
    reason: Literal["deleted", "window", "purged", "scope", "merged"] | None
    version: int
    data: dict[str, Any] | None


class ScopeDigest(msgspec.Struct):
    """How many rows a scope holds, and the xor of their marks (docs/sync.md) as 16 hex digits."""

    count: int
    xor64: str


class PullAnswer(msgspec.Struct):
    """A page of the feed. Store its rows and its cursor in one transaction.

    `scope_removed` names scopes that are no longer this device's: take them off every row that it holds, first.
    """

    epoch: str
    cursor: str
    last: bool
    scope_removed: list[str]
    changes: list[Change]
    digest: dict[str, ScopeDigest] | None


class StatusAnswer(msgspec.Struct):
    """The tiny answer that a visible app asks for every five seconds."""

    ok: bool
    epoch: str
    seq: int
    durable_seq: int
    time: datetime
