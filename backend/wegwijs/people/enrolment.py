"""Invitations and enrolment: a one-time code becomes one device of one membership, already signed in."""

from datetime import timedelta
from uuid import UUID

import segno
from msgspec import Struct

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people.schemas import Enrol, InvitationView
from wegwijs.people.secrets import digest, is_public_key, new_code, plain_code
from wegwijs.people.sessions import Opened, open_session
from wegwijs.people.tables import Device, Invitation

_INVITATION = (
    "SELECT i.id, i.membership, i.reusable, i.expires_at, i.used_at, m.organisation, m.active FROM invitation i "
    "JOIN membership m ON m.id = i.membership WHERE i.code_hash = ?"
)


class _Inviting(Struct, frozen=True):
    """Who is invited, by whom (empty: the command line), and whether the code may be used often (demo)."""

    membership: UUID
    created_by: UUID | None
    reusable: bool


def _link(settings: Settings, code: str) -> str:
    # After the #, so that it reaches no server log and no messenger's preview spends it.
    return f"{settings.public_url}/enrol#{code}"


def _qr(link: str) -> str:
    return str(segno.make(link, error="m").svg_data_uri(scale=4, border=4))


async def _write_invitation(tx: Transaction, settings: Settings, inviting: _Inviting) -> InvitationView:
    code, instant = new_code(), now()
    # A demo code lives as long as the server; when it stops, or starts without the demo, the code opens nothing.
    minutes = 60 * 24 * 365 if inviting.reusable else settings.invitation_minutes
    expires_at = instant + timedelta(minutes=minutes)
    await Invitation.insert(
        Invitation(
            id=uuid4(),
            membership=inviting.membership,
            code_hash=digest(plain_code(code)),
            reusable=inviting.reusable,
            created_by=inviting.created_by,
            created_at=instant,
            expires_at=expires_at,
        )
    )
    link = _link(settings, code)
    return InvitationView(code=code, link=link, qr=_qr(link), expires_at=expires_at)


async def invite(
    tx: Transaction, settings: Settings, organisation: UUID, membership: UUID, by: UUID | None = None
) -> InvitationView:
    """A fresh code for one more device of a membership; an older unspent one of it is replaced.

    `by` is the membership that invites; empty: the command line. Raises Problem `not_found` (also for another
    organisation's membership) and `membership_off`.
    """
    row = await tx.fetch_one(
        "SELECT active FROM membership WHERE id = ? AND organisation = ?", membership, organisation
    )
    if row is None:
        raise Problem("not_found", "There is no such person.")
    if not row["active"]:
        raise Problem("membership_off")
    await tx.execute(
        "DELETE FROM invitation WHERE membership = ? AND used_at IS NULL AND reusable = ?", membership, False
    )
    return await _write_invitation(tx, settings, _Inviting(membership, by, reusable=False))


async def invite_for_demo(tx: Transaction, settings: Settings, membership: UUID) -> InvitationView:
    """A code that may be used often, but only while the server runs with the demo."""
    return await _write_invitation(tx, settings, _Inviting(membership, None, reusable=True))


async def end_demo_invitations(tx: Transaction) -> None:
    """Forget every code that may be used often: called at each start, before fresh ones are made."""
    await tx.execute("DELETE FROM invitation WHERE reusable = ?", True)


async def enrol(tx: Transaction, settings: Settings, wanted: Enrol) -> Opened | Problem:
    """Spend a code: make the device and its first session.

    A refusal (`invalid_code`, `code_expired`, `code_used`) is returned and not raised, so that the caller can count
    the try in the same transaction. Raises Problem `bad_public_key`; the code is not spent then.
    """
    if not is_public_key(wanted.device.public_key):
        raise Problem("bad_public_key")
    row = await tx.fetch_one(
        f"{_INVITATION} {tx.for_update}",
        digest(plain_code(wanted.code)),
    )
    if row is None or not row["active"] or (row["reusable"] and not settings.demo):
        return Problem("invalid_code")
    if row["used_at"] is not None:
        return Problem("code_used")
    if row["expires_at"] <= now():
        return Problem("code_expired")
    if not row["reusable"]:
        await tx.execute("UPDATE invitation SET used_at = ? WHERE id = ?", now(), row["id"])
    device = uuid4()
    await Device.insert(
        Device(
            id=device,
            organisation=row["organisation"],
            membership=row["membership"],
            name=wanted.device.name.strip(),
            public_key=wanted.device.public_key,
            schema=wanted.device.schema,
            app_version=wanted.device.app_version,
            enrolled_at=now(),
            last_seen_at=now(),
        )
    )
    return await open_session(tx, settings, row["membership"], device)
