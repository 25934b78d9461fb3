"""How the server's keeping stands, and what administrators may change of it."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.operation.schemas import Backups, MovedMember, NewTeam, Window
from wegwijs.people import service as people
from wegwijs.people.access import Actor
from wegwijs.sync.entity import Registry
from wegwijs.sync.moves import move
from wegwijs.sync.purge import purge

_OLD = timedelta(hours=36)


async def backups(tx: Transaction, settings: Settings) -> Backups:
    """The state of the backups of this server, which holds all of its organisations."""
    last = await tx.fetch_one("SELECT file, made_at, verified_at FROM backup ORDER BY made_at DESC LIMIT 1")
    run = await tx.fetch_one("SELECT problem FROM job_run WHERE name = 'backup'")
    found = Backups("none", settings.backup_dir is not None, None, None, None, None, None)
    if last is not None:
        age = now() - last["made_at"]
        found.state = "old" if age > _OLD else "ok"
        found.last_made_at, found.last_verified_at = last["made_at"], last["verified_at"]
        found.age_hours = int(age.total_seconds() // 3600)
        # Only here, where this very server writes them, does a missing file tell anything.
        if settings.backup_dir is not None and _is_missing(Path(last["file"]), settings.backup_dir):
            found.problem = "missing"
    if run is not None and run["problem"]:
        found.problem, found.detail = "failed", run["problem"]
    return found


def _is_missing(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder) and not file.is_file()


async def window(tx: Transaction, actor: Actor) -> Window:
    """The organisation's window."""
    row = await tx.fetch_one("SELECT window_days FROM organisation WHERE id = ?", actor.organisation)
    assert row is not None
    return Window(days=row["window_days"])


async def set_window(tx: Transaction, actor: Actor, wanted: Window) -> Window:
    """Change it. What has left devices already comes back only when it changes."""
    await tx.execute("UPDATE organisation SET window_days = ? WHERE id = ?", wanted.days, actor.organisation)
    return wanted


async def move_member(tx: Transaction, registry: Registry, actor: Actor, membership: UUID, to: NewTeam) -> MovedMember:
    """Put a member into another team, with the records or without.

    Without, the team before keeps what was logged for it: its supervisor looks through those months, and the member
    still corrects the own records. Raises Problem `not_found`.
    """
    await people.move_member(tx, actor, membership, to.team_id)
    if not to.with_records:
        return MovedMember(0)
    rows = await tx.fetch(
        "SELECT id FROM contact WHERE organisation = ? AND author = ? AND team <> ?",
        actor.organisation,
        membership,
        to.team_id,
    )
    ids = [row["id"] for row in rows]
    return MovedMember(await move(tx, registry, actor.organisation, "contact", ids, {"team": to.team_id}))


async def erase_contact(
    tx: Transaction, registry: Registry, journal: Journal, organisation: UUID, contact: UUID
) -> int:
    """Erase a contact for good, with all that hangs on it; returns how many records that were.

    For the command line: who may ask for it, and how that is recorded, is decided outside of the app. One that was
    never here is marked as erased all the same, because a copy of it may still be on a phone. Raises Problem
    `not_found` for a contact of another organisation, and `journal_unavailable`.
    """
    foreign = await tx.fetch_one("SELECT id FROM contact WHERE id = ? AND organisation <> ?", contact, organisation)
    if foreign is not None:
        raise Problem("not_found", "There is no such contact in this organisation.")
    return len(await purge(tx, registry, organisation, "contact", [contact], journal))
