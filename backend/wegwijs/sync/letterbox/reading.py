"""Opening envelopes and finding out whose they are. Nothing is written, and no envelope is ever turned away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from wegwijs.foundation.database import Transaction
from wegwijs.foundation.settings import Settings
from wegwijs.people.devices import DeviceOwner, device_owners
from wegwijs.people.keys import seal_keys
from wegwijs.sync.core.canonical import canonical, digest
from wegwijs.sync.core.envelope import (
    EnvelopeFault,
    Header,
    OpenedEnvelope,
    Statement,
    check_signature,
    envelope_hash,
    open_envelope,
    read_header,
)
from wegwijs.sync.items import named_ids


@dataclass(slots=True)
class Handed:
    """One envelope on its way. `fault` says why it cannot be believed; else `statement` is what its device signed."""

    raw: Any
    hash: str
    header: Header | None = None
    statement: Statement | None = None
    fault: str | None = None
    verdict: str = "new"

    @property
    def id(self) -> UUID | None:
        """What a receipt calls it."""
        return self.header.mutations[0] if self.header else None

    @property
    def names(self) -> set[tuple[UUID, UUID]]:
        """Mutations, each with the ids that it names: its record's, and, where it is open, those that hangs on."""
        if self.statement is not None:
            return {(said.id, one) for said in self.statement.mutations for one in named_ids(said.mutation)}
        return set(zip(self.header.mutations, self.header.entities, strict=False)) if self.header else set()

    @property
    def size(self) -> int:
        """Bytes it takes to keep."""
        return len(canonical(self.raw))

    @property
    def mark(self) -> str:
        """Tells the same content from other: sealed twice it is one envelope."""
        if self.statement is None or self.fault is not None:
            return self.hash
        said = [[str(one.id), one.hash] for one in self.statement.mutations]
        return digest([str(self.statement.device), said])


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How envelopes came: `via` letterbox or rescue, and the team that looks at those whose author cannot be told.

    `device` and `member` carried them, and the device's daily quota pays; None where a person brought a file.
    """

    organisation: UUID
    team: UUID
    via: str
    client_time: datetime
    device: UUID | None = None
    member: UUID | None = None


async def read_envelopes(
    tx: Transaction, settings: Settings, organisation: UUID, envelopes: Iterable[Any]
) -> list[Handed]:
    """Open what opens with any of the organisation's keys, and check who signed it."""
    handed = [Handed(raw=raw, hash=envelope_hash(raw)) for raw in envelopes]
    keys = await seal_keys(tx, settings, organisation)
    opened: list[tuple[Handed, OpenedEnvelope]] = []
    for one in handed:
        try:
            one.header = read_header(one.raw)
            if one.header.kid not in keys:
                raise EnvelopeFault("no_key")
            opened.append((one, open_envelope(one.raw, keys[one.header.kid])))
        except EnvelopeFault as fault:
            one.fault = fault.reason
    owners = await device_owners(tx, organisation, [inside.statement.device for _, inside in opened])
    for one, inside in opened:
        try:
            _check_author(inside, owners.get(inside.statement.device), organisation)
            one.statement = inside.statement
        except EnvelopeFault as fault:
            one.fault = fault.reason
    return handed


def _check_author(inside: OpenedEnvelope, owner: DeviceOwner | None, organisation: UUID) -> None:
    if owner is None:
        raise EnvelopeFault("unknown_device")
    check_signature(inside, owner.public_key)
    if inside.statement.member != owner.actor.membership or inside.statement.organisation != organisation:
        raise EnvelopeFault("wrong_member")
