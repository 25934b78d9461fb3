"""How tests act: sign in as somebody, log as a phone does, push and pull; all by what travels over the wire."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol, cast
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar

from wegwijs.foundation.clock import now
from wegwijs.foundation.ids import uuid7
from wegwijs.people import service as people
from wegwijs.people.access import Role
from wegwijs.people.organisations import MadeOrganisation, NewOrganisation
from wegwijs.people.tables import Team

ORIGIN = "http://localhost:8000"
BROWSER_HEADERS = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
SCHEMA = 1

Json = dict[str, Any]
# A device never uses a number twice; one counter for all devices keeps that without bookkeeping.
_numbers = count(1)


def base64url(raw: bytes) -> str:
    """Base64url without padding, as keys and signatures travel."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def browser_like(app: Litestar) -> httpx.AsyncClient:
    """A client that sends what a browser on our own page sends. Server errors come back as answers, not as raises."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False, client=("127.0.0.1", 50000)),
        base_url=ORIGIN,
        headers=BROWSER_HEADERS,
    )


@dataclass
class SignedIn:
    """A membership on one device, with its session in the client's cookie jar."""

    client: httpx.AsyncClient
    me: Json
    key: Ed25519PrivateKey
    app: Litestar

    @property
    def device_id(self) -> str:
        return str(self.me["device_id"])

    @property
    def membership_id(self) -> str:
        return str(self.me["membership_id"])

    @property
    def organisation_id(self) -> str:
        return str(self.me["organisation"]["id"])

    @property
    def team_id(self) -> str:
        return str(self.me["team"]["id"])


def new_device(key: Ed25519PrivateKey, name: str = "telefoon") -> Json:
    """The `device` of an enrolment."""
    public = base64url(key.public_key().public_bytes_raw())
    return {"name": name, "public_key": public, "schema": SCHEMA, "app_version": "test"}


async def enrol(app: Litestar, code: str) -> SignedIn:
    """Spend an invitation code on a new device with a fresh key."""
    key, client = Ed25519PrivateKey.generate(), browser_like(app)
    answer = await client.post("/api/enrol", json={"code": code, "device": new_device(key)})
    assert answer.status_code == 201, answer.text
    return SignedIn(client, answer.json(), key, app)


async def make_organisation(app: Litestar, name: str | None = None, country: str = "BE") -> MadeOrganisation:
    """An organisation with one team and an administrator, as `wegwijs organisation` makes it."""
    wanted = NewOrganisation(
        name=name or f"Organisatie {next(_numbers)}",
        country=country,
        time_zone="Europe/Berlin" if country == "DE" else "Europe/Brussels",
        team="Team één",
        administrator="Beheer",
    )
    async with app.state.db.write() as tx:
        return await people.make_organisation(tx, app.state.settings, wanted)


async def make_team(app: Litestar, organisation: MadeOrganisation, name: str = "Team twee") -> UUID:
    """A further team of an organisation."""
    team = uuid4()
    async with app.state.db.write():
        await Team.insert(Team(id=team, organisation=organisation.organisation, name=name, created_at=now()))
    return team


async def invite(app: Litestar, organisation: MadeOrganisation, membership: UUID) -> str:
    """A fresh invitation code for a membership."""
    async with app.state.db.write() as tx:
        return (await people.invite(tx, app.state.settings, organisation.organisation, membership)).code


async def sign_in(
    app: Litestar,
    role: str = "worker",
    organisation: MadeOrganisation | None = None,
    team: UUID | None = None,
    membership: UUID | None = None,
) -> SignedIn:
    """THE way in: somebody with `role`, new unless `membership` names one, enrolled on a new device and signed in."""
    organisation = organisation or await make_organisation(app)
    if membership is None:
        async with app.state.db.write() as tx:
            membership = await people.add_membership(
                tx, organisation.organisation, team or organisation.team, Role(role), f"{role} {next(_numbers)}"
            )
    return await enrol(app, await invite(app, organisation, membership))


def sign_challenge(signed_in: SignedIn, challenge: str) -> str:
    """The device's signature over a challenge, which signs it in again."""
    message = f"wegwijs/sign-in/1|{signed_in.device_id}|{challenge}"
    return base64url(signed_in.key.sign(message.encode()))


def mutation(
    entity: str,
    entity_id: str,
    op: str,
    fields: Mapping[str, Any] | None = None,
    **more: Any,
) -> Json:
    """One mutation; `more` adds or replaces fields of the wire shape (group, base, base_version, depends_on …)."""
    return {
        "id": str(uuid7()),
        "no": next(_numbers),
        "entity": entity,
        "entity_id": entity_id,
        "op": op,
        "base": {},
        "set": dict(fields or {}),
        "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "depends_on": [],
        **more,
    }


def contact_mutations(
    requests: Iterable[Mapping[str, Any]] = ({},),
    *,
    note: str | None = None,
    contact_id: str | None = None,
    **contact: Any,
) -> list[Json]:
    """One save of a phone: a group that creates a contact, its help requests and maybe a note.

    `requests` holds what differs from a plain question about rent; `contact` likewise (None leaves a field empty).
    """
    contact_id, group = contact_id or str(uuid4()), str(uuid4())
    fields = {
        "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "date_precision": "time",
        "setting": "street",
        "language": "ar",
        **contact,
    }
    made = [mutation("contact", contact_id, "create", fields, group=group)]
    for position, request in enumerate(requests):
        asked = {
            "contact_id": contact_id,
            "position": position,
            "theme": "HOU",
            "subtheme": "HOU.rent_search",
            "primary_action": "explain",
            "further_actions": [],
            "barriers": [],
            **request,
        }
        made.append(mutation("help_request", str(uuid4()), "create", asked, group=group))
    if note is not None:
        text = {"contact_id": contact_id, "help_request_id": None, "text": note}
        made.append(mutation("note", str(uuid4()), "create", text, group=group))
    return made


class HasDevice(Protocol):
    """Whatever knows the id of its device."""

    @property
    def device_id(self) -> str: ...


def push_body(device: HasDevice, mutations: list[Json], **more: Any) -> Json:
    """The body of a push; `more` adds or replaces its fields."""
    return {
        "device_id": device.device_id,
        "schema": SCHEMA,
        "client_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "mutations": mutations,
        **more,
    }


async def push(signed_in: SignedIn, mutations: list[Json]) -> list[Json]:
    """Hand mutations in; returns one result each, in their order."""
    answer = await signed_in.client.post("/api/sync/v1/push", json=push_body(signed_in, mutations))
    assert answer.status_code == 200, answer.text
    results: list[Json] = answer.json()["results"]
    assert [result["id"] for result in results] == [sent["id"] for sent in mutations]
    return results


@dataclass
class Pulled:
    """What a device got: the changes in their order, and where it stands."""

    epoch: str = ""
    cursor: str = ""
    changes: list[Json] = field(default_factory=list)
    digest: dict[str, Json] = field(default_factory=dict)


async def pull_all(signed_in: SignedIn, cursor: str = "", limit: int = 500) -> Pulled:
    """Pull page after page until the last."""
    pulled = Pulled(cursor=cursor)
    while True:
        where = {"cursor": pulled.cursor} if pulled.cursor else {}
        answer = await signed_in.client.get("/api/sync/v1/pull", params={"limit": limit, **where})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        pulled.changes += page["changes"]
        pulled.cursor, pulled.epoch = page["cursor"], page["epoch"]
        if page["last"]:
            pulled.digest = page["digest"]
            return pulled
