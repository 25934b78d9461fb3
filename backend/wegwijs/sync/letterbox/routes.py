"""The addresses of the letterbox: handing in without a session, rescue files, and the supervisors' quarantine."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency as Given
from litestar.params import Body, JSONBody

from wegwijs.foundation.database import ROW_REFUSED, Database, Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people import throttle
from wegwijs.people.access import Actor
from wegwijs.people.devices import device_owner
from wegwijs.people.keys import server_secret
from wegwijs.sync.core.envelope import EnvelopeFault, from_text, is_signed
from wegwijs.sync.entity import Registry
from wegwijs.sync.letterbox import quarantine
from wegwijs.sync.letterbox.deciding import accept
from wegwijs.sync.letterbox.delivering import deliver, take_rescued
from wegwijs.sync.letterbox.reading import Delivery, read_envelopes
from wegwijs.sync.letterbox.schemas import (
    ENVELOPES,
    MEDIA_TYPE,
    Accepted,
    Decision,
    LetterboxRequest,
    QuarantineList,
    Receipt,
    Receipts,
    RescueAnswer,
    RescueRequest,
)
from wegwijs.sync.schemas import Instant

AnyRequest = Request[Any, Any, Any]

# Requests in ten minutes. A team behind one address hands in together when its office's network comes back.
_PER_ADDRESS = 600
_PER_DEVICE = 60


def _only_envelopes(request: AnyRequest, envelopes: list[Any]) -> None:
    """Raises Problem `wrong_content_type` or `batch_too_large`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise Problem("wrong_content_type", f"Send `{MEDIA_TYPE}`.")
    if len(envelopes) > ENVELOPES:
        raise Problem("batch_too_large")


def _instant(text: str) -> datetime:
    try:
        return msgspec.convert(text, Instant)
    except msgspec.ValidationError:
        raise Problem("bad_request", "client_time: an instant with an offset (RFC 3339)") from None


def _is_authentic(data: LetterboxRequest, public_key: bytes) -> bool:
    said = {"device_id": str(data.device_id), "client_time": data.client_time, "envelopes": data.envelopes}
    try:
        return is_signed(from_text(data.signature), b"wegwijs/letterbox/1|", said, public_key)
    except EnvelopeFault:
        return False


class LetterboxController(Controller):
    """`/api/sync/v1/letterbox`, `/rescue` and `/quarantine`."""

    path = "/api/sync/v1"
    tags = ("letterbox",)

    @post("/letterbox", status_code=200)
    async def letterbox(
        self,
        request: AnyRequest,
        data: Annotated[LetterboxRequest, Body(media_type=MEDIA_TYPE)],
        db: Given[Database],
        settings: Given[Settings],
        registry: Given[Registry],
    ) -> Receipts:
        """Hand sealed envelopes in without a session. Every answer of 200 is the same: receipts, and no verdict."""
        _only_envelopes(request, data.envelopes)
        client_time = _instant(data.client_time)
        await self._throttle(request, data, db, settings)
        async with db.read() as tx:
            owner = await device_owner(tx, data.device_id)
            # One answer for a device nobody knows and for a signature that does not fit.
            if owner is None or not _is_authentic(data, owner.public_key):
                raise Problem("letterbox_refused")
            handed = await read_envelopes(tx, settings, owner.actor.organisation, data.envelopes)
        delivery = Delivery(
            organisation=owner.actor.organisation,
            team=owner.actor.team,
            via="letterbox",
            client_time=client_time,
            device=data.device_id,
            member=owner.actor.membership,
        )
        await deliver(db, registry, delivery, handed)
        return Receipts([Receipt(one.id, one.hash) for one in handed])

    @staticmethod
    async def _throttle(request: AnyRequest, data: LetterboxRequest, db: Database, settings: Settings) -> None:
        secret = server_secret(settings)
        address = request.client.host if request.client else "?"
        buckets = [
            throttle.bucket(secret, "letterbox/address", address, _PER_ADDRESS),
            throttle.bucket(secret, "letterbox/device", str(data.device_id), _PER_DEVICE),
        ]

        async def work(tx: Transaction) -> None:
            await throttle.check(tx, buckets)
            await throttle.count(tx, buckets)

        await db.run_write(work)

    @post("/rescue", status_code=200)
    async def rescue(
        self,
        request: AnyRequest,
        data: Annotated[RescueRequest, Body(media_type=MEDIA_TYPE)],
        actor: Given[Actor],
        db: Given[Database],
        settings: Given[Settings],
        registry: Given[Registry],
    ) -> RescueAnswer:
        """Take in a rescue file, or a hundred envelopes of one: what counts is the signature of each one's device."""
        _only_envelopes(request, data.envelopes)
        return await take_rescued(db, settings, registry, (actor.organisation, actor.team), data.envelopes)

    @get("/quarantine")
    async def quarantine(self, actor: Given[Actor], db: Given[Database]) -> QuarantineList:
        """Envelopes that wait for a decision: whose, from which device, when, how many; nothing of their content."""
        async with db.read() as tx:
            return await quarantine.list_envelopes(tx, actor)

    @post("/quarantine/accept", status_code=200)
    async def accept(
        self,
        data: JSONBody[Decision],
        actor: Given[Actor],
        db: Given[Database],
        settings: Given[Settings],
        registry: Given[Registry],
    ) -> Accepted:
        """Take envelopes in as their authors; all of them or none."""
        try:
            return await db.run_write(lambda tx: accept(tx, settings, registry, actor, data.ids))
        except ROW_REFUSED:
            return await db.run_write(lambda tx: accept(tx, settings, registry, actor, data.ids, careful=True))

    @post("/quarantine/reject", status_code=204)
    async def reject(self, data: JSONBody[Decision], actor: Given[Actor], db: Given[Database]) -> None:
        """Refuse envelopes; their content is erased after 30 days, until when they can still be accepted."""
        async with db.write() as tx:
            await quarantine.reject(tx, actor, data.ids)
