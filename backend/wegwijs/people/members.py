"""Memberships: adding, listing, switching off; and switching off single devices.

Every look-up names the organisation, so that the id of somebody else's row is as unknown as one that never existed.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction, marks
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor, Colleague, Role
from wegwijs.people.schemas import DeviceView, Member, Members, NewMember, Teams, TeamView
from wegwijs.people.tables import Membership, Person

_MEMBERS = (
    "SELECT m.id, m.role, m.active, p.display_name, t.id AS team_id, t.name AS team_name "
    "FROM membership m JOIN person p ON p.id = m.person JOIN team t ON t.id = m.team "
)
# Lone surrogates are what Python makes of bytes on a command line that are not UTF-8.
_NAME = re.compile(r"[^\x00-\x1f\ud800-\udfff]{1,120}")
_MEMBER = "SELECT team FROM membership WHERE id = ? AND organisation = ?"
_BY_ROLE = "SELECT id FROM membership WHERE organisation = ? AND role = ? AND active = ? ORDER BY id"


def check_name(field: str, text: str) -> None:
    """What every name must be, also one from a console: else one database keeps it and the other fails.

    Raises Problem `bad_request`.
    """
    if not text.strip() or not _NAME.fullmatch(text):
        raise Problem("bad_request", f"{field}: 1 to 120 characters, no control characters")


async def add_membership(tx: Transaction, organisation: UUID, team: UUID, role: Role, display_name: str) -> UUID:
    """Add a person with one membership; returns the membership's id.

    Raises Problem `not_found` for a foreign team, `bad_request` for a name that cannot be kept.
    """
    check_name("name", display_name)
    if not await tx.fetch("SELECT id FROM team WHERE id = ? AND organisation = ?", team, organisation):
        raise Problem("not_found", "There is no such team.")
    person, membership = uuid4(), uuid4()
    await Person.insert(Person(id=person, display_name=display_name.strip(), created_at=now()))
    await Membership.insert(
        Membership(
            id=membership, organisation=organisation, person=person, team=team, role=role.value, created_at=now()
        )
    )
    return membership


async def member_named(tx: Transaction, organisation: UUID, name: str, role: Role, team: str | None) -> UUID:
    """The active membership of a name and role, added to `team` (empty: the oldest) when there is none.

    For the command line. Raises Problem `bad_request` for a name that cannot be kept or that several have, `not_found`
    for an unknown team.
    """
    check_name("name", name)
    found = await tx.fetch(
        f"{_MEMBERS} WHERE m.organisation = ? AND m.role = ? AND m.active = ? AND p.display_name = ?",
        organisation,
        role.value,
        True,
        name.strip(),
    )
    if len(found) > 1:
        raise Problem("bad_request", f"Several people are called {name.strip()}: invite from the app instead.")
    if found:
        return UUID(str(found[0]["id"]))
    teams = await tx.fetch("SELECT id, name FROM team WHERE organisation = ? ORDER BY created_at, id", organisation)
    chosen = next((row["id"] for row in teams if team in {None, row["name"]}), None)
    if chosen is None:
        raise Problem("not_found", "There is no such team.")
    return await add_membership(tx, organisation, chosen, role, name)


def _member(row: dict[str, Any], devices: list[DeviceView]) -> Member:
    return Member(
        membership_id=row["id"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        team=TeamView(id=row["team_id"], name=row["team_name"]),
        active=bool(row["active"]),
        devices=devices,
    )


async def add_member(tx: Transaction, actor: Actor, wanted: NewMember) -> Member:
    """Add somebody to the actor's organisation. Raises Problem `not_found` for a foreign team."""
    membership = await add_membership(tx, actor.organisation, wanted.team_id, wanted.role, wanted.display_name)
    row = await tx.fetch_one(f"{_MEMBERS} WHERE m.id = ?", membership)
    assert row is not None
    return _member(row, [])


async def list_members(tx: Transaction, actor: Actor) -> Members:
    """Everybody in the actor's organisation with their devices, by name; for a supervisor only the own team."""
    devices: dict[UUID, list[DeviceView]] = defaultdict(list)
    for row in await tx.fetch(
        "SELECT id, membership, name, enrolled_at, last_seen_at, revoked_at, app_version, unsent, storage_persisted, "
        "digest_mismatches "
        "FROM device WHERE organisation = ? ORDER BY enrolled_at, id",
        actor.organisation,
    ):
        devices[row.pop("membership")].append(DeviceView(**row))
    where, values = "m.organisation = ?", [actor.organisation]
    if actor.role is Role.SUPERVISOR:
        where, values = f"{where} AND m.team = ?", [*values, actor.team]
    rows = await tx.fetch(f"{_MEMBERS} WHERE {where} ORDER BY p.display_name, m.id", *values)
    return Members(members=[_member(row, devices[row["id"]]) for row in rows])


async def move_member(tx: Transaction, actor: Actor, membership: UUID, team: UUID) -> UUID:
    """Put a member into another team of the organisation: what is logged from now on is that team's.

    Also one who was switched off, whose records may have to go along. Returns the team before. Raises Problem
    `not_found`, also for a foreign team.
    """
    row = await tx.fetch_one(
        f"{_MEMBER} {tx.for_update}",
        membership,
        actor.organisation,
    )
    if row is None:
        raise Problem("not_found", "There is no such person.")
    if not await tx.fetch("SELECT id FROM team WHERE id = ? AND organisation = ?", team, actor.organisation):
        raise Problem("not_found", "There is no such team.")
    await tx.execute("UPDATE membership SET team = ? WHERE id = ?", team, membership)
    return UUID(str(row["team"]))


async def list_teams(tx: Transaction, actor: Actor) -> Teams:
    """All teams of the actor's organisation, by name."""
    rows = await tx.fetch("SELECT id, name FROM team WHERE organisation = ? ORDER BY name", actor.organisation)
    return Teams(teams=[TeamView(**row) for row in rows])


async def switch_off(tx: Transaction, actor: Actor, membership: UUID, journal: Journal) -> None:
    """Switch a membership off: its sessions, devices' keys and open invitations end in this transaction.

    It is journalled first: a restored backup must not let them in again. Raises Problem `not_found`,
    `journal_unavailable`, or `last_administrator`: somebody must be able to invite people.
    """
    # Locking the administrators keeps two of them from switching each other off at the same moment.
    administrators = await tx.fetch(
        f"{_BY_ROLE} {tx.for_update}",
        actor.organisation,
        Role.ADMINISTRATOR.value,
        True,
    )
    found = await tx.fetch_one(
        "SELECT id FROM membership WHERE id = ? AND organisation = ?", membership, actor.organisation
    )
    if found is None:
        raise Problem("not_found", "There is no such person.")
    if [row["id"] for row in administrators] == [membership]:
        raise Problem("last_administrator")
    journal.append("membership_off", actor.organisation, [str(membership)])
    await end_membership(tx, actor.organisation, membership)


async def end_membership(tx: Transaction, organisation: UUID, membership: UUID) -> None:
    """What switching off does; a second time it changes nothing."""
    instant = now()
    changed = await tx.execute(
        "UPDATE membership SET active = ? WHERE id = ? AND organisation = ?", False, membership, organisation
    )
    if not changed:
        return
    await tx.execute(
        "UPDATE device SET revoked_at = ? WHERE membership = ? AND revoked_at IS NULL", instant, membership
    )
    await tx.execute("UPDATE session SET ended_at = ? WHERE membership = ? AND ended_at IS NULL", instant, membership)
    await tx.execute("DELETE FROM invitation WHERE membership = ? AND used_at IS NULL", membership)
    await tx.execute(
        "DELETE FROM sign_in_challenge WHERE device IN (SELECT id FROM device WHERE membership = ?)", membership
    )


async def revoke_device(tx: Transaction, actor: Actor, device: UUID, journal: Journal) -> None:
    """Switch a device off: its key and its sessions end in this transaction; a second time changes nothing.

    A supervisor reaches devices of the own team only. It is journalled first: a restored backup must not let the
    device in again. Raises Problem `not_found` or `journal_unavailable`.
    """
    row = await tx.fetch_one(
        "SELECT m.team FROM device d JOIN membership m ON m.id = d.membership WHERE d.id = ? AND d.organisation = ?",
        device,
        actor.organisation,
    )
    if row is None or (actor.role is Role.SUPERVISOR and row["team"] != actor.team):
        raise Problem("not_found", "There is no such device.")
    journal.append("device_revoked", actor.organisation, [str(device)])
    await end_device(tx, actor.organisation, device)


async def end_device(tx: Transaction, organisation: UUID, device: UUID) -> None:
    """What revoking does; a second time it changes nothing."""
    instant = now()
    await tx.execute(
        "UPDATE device SET revoked_at = ? WHERE id = ? AND organisation = ? AND revoked_at IS NULL",
        instant,
        device,
        organisation,
    )
    await tx.execute(
        "UPDATE session SET ended_at = ? WHERE ended_at IS NULL AND device IN "
        "(SELECT id FROM device WHERE id = ? AND organisation = ?)",
        instant,
        device,
        organisation,
    )
    await tx.execute("DELETE FROM sign_in_challenge WHERE device = ?", device)


async def colleagues(tx: Transaction, organisation: UUID, memberships: Collection[UUID]) -> dict[UUID, Colleague]:
    """Those of the given memberships that belong to the organisation, also when they were switched off."""
    if not memberships:
        return {}
    rows = await tx.fetch(
        "SELECT id, person, team, role, active FROM membership "  # noqa: S608
        f"WHERE organisation = ? AND id IN ({marks(len(memberships))})",
        organisation,
        *memberships,
    )
    return {
        row["id"]: Colleague(
            membership=row["id"],
            person=row["person"],
            team=row["team"],
            role=Role(row["role"]),
            active=bool(row["active"]),
        )
        for row in rows
    }


async def mark_cloned(tx: Transaction, device: UUID) -> None:
    """Two phones use one device: from now on it hands nothing in and does not sign in, until each enrols again."""
    await tx.execute("UPDATE device SET cloned_at = ? WHERE id = ? AND cloned_at IS NULL", now(), device)
