"""One mutation as it came: read, or refused because it cannot be read; with where it came from."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.sync.core.canonical import canonical
from wegwijs.sync.schemas import Mutation, MutationResult, ResultError, Via

UNNUMBERED = -1
_LET_IN = "let_in"
# An escaped NUL, but not an escaped backslash before the letters u0000. PostgreSQL cannot store the character.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a mutation came from: whose it is, which way it came, which schema it speaks, how wrong its clock was."""

    membership: UUID
    device: UUID
    via: Via
    schema: int
    skew: timedelta
    let_in: bool = False
    """It came sealed, and a supervisor let it in: it may do what a push may."""

    @property
    def way(self) -> str:
        """How the ledger keeps it, so that what waits is judged later as what it was."""
        return _LET_IN if self.let_in else self.via


def came_by(way: str) -> tuple[Via, bool]:
    """Which way it came and whether it was let in, out of what the ledger keeps."""
    return ("push", False) if way == "push" else ("letterbox", way == _LET_IN)


@dataclass(slots=True)
class Item:
    """One mutation on its way through a push. `result` is None until somebody judged it.

    `mutation` is None when it could not be read, `identity` when not even its id could. `outcome` is how often its
    author was told of it before.
    """

    raw: Any
    hash: str
    origin: Origin
    identity: UUID | None
    mutation: Mutation | None = None
    result: MutationResult | None = None
    waits_for: UUID | None = None
    group: UUID | None = None
    outcome: int = 0

    @property
    def no(self) -> int:
        """The device's number of it."""
        return self.mutation.no if self.mutation else UNNUMBERED

    @property
    def place(self) -> tuple[UUID, int]:
        """Which device gave it which number."""
        return self.origin.device, self.no


def rejected(identity: UUID | None, code: str, field: str | None = None, status: str = "rejected") -> MutationResult:
    """A verdict that refuses."""
    error = ResultError(code=code, field=field, message_key=f"problem.{code}")
    return MutationResult(id=identity, status=status, error=error)  # type: ignore[arg-type]


def read_item(raw: Any, origin: Origin) -> Item:
    """One mutation of a batch; what cannot be read is refused here, and only that."""
    plaintext = canonical(raw)
    digest = hashlib.sha256(plaintext).hexdigest()
    try:
        if b"\\u0000" in plaintext and _NUL.search(plaintext):
            raise msgspec.ValidationError("a text holds a NUL character")
        mutation = msgspec.convert(raw, Mutation)
    except msgspec.ValidationError as error:
        place = str(error).rpartition("`$")[2].strip("`.") if "`$" in str(error) else None
        identity = identity_in(raw, "id")
        item = Item(raw, digest, origin, identity, result=rejected(identity, "malformed", place or None))
        item.group = identity_in(raw, "group")
        return item
    return Item(raw, digest, origin, mutation.id, mutation, group=mutation.group)


def identity_in(raw: Any, name: str) -> UUID | None:
    """An id out of something that may not be a mutation at all."""
    try:
        return UUID(str(raw[name]))
    except (ValueError, KeyError, TypeError):
        return None


def named_ids(raw: Any) -> set[UUID]:
    """The ids of the records that a mutation is about or hangs on, also of one that could not be read."""
    values = raw.get("set") if isinstance(raw, dict) else None
    named = [values.get(name) for name in values if name.endswith("_id")] if isinstance(values, dict) else []
    found = [identity_in({"id": one}, "id") for one in named]
    return {one for one in [entity_id(raw), *found] if one is not None}


def entity_id(raw: Any) -> UUID | None:
    """The record that a mutation is about, where it says so."""
    return identity_in(raw, "entity_id")
