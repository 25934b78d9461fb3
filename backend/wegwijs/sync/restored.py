"""What a database that was put back has to go through before it answers: new epochs, ended sessions, the journal.

Devices learn from the new epoch that the server may have forgotten: they pull everything again and hand in again each
sent copy that no verified backup covers. Erasures and revocations since the backup come from the journal.
"""

from uuid import UUID, uuid4

from wegwijs.foundation.database import Transaction
from wegwijs.foundation.journal import Journal, Line, id_digest
from wegwijs.people.service import end_all_sessions, end_device, end_membership
from wegwijs.sync.entity import Registry
from wegwijs.sync.letterbox.quarantine import purge_envelopes
from wegwijs.sync.purge import mark_digests, purge

_CLOCKS = "SELECT organisation, epoch, seq FROM sync_clock ORDER BY organisation"


async def new_epoch(tx: Transaction, organisation: UUID) -> None:
    """Begin a new epoch: every cursor answers `other_epoch`, every session ends."""
    await tx.execute("UPDATE sync_clock SET epoch = ? WHERE organisation = ?", str(uuid4()), organisation)
    # What the backup claims to be safe and what it holds are two things until the next one is verified.
    await tx.execute(
        "UPDATE sync_clock SET durable_seq = seq WHERE organisation = ? AND durable_seq > seq", organisation
    )
    await end_all_sessions(tx, organisation)


async def announce(tx: Transaction, registry: Registry, journal: Journal, known: dict[UUID, tuple[str, int]]) -> int:
    """Begin a new epoch where the counter stands below what was known of it: the database was put back unannounced.

    `known` maps an organisation to an epoch and a position that once stood in it. Returns how many organisations.
    """
    clocks = await tx.fetch(f"{_CLOCKS} {tx.for_update}")
    behind = [
        clock["organisation"]
        for clock in clocks
        if (mark := known.get(clock["organisation"])) and mark[0] == clock["epoch"] and clock["seq"] < mark[1]
    ]
    for organisation in behind:
        await new_epoch(tx, organisation)
    if behind:
        await replay(tx, registry, journal)
    return len(behind)


async def replay(tx: Transaction, registry: Registry, journal: Journal) -> int:
    """Carry out what the journal holds and the database does not; a second time it changes nothing.

    Returns how many records were erased again. Raises JournalError.
    """
    lines = journal.read()
    organisations = {row["id"] for row in await tx.fetch("SELECT id FROM organisation")}
    here = [line for line in lines if line.organisation in organisations]
    for line in here:
        if line.kind == "membership_off":
            await end_membership(tx, line.organisation, UUID(line.what))
        elif line.kind == "device_revoked":
            await end_device(tx, line.organisation, UUID(line.what))
    return await _erase_again(tx, registry, [line for line in here if line.kind == "erased"])


async def _erase_again(tx: Transaction, registry: Registry, lines: list[Line]) -> int:
    known = {
        (row["organisation"], row["digest"]) for row in await tx.fetch("SELECT organisation, digest FROM purged_id")
    }
    wanted: dict[UUID, set[str]] = {}
    for line in lines:
        if (line.organisation, line.what) not in known:
            wanted.setdefault(line.organisation, set()).add(line.what)
    erased = 0
    for organisation, digests in wanted.items():
        erased += await _erase_by_digest(tx, registry, organisation, digests)
    return erased


async def _erase_by_digest(tx: Transaction, registry: Registry, organisation: UUID, digests: set[str]) -> int:
    """The journal knows an erased record by the digest of its id: find it among all ids (a million in a second)."""
    count = 0
    for entity in registry:
        if not entity.fields:
            continue
        held = "UNION SELECT entity_id AS id FROM sync_ledger WHERE organisation = ? AND entity = ?"
        rows = await tx.fetch(
            f"SELECT id FROM {entity.table} WHERE organisation = ? {held}",  # noqa: S608
            organisation,
            organisation,
            entity.name,
        )
        ids = [row["id"] for row in rows if row["id"] is not None and id_digest(row["id"]) in digests]
        if ids:
            count += len(await purge(tx, registry, organisation, entity.name, ids))
    named = await tx.fetch("SELECT entity_id AS id FROM quarantine_record WHERE organisation = ?", organisation)
    await purge_envelopes(tx, organisation, {row["id"] for row in named if id_digest(row["id"]) in digests})
    # Also those made and erased after the backup: a device may hand its copy in again.
    await mark_digests(tx, organisation, digests)
    return count
