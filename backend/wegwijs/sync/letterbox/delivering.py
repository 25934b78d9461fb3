"""Envelopes into the database, from a letterbox or out of a file: the same way for both."""

from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import ROW_REFUSED, Database
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people.organisations import find_organisation
from wegwijs.sync.entity import Registry
from wegwijs.sync.letterbox.reading import Delivery, Handed, read_envelopes
from wegwijs.sync.letterbox.schemas import ENVELOPES, RescueAnswer, RescueReceipt, RescueRequest
from wegwijs.sync.letterbox.service import take


async def deliver(db: Database, registry: Registry, delivery: Delivery, handed: list[Handed]) -> None:
    """Take envelopes in, in one transaction; behind savepoints when the store refuses a row."""
    try:
        await db.run_write(lambda tx: take(tx, registry, delivery, handed))
    except ROW_REFUSED:
        await db.run_write(lambda tx: take(tx, registry, delivery, handed, careful=True))


async def take_rescued(
    db: Database, settings: Settings, registry: Registry, whose: tuple[UUID, UUID], envelopes: list[Any]
) -> RescueAnswer:
    """Take in envelopes that a person brought; `whose`: organisation, and team for the doubtful ones."""
    organisation, team = whose
    async with db.read() as tx:
        handed = await read_envelopes(tx, settings, organisation, envelopes)
    # When a file was written says nothing about the device's clock.
    delivery = Delivery(organisation=organisation, team=team, via="rescue", client_time=now())
    await deliver(db, registry, delivery, handed)
    counts = {verdict: sum(one.verdict == verdict for one in handed) for verdict in ("new", "duplicate", "quarantined")}
    receipts = [RescueReceipt(one.id, one.hash, one.verdict) for one in handed]  # type: ignore[arg-type]
    return RescueAnswer(receipts=receipts, **counts)


async def take_rescue_file(
    db: Database, settings: Settings, registry: Registry, slug: str, content: bytes
) -> RescueAnswer:
    """A whole file, for the command line. Raises Problem `bad_request` when it is none, `not_found` for the name."""
    try:
        envelopes = msgspec.json.decode(content, type=RescueRequest).envelopes
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise Problem("bad_request", "This is not a rescue file.") from None
    async with db.read() as tx:
        organisation = await find_organisation(tx, slug)
        team = await tx.fetch_one("SELECT id FROM team WHERE organisation = ? ORDER BY created_at, id", organisation)
    assert team is not None
    whole = RescueAnswer(receipts=[], new=0, duplicate=0, quarantined=0)
    for start in range(0, len(envelopes), ENVELOPES):
        part = envelopes[start : start + ENVELOPES]
        answer = await take_rescued(db, settings, registry, (organisation, team["id"]), part)
        whole.receipts += answer.receipts
        whole.new += answer.new
        whole.duplicate += answer.duplicate
        whole.quarantined += answer.quarantined
    return whole
