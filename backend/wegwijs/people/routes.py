"""The addresses of people: enrolment, sign-in, who I am, and what administrators do."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody

from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people import service, throttle
from wegwijs.people.access import Actor
from wegwijs.people.cookie import no_cookie, session_cookie
from wegwijs.people.schemas import (
    AskChallenge,
    Challenge,
    DeviceReport,
    Enrol,
    InvitationView,
    Me,
    Member,
    Members,
    NewMember,
    SignIn,
    Teams,
)
from wegwijs.people.service import Opened
from wegwijs.people.throttle import Bucket

AnyRequest = Request[Any, Any, Any]

# Tries in ten minutes. Of enrolment and sign-in only refusals count: a whole team may enrol from one office.
_ENROL_PER_ADDRESS = 20
_CHALLENGES_PER_ADDRESS = 600
_CHALLENGES_PER_DEVICE = 30
_SIGN_IN_PER_ADDRESS = 60
_SIGN_IN_PER_DEVICE = 10


def _per_address(request: AnyRequest, settings: Settings, kind: str, limit: int) -> Bucket:
    address = request.client.host if request.client else "?"
    return throttle.bucket(service.server_secret(settings), f"{kind}/address", address, limit)


def _per_device(settings: Settings, kind: str, device: UUID, limit: int) -> Bucket:
    return throttle.bucket(service.server_secret(settings), f"{kind}/device", str(device), limit)


async def _entered(db: Database, settings: Settings, opened: Opened | Problem, status: int) -> Response[Me]:
    """Who has come in, with the cookie of the new session. Raises the refusal."""
    if isinstance(opened, Problem):
        raise opened
    async with db.read() as tx:
        me = await service.me(tx, settings, opened.actor)
    cookie = session_cookie(settings, opened.token, opened.absolute_until)
    return Response(me, status_code=status, cookies=[cookie])


class DoorController(Controller):
    """Enrolment, signing in and out."""

    path = "/api"
    tags = ("people",)

    @post("/enrol")
    async def enrol(
        self, request: AnyRequest, data: JSONBody[Enrol], db: Given[Database], settings: Given[Settings]
    ) -> Response[Me]:
        """Spend a one-time code: this browser becomes a device of the membership, and is signed in."""
        buckets = [_per_address(request, settings, "enrol", _ENROL_PER_ADDRESS)]

        async def work(tx: Transaction) -> Opened | Problem:
            await throttle.check(tx, buckets)
            opened = await service.enrol(tx, settings, data)
            if isinstance(opened, Problem):
                await throttle.count(tx, buckets)
            return opened

        return await _entered(db, settings, await db.run_write(work), 201)

    @post("/sign-in/challenge", status_code=200)
    async def challenge(
        self, request: AnyRequest, data: JSONBody[AskChallenge], db: Given[Database], settings: Given[Settings]
    ) -> Challenge:
        """A nonce for a device to sign, once, within two minutes."""
        buckets = [
            _per_address(request, settings, "challenge", _CHALLENGES_PER_ADDRESS),
            _per_device(settings, "challenge", data.device_id, _CHALLENGES_PER_DEVICE),
        ]

        async def work(tx: Transaction) -> Challenge:
            await throttle.check(tx, buckets)
            await throttle.count(tx, buckets)
            return await service.make_challenge(tx, data.device_id)

        return await db.run_write(work)

    @post("/sign-in", status_code=200)
    async def sign_in(
        self, request: AnyRequest, data: JSONBody[SignIn], db: Given[Database], settings: Given[Settings]
    ) -> Response[Me]:
        """Sign in again, as the same device, with a signed challenge."""
        buckets = [
            _per_address(request, settings, "sign-in", _SIGN_IN_PER_ADDRESS),
            _per_device(settings, "sign-in", data.device_id, _SIGN_IN_PER_DEVICE),
        ]

        async def work(tx: Transaction) -> Opened | Problem:
            await throttle.check(tx, buckets)
            opened = await service.sign_in(tx, settings, data)
            if isinstance(opened, Problem):
                await throttle.count(tx, buckets)
            return opened

        return await _entered(db, settings, await db.run_write(work), 200)

    @post("/sign-out", status_code=204)
    async def sign_out(self, actor: Given[Actor], db: Given[Database], settings: Given[Settings]) -> Response[None]:
        """End this session. The device stays enrolled, and what it has not sent stays on it."""
        async with db.write() as tx:
            await service.end_session(tx, actor)
        return Response(None, status_code=204, cookies=[no_cookie(settings)])


class MeController(Controller):
    """Who sits here, and what the device says of itself."""

    path = "/api/me"
    tags = ("people",)

    @get()
    async def me(self, actor: Given[Actor], db: Given[Database], settings: Given[Settings]) -> Me:
        """Membership, organisation, session and the organisation's public keys."""
        async with db.read() as tx:
            return await service.me(tx, settings, actor)

    @post("/device", status_code=204)
    async def device(self, data: JSONBody[DeviceReport], actor: Given[Actor], db: Given[Database]) -> None:
        """Keep what this device says of itself: version, storage, how many records wait."""
        async with db.write() as tx:
            await service.report_device(tx, actor, data)


class PeopleController(Controller):
    """What administrators do with people, and supervisors with their team's devices."""

    path = "/api"
    tags = ("people",)

    @get("/people")
    async def list_members(self, actor: Given[Actor], db: Given[Database]) -> Members:
        """Everybody in the organisation, with their devices; for a supervisor the own team."""
        async with db.read() as tx:
            return await service.list_members(tx, actor)

    @post("/people")
    async def add_member(self, data: JSONBody[NewMember], actor: Given[Actor], db: Given[Database]) -> Member:
        """Add somebody to a team of the organisation."""
        async with db.write() as tx:
            return await service.add_member(tx, actor, data)

    @post("/people/{membership_id:uuid}/invitation")
    async def invite(
        self, membership_id: FromPath[UUID], actor: Given[Actor], db: Given[Database], settings: Given[Settings]
    ) -> InvitationView:
        """A one-time code for one device of this person: shown once."""
        async with db.write() as tx:
            return await service.invite(tx, settings, actor.organisation, membership_id, by=actor.membership)

    @post("/people/{membership_id:uuid}/switch-off", status_code=204)
    async def switch_off(
        self, membership_id: FromPath[UUID], actor: Given[Actor], db: Given[Database], journal: Given[Journal]
    ) -> None:
        """Switch a membership off, with all its devices, sessions and open invitations."""
        async with db.write() as tx:
            await service.switch_off(tx, actor, membership_id, journal)

    @post("/devices/{device_id:uuid}/revoke", status_code=204)
    async def revoke(
        self, device_id: FromPath[UUID], actor: Given[Actor], db: Given[Database], journal: Given[Journal]
    ) -> None:
        """Switch one device off; its unsent records stay on it."""
        async with db.write() as tx:
            await service.revoke_device(tx, actor, device_id, journal)

    @get("/teams")
    async def list_teams(self, actor: Given[Actor], db: Given[Database]) -> Teams:
        """The teams of the organisation."""
        async with db.read() as tx:
            return await service.list_teams(tx, actor)


ROUTES = (DoorController, MeController, PeopleController)
