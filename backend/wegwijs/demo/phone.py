"""A simulated phone: enrols and hands in over HTTP, with nothing that a real one could not do."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID, uuid5

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wegwijs import __version__
from wegwijs.demo.plan import PlannedContact
from wegwijs.foundation.clock import now, rfc3339

Mutation = dict[str, Any]

_SCHEMA = 1
_BATCH = 100
# A day inside the month, at an hour that is the same day everywhere; the precision says that only the month counts.
_IN_MONTH = "{month}-15T12:00:00Z"
# When a phone noted down what has no month: the day the figures were published.
_PUBLISHED = "2016-09-05T12:00:00Z"


class DemoRefused(Exception):
    """The server did not take the demo's records."""


def _mutation(organisation: UUID, name: str, no: int, group: str, occurred_at: str) -> Mutation:
    """A create without its fields. Ids follow from names, so that handing in twice changes nothing."""
    return {
        "id": str(uuid5(organisation, f"mutation/{name}")),
        "no": no,
        "group": str(uuid5(organisation, f"group/{group}")),
        "entity_id": str(uuid5(organisation, name)),
        "op": "create",
        "occurred_at": occurred_at,
    }


def record_id(organisation: UUID, contact: int, request: int | None = None) -> UUID:
    """The id of a planned contact, or of one of its help requests."""
    return uuid5(organisation, _name(contact, request))


def _name(contact: int, request: int | None = None) -> str:
    return f"contact/{contact}" if request is None else f"contact/{contact}/request/{request}"


def save(organisation: UUID, contact: PlannedContact, first_no: int) -> list[Mutation]:
    """What a phone queues when this contact is saved: one group, the contact first."""
    occurred_at = _IN_MONTH.format(month=contact.month) if contact.month else None
    name, noted_at = _name(contact.number), occurred_at or _PUBLISHED
    fields = {
        "occurred_at": occurred_at,
        "date_precision": "month" if contact.month else "none",
        "setting": contact.setting,
        "language": contact.language,
        **contact.snapshot,
    }
    made = [{**_mutation(organisation, name, first_no, name, noted_at), "entity": "contact", "set": fields}]
    for position, request in enumerate(contact.requests):
        own = _mutation(organisation, _name(contact.number, position), first_no + 1 + position, name, noted_at)
        asked = {
            "contact_id": str(record_id(organisation, contact.number)),
            "position": position,
            "subtheme": request.subtheme,
            "primary_action": request.primary_action,
            "destination": request.destination,
        }
        made.append({**own, "entity": "help_request", "set": asked})
    return made


def batches(organisation: UUID, contacts: Iterable[PlannedContact]) -> Iterator[list[Mutation]]:
    """The queue of one phone, in batches of at most 100 that never part a group."""
    batch: list[Mutation] = []
    number = 1
    for contact in contacts:
        group = save(organisation, contact, number)
        number += len(group)
        if len(batch) + len(group) > _BATCH:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch


class Phone:
    """One enrolled device with its session in the client's cookies."""

    def __init__(self, client: httpx.AsyncClient, device_id: str) -> None:
        self._client = client
        self._device_id = device_id

    @classmethod
    async def enrol(cls, client: httpx.AsyncClient, code: str, name: str) -> "Phone":
        """Spend a one-time code with a fresh key. Raises DemoRefused."""
        public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        device = {
            "name": name,
            "public_key": urlsafe_b64encode(public).rstrip(b"=").decode(),
            "schema": _SCHEMA,
            "app_version": __version__,
        }
        me = await _answer(await client.post("/api/enrol", json={"code": code, "device": device}))
        return cls(client, me["device_id"])

    async def push(self, mutations: list[Mutation]) -> None:
        """Hand one batch in. Raises DemoRefused unless each was applied, now or before."""
        body = {
            "device_id": self._device_id,
            "schema": _SCHEMA,
            "client_time": rfc3339(now()),
            "mutations": mutations,
        }
        answer = await _answer(await self._client.post("/api/sync/v1/push", json=body))
        for result in answer["results"]:
            if result["status"] not in {"applied", "duplicate"}:
                raise DemoRefused(f"a record of the demo was not taken: {result['status']} {result['error']}")

    async def sign_out(self) -> None:
        """End the session; the key is forgotten with this object."""
        await self._client.post("/api/sign-out")


async def _answer(response: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer. Raises DemoRefused with the problem's code."""
    if response.is_success:
        answer: dict[str, Any] = response.json()
        return answer
    raise DemoRefused(f"{response.request.url.path} answered {response.status_code}: {response.text[:300]}")
