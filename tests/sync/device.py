"""A simulated device: outbox, copies, cursor and the way it talks with the server, as the app does it.

It mirrors `pwa/src/sync` (outbox, push, feed, schedule) over the shared pure core. Everything it must not forget is on
its `disk`; the object itself may be thrown away at any moment and made anew.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from tests.helpers import base64url
from tests.sync.disk import Disk, StoreFull, Stores
from tests.sync.network import Network, NoAnswer, Request, get, post
from tests.sync.server import HISTORY, Clock
from tests.sync.stores import drop_copies, store_page, take_verdicts
from wegwijs.sync.core.answer import Answer, judge
from wegwijs.sync.core.batch import batches, halve
from wegwijs.sync.core.canonical import canonical
from wegwijs.sync.core.envelope import Sealer, from_text, seal
from wegwijs.sync.core.queue import Json, Queued, advance
from wegwijs.sync.core.replay import Replayed, ServerRow, replay

SCHEMA = HISTORY.schema
PULL_LIMIT = 7
"""Small pages, so that small schedules have several."""
START_ANEW = frozenset({"other_epoch", "bad_cursor"})
__all__ = ["Device", "Failed", "StoreFull", "cloned", "drop_copies", "renewed", "reopened", "store_page"]
RECORDS = frozenset({"contact", "help_request", "note"})


class Failed(Exception):
    """An answer that ends this run."""

    def __init__(self, answer: Answer, status: int) -> None:
        self.answer, self.status = answer, status
        super().__init__(answer.code or answer.kind)


class Device:
    """One membership on one device."""

    def __init__(self, name: str, network: Network, clock: Clock, me: Json, key: Ed25519PrivateKey) -> None:
        self.name, self.me, self.key = name, me, key
        self.disk = Disk()
        self.cookie = ""
        self.skew = timedelta()
        self.faults: dict[int, str] = {}
        self.off: str | None = None
        """Why the server switched this device off, when it did."""
        self._network, self._clock = network, clock
        self.tried: dict[str, set[timedelta]] = {}
        """How wrong the clock was whenever a mutation was handed in."""
        self._requests = 0

    @property
    def device_id(self) -> str:
        return str(self.me["device_id"])

    @property
    def membership_id(self) -> str:
        return str(self.me["membership_id"])

    @property
    def queue(self) -> list[Queued]:
        """The outbox in the order of numbers, sent copies included."""
        return sorted(self.disk.stores.outbox.values(), key=lambda one: int(one.mutation["no"]))

    @property
    def unsettled(self) -> list[Queued]:
        """What the server is not known to have."""
        return [one for one in self.queue if one.unsettled]

    @property
    def time(self) -> str:
        """What the device's clock says, which may be anything."""
        return (self._clock.now + self.skew).isoformat(timespec="milliseconds")

    def view(self) -> dict[str, Replayed]:
        """What the worker sees, by id."""
        rows = [
            ServerRow(entity, identity, copy.version, copy.data)
            for (entity, identity), copy in self.disk.stores.rows.items()
            if entity in RECORDS
        ]
        return replay(rows, self.queue)

    # -- putting down ----------------------------------------------------------------------------------------------

    def append(self, mutations: list[Json], schema: int = SCHEMA) -> list[Json]:
        """Queue mutations in their order, all or none; they get their numbers. Only after this is "saved" said.

        `schema` is the version of the app that made them: they are handed in under it, whatever app does that.
        """
        numbered: list[Json] = []

        def put(stores: Stores) -> None:
            numbered.clear()
            for mutation in mutations:
                stores.meta["no"] = stores.meta.get("no", 0) + 1
                numbered.append({**mutation, "no": stores.meta["no"]})
                stores.outbox[mutation["id"]] = Queued("here", numbered[-1])
                if schema != SCHEMA:
                    stores.meta["schemas"] = {**stores.meta.get("schemas", {}), mutation["id"]: schema}

        self.disk.write(put)
        return numbered

    def discard(self, ids: list[str]) -> None:
        """The worker's own decision to drop what was refused."""

        def take_out(stores: Stores) -> None:
            for one in ids:
                stores.outbox.pop(one, None)

        self.disk.write(take_out)

    # -- one run -----------------------------------------------------------------------------------------------------

    async def exchange(self, *, pushing: bool = True, pulling: bool = True) -> None:
        """Push, then pull. Raises NoAnswer, Failed, Killed, StoreFull."""
        self._requests = 0
        try:
            await self._exchange(pushing, pulling)
        except Failed as failed:
            if failed.answer.code == "device_cloned":
                self.off = failed.answer.code
            if failed.answer.kind != "signed_out" and failed.answer.code != "wrong_device":
                raise
            await self._sign_in()
            await self._exchange(pushing, pulling)

    async def _exchange(self, pushing: bool, pulling: bool) -> None:
        status = await self._ask(get("/api/sync/v1/status"), lambda body: body.get("ok") is True)
        refusal = None
        if pushing:
            refusal = await self._push()
        if pulling:
            await self._pull()
            self._turn("pulled")
            self.disk.write(lambda stores: drop_copies(stores, status["epoch"], int(status["durable_seq"])))
            self.disk.stores.meta["seq"] = status["seq"]
        if refusal is not None:
            raise refusal

    async def is_up_to_date(self) -> bool:
        """The tiny question of a visible app: has anything changed, here or there?"""
        try:
            status = await self._ask(get("/api/sync/v1/status"), lambda body: body.get("ok") is True)
        except Failed:
            return False  # the run says what is wrong
        meta = self.disk.stores.meta
        return not self.unsettled and (meta.get("epoch"), meta.get("seq")) == (status["epoch"], status["seq"])

    async def _push(self) -> Failed | None:
        """Hand in everything that is not settled. What is refused as a whole stays and does not block the others."""
        waiting = [batch for part in self._by_schema() for batch in batches(part)]
        refusal: Failed | None = None
        while waiting:
            batch = waiting.pop(0)
            ids = [mutation["id"] for mutation in batch]
            self._turn("handed_in", ids)
            for identity in ids:
                self.tried.setdefault(identity, set()).add(self.skew)
            body = {
                "device_id": self.device_id,
                "schema": self._schema(ids[0]),
                "client_time": self.time,
                "mutations": batch,
            }
            try:
                answer = await self._ask(post("/api/sync/v1/push", body), lambda found: "results" in found)
                self._take_answer(answer)
            except Failed as failed:
                divisible = failed.answer.kind == "too_large" or (failed.answer.document or {}).get("status") == 400
                halves = halve(batch) if divisible else None
                if halves:
                    waiting[:0] = halves
                elif failed.answer.kind in {"too_large", "stop"} and failed.answer.code != "wrong_device":
                    refusal = refusal or failed
                else:
                    raise
        return refusal

    def _schema(self, identity: str) -> int:
        return int(self.disk.stores.meta.get("schemas", {}).get(identity, SCHEMA))

    def _by_schema(self) -> list[list[Json]]:
        """What waits, cut where another version of the app made what follows."""
        waiting = [one.mutation for one in self.unsettled]
        return [list(part) for _, part in groupby(waiting, key=lambda mutation: self._schema(mutation["id"]))]

    def _take_answer(self, answer: Json) -> None:
        self.disk.write(lambda stores: take_verdicts(stores, "answered", answer["results"], answer["epoch"]))

    async def _pull(self) -> None:
        cursor, epoch = (self.disk.stores.meta.get(name) for name in ("cursor", "epoch"))
        anew, lost = cursor is None, list[str]()
        while True:
            try:
                page = await self._ask(
                    get("/api/sync/v1/pull", cursor=cursor, limit=PULL_LIMIT), lambda found: "changes" in found
                )
            except Failed as failed:
                if failed.answer.code == "feed_pruned" and failed.answer.document:
                    cursor, lost = failed.answer.document["cursor"], failed.answer.document["scopes"]
                    continue
                if cursor is None or failed.answer.code not in START_ANEW:
                    raise
                page = None
            if page is None or (not anew and page["epoch"] != epoch):
                if anew:
                    raise NoAnswer
                cursor, anew = None, True
                continue
            # A restored server may lack what it once confirmed: hand it in again, before the old copies go. (A device
            # that handed in and has never pulled knows the epoch from the answer.)
            if any(one.epoch not in {None, page["epoch"]} for one in self.queue):
                self._turn("restored")
            self._store_page(page, [*lost, *page["scope_removed"]], anew)
            cursor, epoch, anew, lost = page["cursor"], page["epoch"], False, []
            if page["last"]:
                return

    def _store_page(self, page: Json, lost: list[str], anew: bool) -> None:
        self.disk.write(lambda stores: store_page(stores, page, lost, anew))

    async def _sign_in(self) -> None:
        """Sign in again as the same device, by its key. Raises Failed; a device that was switched off remembers why."""
        try:
            asked = await self._ask(
                post("/api/sign-in/challenge", {"device_id": self.device_id}), lambda found: "challenge" in found
            )
            message = f"wegwijs/sign-in/1|{self.device_id}|{asked['challenge']}"
            said = {
                "device_id": self.device_id,
                "challenge": asked["challenge"],
                "signature": base64url(self.key.sign(message.encode())),
            }
            await self._ask(post("/api/sign-in", said), lambda found: "device_id" in found)
        except Failed as failed:
            if failed.answer.kind in {"stop", "signed_out"}:
                self.off = failed.answer.code
            raise

    async def fetch(self, path: str, is_ours: Callable[[Any], bool]) -> Any:
        """Ask something that is not about records on this device."""
        return await self._ask(get(path), is_ours)

    async def hand_in_sealed(self) -> None:
        """Hand in without a session what waits, one envelope for each save. The answer is a receipt and no verdict.

        It counts as sent, no more: only the feed tells what became of it.
        """
        self._requests = 0
        waiting = batches([one.mutation for one in self.unsettled], most=1)
        key = self.me["keys"]["seal"]
        sealer = Sealer(
            organisation=self.me["organisation"]["id"],
            member=self.membership_id,
            device=self.device_id,
            key=self.key,
            kid=key["kid"],
            public_key=X25519PublicKey.from_public_bytes(from_text(key["public"])),
        )
        said: Json = {
            "device_id": self.device_id,
            "client_time": self.time,
            "envelopes": [seal(group, replace(sealer, schema=self._schema(group[0]["id"]))) for group in waiting],
        }
        if not waiting:
            return
        self._turn("handed_in")
        for group in waiting:
            for mutation in group:
                self.tried.setdefault(mutation["id"], set()).add(self.skew)
        signature = self.key.sign(b"wegwijs/letterbox/1|" + canonical(said))
        request = post("/api/sync/v1/letterbox", {**said, "signature": base64url(signature)})
        request.headers["content-type"] = "application/vnd.wegwijs.letterbox+json"
        await self._ask(request, lambda found: "receipts" in found, signed_in=False)

    # -- parts -------------------------------------------------------------------------------------------------------

    async def _ask(self, request: Request, is_ours: Callable[[Any], bool], *, signed_in: bool = True) -> Any:
        """Send a request; returns the body of our answer. Raises NoAnswer, Failed, Killed."""
        self.disk.trouble.moment()
        fault = self.faults.get(self._requests)
        self._requests += 1
        request.cookie = self.cookie if signed_in else ""
        response = await self._network.carry(request, fault)
        self.disk.trouble.moment()
        for name, value in response.headers:
            if name == "set-cookie":
                self.cookie = value.split(";")[0]
        answer = judge(response.raw, lambda body: isinstance(body, dict) and is_ours(body))
        if answer.kind == "ok":
            return answer.body
        raise Failed(answer, response.status)

    def _turn(self, event: Any, ids: list[str] | None = None) -> None:
        """Let an event happen to the outbox, where it changes anything."""
        turned = {
            one.id: after
            for one in self.queue
            if (ids is None or one.id in ids) and (after := advance(one, event)) is not one and after is not None
        }
        if turned:
            self.disk.write(lambda stores: stores.outbox.update(turned))


def renewed(queued: Queued, mutation_id: str, correction: Json) -> Json:
    """The answer to a refusal: the same once more with corrected fields, naming what it replaces."""
    return {
        **{name: value for name, value in queued.mutation.items() if name not in {"no", "group"}},
        "id": mutation_id,
        "set": {**queued.mutation["set"], **correction},
        "depends_on": [],
        "replaces": queued.id,
    }


def reopened(device: Device) -> Device:
    """The same device after its app was ended and started: only disk, key and cookie are left."""
    fresh = Device(device.name, device._network, device._clock, device.me, device.key)
    fresh.disk, fresh.cookie, fresh.skew = Disk(device.disk.stores), device.cookie, device.skew
    fresh.off, fresh.tried = device.off, device.tried
    return fresh


def cloned(device: Device, name: str) -> Device:
    """A copy of a whole device: a phone restored from a phone's backup."""
    twin = reopened(device)
    twin.name = name
    twin.disk = Disk(Stores({i: replace(q) for i, q in device.disk.stores.outbox.items()},
                            dict(device.disk.stores.rows), dict(device.disk.stores.meta)))  # fmt: skip
    return twin
