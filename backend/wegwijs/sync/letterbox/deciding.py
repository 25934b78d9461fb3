"""Accepting envelopes out of quarantine: they are taken in as their authors."""

from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people.access import Actor
from wegwijs.people.devices import device_owners
from wegwijs.sync.entity import Registry
from wegwijs.sync.letterbox import quarantine
from wegwijs.sync.letterbox.reading import read_envelopes
from wegwijs.sync.letterbox.schemas import Accepted
from wegwijs.sync.letterbox.service import take_in


async def accept(
    tx: Transaction,
    settings: Settings,
    registry: Registry,
    actor: Actor,
    ids: list[UUID],
    *,
    careful: bool = False,
) -> Accepted:
    """Take envelopes in, all or none; accepting a second time changes nothing.

    Raises Problem `not_found`, `own_envelope`, `envelope_settled` for one that was rejected and erased, and
    `envelope_closed` for one that cannot be opened or that no device of the organisation signed.
    """
    rows = await quarantine.lock_envelopes(tx, actor, ids)
    open_rows = [row for row in rows if row["state"] != "accepted"]
    if any(row["envelope"] is None for row in open_rows):
        raise Problem("envelope_settled")
    handed = await read_envelopes(tx, settings, actor.organisation, quarantine.sealed(open_rows))
    # What could not be opened then may open now: the key's file may have been found.
    if any(one.fault for one in handed):
        raise Problem("envelope_closed")
    owners = await device_owners(tx, actor.organisation, [one.statement.device for one in handed if one.statement])
    await take_in(tx, registry, owners, handed, now(), let_in=True, careful=careful)
    await quarantine.mark_accepted(tx, actor, [row["id"] for row in open_rows])
    new = sum(one.verdict == "new" for one in handed)
    return Accepted(new=new, duplicate=len(rows) - new)
