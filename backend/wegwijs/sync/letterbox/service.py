"""Taking envelopes in: what a device may hand in without a session goes where every push goes, the rest to a person.

The order is that of a push (`sync/push.py`), behind one question for each envelope: is it to be believed now? A person
decides on those that cannot be opened, that nobody known has signed, or whose device or membership was switched off
when they arrived. Nothing that was handed in is ever thrown away here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction, marks
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Role
from wegwijs.people.devices import DeviceOwner, device_owners
from wegwijs.sync import push as core
from wegwijs.sync.core.envelope import Signed, Statement
from wegwijs.sync.entity import Registry
from wegwijs.sync.letterbox import quarantine
from wegwijs.sync.letterbox.reading import Delivery, Handed

ENVELOPES_A_DAY = 2_000
BYTES_A_DAY = 32 * 1024 * 1024
_WITH_RECORDS = frozenset({Role.WORKER, Role.SUPERVISOR})


async def take(
    tx: Transaction, registry: Registry, delivery: Delivery, handed: list[Handed], *, careful: bool = False
) -> None:
    """Take envelopes in and give each its verdict. `careful` as in `push`.

    Raises Problem `too_many_requests` when the device's quota of the day is used up; nothing is stored then.
    """
    signed = [one.statement for one in handed if one.statement]
    owners = await device_owners(tx, delivery.organisation, [said.device for said in signed], lock=True)
    known = await _ledger(tx, delivery.organisation, handed)
    fresh = [one for one in handed if not _is_known(one, known)]
    for one in handed:
        one.verdict = "duplicate"
    if delivery.device:
        await _count(tx, delivery.device, fresh)
    trusted: list[Handed] = []
    for one in fresh:
        objection = one.statement and _objection(registry, one.statement, owners[one.statement.device])
        if reason := one.fault or objection:
            if await quarantine.is_erased(tx, delivery.organisation, one):
                continue  # nobody has to decide on what was erased
            one.verdict = "quarantined"
            await quarantine.keep(tx, delivery, one, reason, owners)
        else:
            trusted.append(one)
    await take_in(tx, registry, owners, trusted, delivery.client_time, careful=careful)


async def take_in(
    tx: Transaction,
    registry: Registry,
    owners: dict[UUID, DeviceOwner],
    handed: Iterable[Handed],
    client_time: datetime,
    *,
    let_in: bool = False,
    careful: bool = False,
) -> None:
    """Take believed envelopes in as their authors would have pushed them, in the order in which they were made.

    `let_in` by a supervisor, they may also change what other devices of their authors made.
    """
    by_device: dict[tuple[UUID, int], list[tuple[Handed, Statement]]] = {}
    for one in handed:
        if one.statement:
            by_device.setdefault((one.statement.device, one.statement.schema), []).append((one, one.statement))
    for (device, schema), envelopes in by_device.items():
        envelopes.sort(key=lambda pair: _number(pair[1].mutations[0]))
        for batch in _batches(envelopes):
            mutations = [signed.mutation for _, statement in batch for signed in statement.mutations]
            actor = owners[device].actor
            answer = await core.take_in(
                tx,
                registry,
                actor,
                mutations,
                client_time,
                via="letterbox",
                schema=schema,
                let_in=let_in,
                careful=careful,
            )
            fresh = {result.id for result in answer.results if result.status != "duplicate"}
            for one, statement in batch:
                one.verdict = "new" if any(signed.id in fresh for signed in statement.mutations) else "duplicate"


def _batches(envelopes: list[tuple[Handed, Statement]]) -> Iterable[list[tuple[Handed, Statement]]]:
    """Runs of envelopes with at most a hundred mutations; an envelope, being a group, is never cut."""
    batch: list[tuple[Handed, Statement]] = []
    size = 0
    for pair in envelopes:
        count = len(pair[1].mutations)
        if batch and size + count > core.BATCH:
            yield batch
            batch, size = [], 0
        batch.append(pair)
        size += count
    if batch:
        yield batch


def _number(signed: Signed) -> int:
    number = signed.mutation.get("no")
    return number if isinstance(number, int) else 0


async def _ledger(tx: Transaction, organisation: UUID, handed: list[Handed]) -> dict[UUID, str]:
    """Hash by mutation id of what has arrived before, whichever way."""
    ids = sorted({signed.id for one in handed for signed in _signed(one)})
    found: dict[UUID, str] = {}
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        rows = await tx.fetch(
            "SELECT mutation_id, hash FROM sync_ledger "  # noqa: S608
            f"WHERE organisation = ? AND mutation_id IN ({marks(len(chunk))})",
            organisation,
            *chunk,
        )
        found |= {row["mutation_id"]: row["hash"] for row in rows}
    return found


def _signed(one: Handed) -> list[Signed]:
    return one.statement.mutations if one.statement else []


def _is_known(one: Handed, known: dict[UUID, str]) -> bool:
    """Whether all that an envelope holds has arrived before, unchanged."""
    return bool(_signed(one)) and all(known.get(said.id) == said.hash for said in _signed(one))


def _objection(registry: Registry, statement: Statement, owner: DeviceOwner) -> str | None:
    """Why a person must decide on an envelope that its device did sign; None when it may be taken in."""
    if owner.revoked_at is not None:
        return "device_revoked"
    if not owner.active:
        return "membership_off"
    if owner.actor.role not in _WITH_RECORDS:
        return "role"
    history = registry.history
    # One letterbox may hold what several versions of the app made: the others must not wait for it.
    return None if history.oldest <= statement.schema <= history.schema else "schema"


async def _count(tx: Transaction, device: UUID, fresh: list[Handed]) -> None:
    """Charge the device's quota of the day (UTC)."""
    if not fresh:
        return
    instant = now()
    day = instant.date()
    await tx.execute(
        "DELETE FROM letterbox_day WHERE device = ? AND day < ?", device, (day - timedelta(days=7)).isoformat()
    )
    row = await tx.fetch_one(
        "INSERT INTO letterbox_day (id, device, day, envelopes, bytes) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (device, day) DO UPDATE SET envelopes = letterbox_day.envelopes + excluded.envelopes, "
        "bytes = letterbox_day.bytes + excluded.bytes RETURNING envelopes, bytes",
        uuid4(),
        device,
        day.isoformat(),
        len(fresh),
        sum(one.size for one in fresh),
    )
    if row and (row["envelopes"] > ENVELOPES_A_DAY or row["bytes"] > BYTES_A_DAY):
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), instant.tzinfo)
        raise Problem("too_many_requests", retry_after=int((midnight - instant).total_seconds()) + 1)
