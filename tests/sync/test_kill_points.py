"""`kill -9` of a real server process at numbered points around every commit, on both databases.

Every statement of the transaction is a point, and the commit, and the moment after it when nobody has the answer yet.
After each: nothing half written, the counter and the feed agree, and handing in once more gives the effect exactly
once. A spread of points here; `scripts/test --long` takes all of them.
"""

import asyncio
import mmap
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.conftest import ENGINES, LONG, Postgres
from tests.helpers import BROWSER_HEADERS, Json, contact_mutations, mutation, new_device, push_body
from tests.letterbox import AS_ENVELOPES, LETTERBOX, letterbox_body, sealed
from tests.server import clean_environment
from tests.sync.killing import NUMBER
from wegwijs.foundation.database import Database
from wegwijs.foundation.settings import Settings, load_settings
from wegwijs.people import service as people
from wegwijs.people.access import Role
from wegwijs.people.organisations import MadeOrganisation, NewOrganisation
from wegwijs.sync.core.canonical import canonical

ROOT = Path(__file__).parents[2]
STRIDE = 1 if LONG else 9
LAST = 120
"""More points than any of these transactions has."""


@dataclass
class Phone:
    """A device that hands in to a real server, with what tests/helpers.py and tests/letterbox.py want to know."""

    client: httpx.AsyncClient
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    me: Json = field(default_factory=dict)

    @property
    def device_id(self) -> str:
        return str(self.me["device_id"])

    @property
    def membership_id(self) -> str:
        return str(self.me["membership_id"])

    @property
    def organisation_id(self) -> str:
        return str(self.me["organisation"]["id"])

    async def push(self, mutations: list[Json]) -> list[Json]:
        answer = await self.client.post("/api/sync/v1/push", json=push_body(self, mutations))
        assert answer.status_code == 200, answer.text
        results: list[Json] = answer.json()["results"]
        return results

    async def put_in_letterbox(self, envelopes: list[Json]) -> None:
        body = canonical(letterbox_body(self, envelopes))  # type: ignore[arg-type]
        answer = await self.client.post(LETTERBOX, content=body, headers=AS_ENVELOPES)
        assert answer.status_code == 200 and len(answer.json()["receipts"]) == len(envelopes), answer.text


class Killed(Exception):
    """The server ended at its point, and nobody got an answer."""


class Stage:
    """A server that can be armed, and looks behind it into the database."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listening.getsockname()[1]}"
        self._points = folder / "point"
        self._points.write_bytes(NUMBER.pack(-1))
        self.db = Database.from_url(settings.database_url)
        self.process: asyncio.subprocess.Process
        self.organisation: MadeOrganisation
        with self._points.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), NUMBER.size)

    async def open(self) -> None:
        environment = clean_environment(
            WEGWIJS_DATA_DIR=str(self.settings.data_dir), WEGWIJS_KEYS_DIR=str(self.settings.keys_dir),
            WEGWIJS_DATABASE_URL=self.settings.database_url, WEGWIJS_PUBLIC_URL=self.url,
            WEGWIJS_LOG_LEVEL="error", PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "backend")]),
        )  # fmt: skip
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.sync.killing", str(self.listening.fileno()), str(self._points),
            env=environment, pass_fds=(self.listening.fileno(),), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        await self.db.open()
        wanted = NewOrganisation(
            name="Stad", country="BE", time_zone="Europe/Brussels", team="Team", administrator="Beheer"
        )
        async with self.db.write() as tx:
            self.organisation = await people.make_organisation(tx, self.settings, wanted)
        await self.start()

    async def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()
        await self.db.close()
        self.listening.close()

    async def tell(self, line: str) -> str:
        """Give the forking process a line; returns its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n".encode())
        return (await self.process.stdout.readline()).decode().strip()

    async def start(self) -> None:
        self.arm(-1)
        await self.tell("start")

    def arm(self, point: int) -> None:
        NUMBER.pack_into(self._shared, 0, point)

    async def phone(self, membership: UUID | None = None) -> Phone:
        """Enrol a device of a new worker, or of one who has another."""
        organisation = self.organisation
        async with self.db.write() as tx:
            if membership is None:
                membership = await people.add_membership(
                    tx, organisation.organisation, organisation.team, Role.WORKER, "Toeleider"
                )
            code = (await people.invite(tx, self.settings, organisation.organisation, membership)).code
        phone = Phone(httpx.AsyncClient(base_url=self.url, headers={**BROWSER_HEADERS, "Origin": self.url}, timeout=30))
        answer = await phone.client.post("/api/enrol", json={"code": code, "device": new_device(phone.key)})
        assert answer.status_code == 201, answer.text
        phone.me = answer.json()
        return phone

    async def at_point(self, point: int, act: Callable[[], Awaitable[Any]]) -> bool:
        """Do something with the server armed; returns whether it ended at that point. It is up again afterwards."""
        self.arm(point)
        try:
            await act()
        except (httpx.TransportError, Killed):
            await self.start()
            return True
        self.arm(-1)
        return False

    async def fetch(self, sql: str, *values: object) -> list[Json]:
        async with self.db.read() as tx:
            return await tx.fetch(sql, *values)

    async def sound(self) -> None:
        """What must hold after every death."""
        assert await self.fetch("SELECT * FROM sync_ledger WHERE status = 'pending'") == []
        (clock,) = await self.fetch("SELECT seq FROM sync_clock WHERE organisation = ?", self.organisation.organisation)
        (top,) = await self.fetch("SELECT COALESCE(MAX(seq), 0) AS seq FROM sync_change")
        assert clock["seq"] == top["seq"], "the counter and the feed disagree"
        half = await self.fetch(
            "SELECT c.id FROM contact c LEFT JOIN help_request r ON r.contact_id = c.id GROUP BY c.id "
            "HAVING COUNT(r.id) <> 2"
        )
        assert half == [], "a save was half applied"

    async def once(self, group: list[Json]) -> None:
        """A save is there with all its parts, in its first version, told once."""
        for made in group:
            rows = await self.fetch(f"SELECT version FROM {made['entity']} WHERE id = ?", UUID(made["entity_id"]))
            assert [row["version"] for row in rows] == [1], made["entity"]
            told = await self.fetch("SELECT scope FROM sync_change WHERE entity_id = ?", UUID(made["entity_id"]))
            assert len(told) == 2


@pytest_asyncio.fixture(scope="module", params=ENGINES)
async def stage(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """One server an engine for all tests here: each point has records of its own."""
    folder = tmp_path_factory.mktemp("killed")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copyfile(sqlite_template, folder / 'wegwijs.db')}"
        else:
            server: Postgres = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database())
        settings = load_settings(
            {}, data_dir=folder / "data", keys_dir=folder / "keys", database_url=url, log_level="error"
        )
        stage = Stage(settings, folder)
        await stage.open()
        try:
            yield stage
        finally:
            await stage.close()


def points() -> range:
    """The points to die at: each test stops at the first that its transaction does not reach."""
    return range(0, LAST, STRIDE)


def save() -> list[Json]:
    return contact_mutations([{}, {}], note="blijft onder ons")


async def test_killed_anywhere_in_a_push_the_next_try_gives_it_once(stage: Stage) -> None:
    phone = await stage.phone()
    for point in points():
        group = save()
        died = await stage.at_point(point, lambda group=group: phone.push(group))  # type: ignore[misc]
        await stage.sound()
        again = await phone.push(group)
        assert {result["status"] for result in again} in ({"applied"}, {"duplicate"})
        await stage.once(group)
        if not died:
            break
    assert not died and point > 10


async def test_killed_anywhere_in_the_letterbox_the_next_try_gives_it_once(stage: Stage) -> None:
    phone = await stage.phone()
    for point in points():
        group = save()
        envelopes = sealed(phone, group)  # type: ignore[arg-type]
        died = await stage.at_point(point, lambda envelopes=envelopes: phone.put_in_letterbox(envelopes))  # type: ignore[misc]
        await stage.sound()
        await phone.put_in_letterbox(envelopes)
        await stage.once(group)
        if not died:
            break
    assert not died and point > 10


async def test_killed_anywhere_in_a_choice_the_next_try_settles_it_once(stage: Stage) -> None:
    phone = await stage.phone()
    other = await stage.phone(UUID(phone.membership_id))
    for point in points():
        group = save()
        await phone.push(group)
        contact = group[0]["entity_id"]
        edits = [mutation("contact", contact, "update", {"duration": n}, base={"duration": None}) for n in (5, 6)]
        await phone.push(edits[:1])
        assert [result["status"] for result in await other.push(edits[1:])] == ["conflict"]
        (conflict,) = await stage.fetch("SELECT id FROM sync_conflict WHERE entity_id = ?", UUID(contact))
        choice = mutation("conflict", str(conflict["id"]), "resolve", {"choice": "mine"})
        died = await stage.at_point(point, lambda choice=choice: other.push([choice]))  # type: ignore[misc]
        await stage.sound()
        (again,) = await other.push([choice])
        assert again["status"] in {"applied", "duplicate"}
        (row,) = await stage.fetch("SELECT duration, version FROM contact WHERE id = ?", UUID(contact))
        (kept,) = await stage.fetch("SELECT choice, version FROM sync_conflict WHERE entity_id = ?", UUID(contact))
        assert (row["duration"], row["version"], kept["choice"], kept["version"]) == (6, 3, "mine", 2)
        if not died:
            break
    assert not died and point > 10


async def test_killed_anywhere_in_an_erasure_the_next_start_carries_it_out_or_it_can_be_tried_again(
    stage: Stage,
) -> None:
    phone = await stage.phone()
    for point in points():
        group = save()
        await phone.push(group)
        line = f"erase {phone.organisation_id} {group[0]['entity_id']}"

        async def erase(line: str = line) -> None:
            if await stage.tell(line) != "ended 0":
                raise Killed

        died = await stage.at_point(point, erase)
        await stage.start()
        await stage.sound()
        assert await stage.tell(line) == "ended 0"
        await stage.start()
        for made in group:
            assert await stage.fetch(f"SELECT id FROM {made['entity']} WHERE id = ?", UUID(made["entity_id"])) == []
        assert {result["status"] for result in await phone.push(group)} <= {"gone", "duplicate"}
        assert await stage.fetch("SELECT id FROM sync_ledger WHERE payload IS NOT NULL") == []
        if not died:
            break
    assert not died and point > 5
