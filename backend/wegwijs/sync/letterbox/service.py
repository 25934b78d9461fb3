"""Taking envelopes in: what a device may hand in without a session goes where every push goes, the rest to a person.

The order is that of a push (`sync/push.py`), behind one question for each envelope: is it to be believed now? A person
decides on those that cannot be opened, that nobody known has signed, whose device or membership was switched off when
they arrived, or that change what another device made. Nothing that was handed in is ever thrown away here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction, marks
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.people.access import Actor, Role
from wegwijs.people.devices import DeviceOwner, device_owners
from wegwijs.sync.core.envelope import Signed, Statement
from wegwijs.sync.entity import Refused, Registry
from wegwijs.sync.letterbox import quarantine
from wegwijs.sync.letterbox.reading import Delivery, Handed
from wegwijs.sync.push import BATCH, push
from wegwijs.sync.rows import load_rows
from wegwijs.sync.schemas import PushRequest

ENVELOPES_A_DAY = 2_000
BYTES_A_DAY = 32 * 1024 * 1024
_ORDINARY = frozenset({"create", "update", "delete", "undelete"})
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
        reason = one.fault or await _objection(tx, registry, one, owners, known)
        if reason is None:
            trusted.append(one)
        else:
            one.verdict = "quarantined"
            await quarantine.keep(tx, delivery, one, reason, owners)
    await take_in(tx, registry, owners, trusted, delivery.client_time, careful=careful)


async def take_in(
    tx: Transaction,
    registry: Registry,
    owners: dict[UUID, DeviceOwner],
    handed: Iterable[Handed],
    client_time: datetime,
    *,
    careful: bool = False,
) -> None:
    """Take believed envelopes in as their authors would have pushed them, in the order in which they were made."""
    by_device: dict[tuple[UUID, int], list[tuple[Handed, Statement]]] = {}
    for one in handed:
        if one.statement:
            by_device.setdefault((one.statement.device, one.statement.schema), []).append((one, one.statement))
    for (device, schema), envelopes in by_device.items():
        envelopes.sort(key=lambda pair: _number(pair[1].mutations[0]))
        for batch in _batches(envelopes):
            mutations = [signed.mutation for _, statement in batch for signed in statement.mutations]
            request = PushRequest(device_id=device, schema=schema, client_time=client_time, mutations=mutations)
            answer = await push(tx, registry, owners[device].actor, request, careful=careful)
            fresh = {result.id for result in answer.results if result.status != "duplicate"}
            for one, statement in batch:
                one.verdict = "new" if any(signed.id in fresh for signed in statement.mutations) else "duplicate"


def _batches(envelopes: list[tuple[Handed, Statement]]) -> Iterable[list[tuple[Handed, Statement]]]:
    """Runs of envelopes with at most a hundred mutations; an envelope, being a group, is never cut."""
    batch: list[tuple[Handed, Statement]] = []
    size = 0
    for pair in envelopes:
        count = len(pair[1].mutations)
        if batch and size + count > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(pair)
        size += count
    if batch:
        yield batch


def _number(signed: Signed) -> int:
    number = signed.mutation.get("no")
    return number if isinstance(number, int) else 0


async def _ledger(tx: Transaction, organisation: UUID, handed: list[Handed]) -> dict[UUID, tuple[str, UUID]]:
    """Hash and device by mutation id of what has arrived before, whichever way; of replaced mutations, too."""
    wanted = {identity for one in handed if one.header for identity in one.header.mutations}
    for one in handed:
        wanted |= {named for signed in _signed(one) if (named := _replaces(signed))}
    found: dict[UUID, tuple[str, UUID]] = {}
    ids = sorted(wanted)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        rows = await tx.fetch(
            "SELECT mutation_id, hash, device FROM sync_ledger "  # noqa: S608
            f"WHERE organisation = ? AND mutation_id IN ({marks(len(chunk))})",
            organisation,
            *chunk,
        )
        found |= {row["mutation_id"]: (row["hash"], row["device"]) for row in rows}
    return found


def _signed(one: Handed) -> list[Signed]:
    return one.statement.mutations if one.statement else []


def _replaces(signed: Signed) -> UUID | None:
    try:
        return UUID(str(signed.mutation["replaces"]))
    except (KeyError, ValueError):
        return None


def _is_known(one: Handed, known: dict[UUID, tuple[str, UUID]]) -> bool:
    """Whether all that an envelope holds has arrived before, unchanged."""
    return bool(_signed(one)) and all(known.get(said.id, ("",))[0] == said.hash for said in _signed(one))


async def _objection(
    tx: Transaction,
    registry: Registry,
    one: Handed,
    owners: dict[UUID, DeviceOwner],
    known: dict[UUID, tuple[str, UUID]],
) -> str | None:
    """Why a person must decide on an envelope that its device did sign; None when it may be taken in."""
    assert one.statement
    owner = owners[one.statement.device]
    if owner.revoked_at is not None:
        return "device_revoked"
    if not owner.active:
        return "membership_off"
    if owner.actor.role not in _WITH_RECORDS:
        return "role"
    return "needs_session" if await _reaches_further(tx, registry, owner.actor, one.statement, known) else None


async def _reaches_further(
    tx: Transaction, registry: Registry, actor: Actor, statement: Statement, known: dict[UUID, tuple[str, UUID]]
) -> bool:
    """Whether it does more than create, and change what the same device made.

    The signing key lies readable on a copied disk: whoever has one may add records, and must not get at others.
    """
    wanted: dict[str, list[UUID]] = {}
    for signed in statement.mutations:
        mutation = signed.mutation
        if mutation.get("op") not in _ORDINARY:
            return True
        replaced = known.get(_replaces(signed) or signed.id)
        if replaced and replaced[1] != actor.device:
            return True
        wanted.setdefault(str(mutation.get("entity")), []).append(UUID(str(mutation["entity_id"])))
    for name, ids in wanted.items():
        try:
            entity = registry.get(name)
        except Refused:
            continue  # no such kind of record: the verdict on the mutation says so
        for row in await load_rows(tx, entity, ids):
            if row["organisation"] == actor.organisation and (row.get("made_on") or row["device"]) != actor.device:
                return True
    return False


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
