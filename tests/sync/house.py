"""Where every schedule begins: a server with two organisations, their people, and devices that are signed in."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.helpers import SignedIn, make_organisation, make_team, sign_in
from tests.sync.server import Server, deterministic
from wegwijs.people.organisations import MadeOrganisation
from wegwijs.sync.core.queue import Json


@dataclass
class Enrolled:
    """A device as the house was built with it."""

    me: Json
    key: Ed25519PrivateKey
    cookie: str
    organisation: MadeOrganisation


@dataclass
class House:
    """A server with two organisations and five enrolled devices, kept as a copy that each schedule begins with."""

    server: Server
    devices: dict[str, Enrolled]

    @classmethod
    async def build(cls, server: Server) -> "House":
        """Make organisations, people and devices by the ways that real ones are made."""
        with deterministic(server.clock, random.Random("house")):
            own, other = await make_organisation(server.app), await make_organisation(server.app)
            second = await make_team(server.app, own)
            first = await sign_in(server.app, "worker", own)
            people = {
                "a1": (first, own),
                "a2": (await sign_in(server.app, "worker", own, membership=UUID(first.membership_id)), own),
                "b1": (await sign_in(server.app, "worker", own), own),
                "c1": (await sign_in(server.app, "worker", own, team=second), own),
                "s1": (await sign_in(server.app, "supervisor", own), own),
                "x1": (await sign_in(server.app, "worker", other), other),
            }
            devices = {name: enrolled(person, organisation) for name, (person, organisation) in people.items()}
            for person, _ in people.values():
                await person.client.aclose()
            await server.keep("house")
        return cls(server, devices)


def enrolled(person: SignedIn, organisation: MadeOrganisation) -> Enrolled:
    (cookie,) = person.client.cookies.jar
    return Enrolled(person.me, person.key, f"{cookie.name}={cookie.value}", organisation)


@asynccontextmanager
async def open_house(server: Server) -> AsyncIterator[House]:
    """A running server with its house built."""
    async with server.running():
        yield await House.build(server)
