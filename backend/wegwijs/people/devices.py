"""Devices that speak for themselves: whose they are, and the actor each stands for without a session."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from wegwijs.foundation.database import Transaction, marks
from wegwijs.people.access import Actor, Role
from wegwijs.people.secrets import from_base64url

_OWNERS = (
    "SELECT d.id AS device, d.public_key, d.revoked_at, m.id AS membership, m.active, m.role, m.team, m.person, "
    "o.id AS organisation, o.country, o.time_zone, o.default_language "
    "FROM device d JOIN membership m ON m.id = d.membership JOIN organisation o ON o.id = m.organisation "
)


class DeviceOwner(Struct, frozen=True, kw_only=True):
    """A device with its membership. `public_key` is its raw Ed25519 key."""

    actor: Actor
    public_key: bytes
    revoked_at: datetime | None
    active: bool


def _owner(row: dict[str, Any]) -> DeviceOwner:
    actor = Actor(
        organisation=row["organisation"],
        team=row["team"],
        membership=row["membership"],
        person=row["person"],
        device=row["device"],
        session=None,
        role=Role(row["role"]),
        country=row["country"],
        time_zone=row["time_zone"],
        default_language=row["default_language"],
    )
    key = from_base64url(row["public_key"], 32) or b""
    return DeviceOwner(actor=actor, public_key=key, revoked_at=row["revoked_at"], active=bool(row["active"]))


async def device_owner(tx: Transaction, device: UUID) -> DeviceOwner | None:
    """The owner of a device of any organisation: for requests that only the device's signature vouches for."""
    row = await tx.fetch_one(f"{_OWNERS} WHERE d.id = ?", device)
    return _owner(row) if row else None


async def device_owners(
    tx: Transaction, organisation: UUID, devices: Iterable[UUID], *, lock: bool = False
) -> dict[UUID, DeviceOwner]:
    """Owners by device, of this organisation only. With `lock`, nobody revokes them before the transaction ends."""
    ids = sorted(set(devices))
    if not ids:
        return {}
    of_these = f"d.organisation = ? AND d.id IN ({marks(len(ids))})"
    if lock and tx.for_update:
        await tx.fetch(
            f"SELECT d.id FROM device d WHERE {of_these} ORDER BY d.id {tx.for_update}",  # noqa: S608
            organisation,
            *ids,
        )
    rows = await tx.fetch(f"{_OWNERS} WHERE {of_these}", organisation, *ids)
    return {row["device"]: _owner(row) for row in rows}
