"""Sessions: opened by enrolment or by a signed challenge, resolved from the cookie's token, ended by many things.

A token is 256 random bits, stored as SHA-256, and new at every sign-in: a token that somebody planted in a browser
is never accepted. Device and membership are looked at on each request, so revoking needs no second mechanism.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people.access import Actor, Role
from wegwijs.people.keys import public_keys
from wegwijs.people.schemas import Challenge, DeviceReport, Me, OrganisationView, SessionView, SignIn, TeamView
from wegwijs.people.secrets import digest, new_token, signed_sign_in
from wegwijs.people.tables import Session, SignInChallenge

_CHALLENGE_LIFE = timedelta(minutes=2)
_TOUCH_EVERY = timedelta(minutes=1)
_FORGET_AFTER = timedelta(days=90)

_RESOLVE = (
    "SELECT s.id AS session, s.last_used_at, s.absolute_until, s.device, m.id AS membership, m.role, m.team, "
    "d.cloned_at, m.person, o.id AS organisation, o.country, o.time_zone, o.default_language "
    "FROM session s JOIN device d ON d.id = s.device JOIN membership m ON m.id = s.membership "
    "JOIN organisation o ON o.id = m.organisation "
    "WHERE s.token_hash = ? AND s.ended_at IS NULL AND d.revoked_at IS NULL AND m.active = ?"
)


class Opened(Struct, frozen=True):
    """A new session: the token for the cookie (kept nowhere else), who it stands for, and when it ends anyway."""

    token: str
    actor: Actor
    absolute_until: datetime


class Resolved(Struct, frozen=True):
    """A session that a token stands for; `stale` when its last use is due to be written."""

    actor: Actor
    stale: bool


def _actor(row: dict[str, Any]) -> Actor:
    return Actor(
        organisation=row["organisation"],
        team=row["team"],
        membership=row["membership"],
        person=row["person"],
        device=row["device"],
        session=row["session"],
        role=Role(row["role"]),
        country=row["country"],
        time_zone=row["time_zone"],
        default_language=row["default_language"],
        cloned=row["cloned_at"] is not None,
    )


async def resolve(tx: Transaction, settings: Settings, token: str) -> Resolved | None:
    """Who a cookie's token stands for; None when it is unknown, ended, idle for too long, or its device is off."""
    row = await tx.fetch_one(_RESOLVE, digest(token), True)
    if row is None:
        return None
    instant = now()
    idle = timedelta(minutes=settings.session_idle_minutes)
    if row["absolute_until"] <= instant or row["last_used_at"] + idle <= instant:
        return None
    return Resolved(actor=_actor(row), stale=instant - row["last_used_at"] >= _TOUCH_EVERY)


async def touch(tx: Transaction, actor: Actor) -> None:
    """Write that session and device were used now. At most once a minute, or every request would be a write."""
    instant = now()
    await tx.execute("UPDATE session SET last_used_at = ? WHERE id = ?", instant, actor.session)
    await tx.execute("UPDATE device SET last_seen_at = ? WHERE id = ?", instant, actor.device)


async def open_session(tx: Transaction, settings: Settings, membership: UUID, device: UUID) -> Opened:
    """A new session of a device; the ones it had end."""
    instant, token = now(), new_token()
    absolute_until = instant + timedelta(hours=settings.session_absolute_hours)
    await tx.execute("UPDATE session SET ended_at = ? WHERE device = ? AND ended_at IS NULL", instant, device)
    await Session.insert(
        Session(
            id=uuid4(),
            membership=membership,
            device=device,
            token_hash=digest(token),
            created_at=instant,
            last_used_at=instant,
            absolute_until=absolute_until,
        )
    )
    row = await tx.fetch_one(_RESOLVE, digest(token), True)
    assert row is not None
    return Opened(token=token, actor=_actor(row), absolute_until=absolute_until)


async def end_session(tx: Transaction, actor: Actor) -> None:
    """Sign out."""
    await tx.execute("UPDATE session SET ended_at = ? WHERE id = ? AND ended_at IS NULL", now(), actor.session)


async def forget_old_sessions(tx: Transaction, moment: datetime) -> None:
    """Delete sessions that can have opened nothing for 90 days."""
    await tx.execute("DELETE FROM session WHERE absolute_until < ?", moment - _FORGET_AFTER)


async def end_all_sessions(tx: Transaction, organisation: UUID) -> None:
    """End every session of an organisation: those of a database that was put back may have been ended since."""
    await tx.execute(
        "UPDATE session SET ended_at = ? WHERE ended_at IS NULL AND membership IN "
        "(SELECT id FROM membership WHERE organisation = ?)",
        now(),
        organisation,
    )
    await tx.execute(
        "DELETE FROM sign_in_challenge WHERE device IN (SELECT id FROM device WHERE organisation = ?)", organisation
    )


async def make_challenge(tx: Transaction, device: UUID) -> Challenge:
    """A nonce for a device to sign within two minutes.

    A device nobody knows gets one as well, which no signature will fit: the answer tells nothing about devices.
    """
    instant, challenge = now(), new_token()
    await tx.execute("DELETE FROM sign_in_challenge WHERE expires_at < ?", instant)
    if await tx.fetch_one("SELECT id FROM device WHERE id = ?", device) is not None:
        await SignInChallenge.insert(
            SignInChallenge(
                id=uuid4(), device=device, challenge_hash=digest(challenge), expires_at=instant + _CHALLENGE_LIFE
            )
        )
    return Challenge(challenge=challenge, expires_at=instant + _CHALLENGE_LIFE)


async def sign_in(tx: Transaction, settings: Settings, wanted: SignIn) -> Opened | Problem:
    """Spend a challenge and open a session for the device that signed it.

    A refusal (`sign_in_refused`, `device_revoked`, `device_cloned`) is returned and not raised: the challenge is spent
    all the same.
    """
    spent = await tx.execute(
        "DELETE FROM sign_in_challenge WHERE challenge_hash = ? AND device = ? AND expires_at > ?",
        digest(wanted.challenge),
        wanted.device_id,
        now(),
    )
    row = await tx.fetch_one(
        "SELECT d.public_key, d.revoked_at, d.cloned_at, d.membership, m.active FROM device d "
        "JOIN membership m ON m.id = d.membership WHERE d.id = ?",
        wanted.device_id,
    )
    if row is None or spent != 1:
        return Problem("sign_in_refused")
    if not signed_sign_in(row["public_key"], wanted.device_id, wanted.challenge, wanted.signature):
        return Problem("sign_in_refused")
    if row["revoked_at"] is not None or not row["active"]:
        return Problem("device_revoked")
    if row["cloned_at"] is not None:
        return Problem("device_cloned")
    return await open_session(tx, settings, row["membership"], wanted.device_id)


async def report_device(tx: Transaction, actor: Actor, report: DeviceReport) -> None:
    """Keep what a device says of itself."""
    await tx.execute(
        "UPDATE device SET app_version = ?, schema = ?, storage_persisted = ?, unsent = ?, "
        "digest_mismatches = COALESCE(?, digest_mismatches), last_seen_at = ? WHERE id = ?",
        report.app_version,
        report.schema,
        report.storage_persisted,
        report.unsent,
        report.digest_mismatches,
        now(),
        actor.device,
    )


async def me(tx: Transaction, settings: Settings, actor: Actor) -> Me:
    """Who sits here, with the keys the device pins."""
    row = await tx.fetch_one(
        "SELECT o.name AS organisation_name, t.name AS team_name, p.display_name, s.last_used_at, s.absolute_until "
        "FROM session s JOIN membership m ON m.id = s.membership JOIN person p ON p.id = m.person "
        "JOIN team t ON t.id = m.team JOIN organisation o ON o.id = m.organisation WHERE s.id = ?",
        actor.session,
    )
    if row is None:
        raise Problem("signed_out")
    idle_until = row["last_used_at"] + timedelta(minutes=settings.session_idle_minutes)
    return Me(
        organisation=OrganisationView(
            id=actor.organisation,
            name=row["organisation_name"],
            country=actor.country,
            default_language=actor.default_language,
            time_zone=actor.time_zone,
        ),
        team=TeamView(id=actor.team, name=row["team_name"]),
        membership_id=actor.membership,
        display_name=row["display_name"],
        role=actor.role,
        device_id=actor.device,
        session=SessionView(idle_until=min(idle_until, row["absolute_until"]), absolute_until=row["absolute_until"]),
        keys=await public_keys(tx, actor.organisation),
    )
