"""`kill -9` of a real server in the middle of a push, again and again: nothing lost, doubled or half applied."""

import asyncio
import contextlib
import re
from collections import Counter
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.helpers import BROWSER_HEADERS, Json, contact_mutations, new_device, push_body
from tests.server import Server
from wegwijs.foundation.database import Database

ROUNDS = 5


class Phone:
    """A device of a real server: hands in what it holds until every mutation has an answer."""

    def __init__(self, server: Server) -> None:
        headers = {**BROWSER_HEADERS, "Origin": server.base_url}
        self.client = httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=30)
        self.me: Json = {}
        self.outbox: list[list[Json]] = []

    @property
    def device_id(self) -> str:
        return str(self.me["device_id"])

    async def enrol(self, code: str) -> None:
        device = new_device(Ed25519PrivateKey.generate())
        answer = await self.client.post("/api/enrol", json={"code": code, "device": device})
        assert answer.status_code == 201, answer.text
        self.me = answer.json()

    async def hand_in(self, group: list[Json]) -> list[str]:
        answer = await self.client.post("/api/sync/v1/push", json=push_body(self, group))
        return [result["status"] for result in answer.json()["results"]]


def new_worker_code(server: Server) -> str:
    """An organisation and a worker's invitation, made on the console as an operator does."""
    server.run("organisation", "--name", "Stad", "--country", "BE", "--time-zone", "Europe/Brussels", "--team", "Team",
               "--administrator", "Beheer")  # fmt: skip
    printed = server.run("invite", "--organisation", "stad", "--name", "Toeleider", "--role", "worker")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", printed)
    assert found, printed
    return found[0]


async def stored(url: str) -> tuple[Counter[UUID], Counter[UUID], set[UUID], int, int]:
    """Contacts, questions by contact, ids in the feed, the counter and its highest use."""
    db = Database.from_url(url)
    await db.open()
    async with db.read() as tx:
        contacts = Counter(row["id"] for row in await tx.fetch("SELECT id FROM contact"))
        questions = Counter(row["contact_id"] for row in await tx.fetch("SELECT contact_id FROM help_request"))
        feed = {row["entity_id"] for row in await tx.fetch("SELECT entity_id FROM sync_change")}
        clock = await tx.fetch_one("SELECT MAX(seq) AS seq FROM sync_clock")
        top = await tx.fetch_one("SELECT COALESCE(MAX(seq), 0) AS seq FROM sync_change")
        pending = await tx.fetch("SELECT id FROM sync_ledger WHERE status = 'pending'")
    await db.close()
    assert clock and top and not pending
    return contacts, questions, feed, clock["seq"], top["seq"]


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Server:
    return Server(tmp_path / "server", database_url=database_url)


async def test_killed_in_the_middle_of_pushes_nothing_is_lost_doubled_or_half_applied(
    server: Server, database_url: str
) -> None:
    server.start()
    phone = Phone(server)
    try:
        await phone.enrol(new_worker_code(server))
        acknowledged: set[str] = set()
        for number in range(ROUNDS):
            groups = [contact_mutations([{}, {}, {}]) for _ in range(12)]
            phone.outbox += groups
            pushes = [asyncio.create_task(phone.hand_in(group)) for group in groups]
            # Let some be answered, so that the rest is anywhere between arriving and having been committed.
            while sum(push.done() for push in pushes) < number:
                await asyncio.sleep(0)
            server.kill()
            for group, push in zip(groups, pushes, strict=True):
                with contextlib.suppress(httpx.TransportError):
                    assert set(await push) == {"applied"}
                    acknowledged.add(group[0]["entity_id"])
            contacts, questions, feed, clock, top = await stored(database_url)
            assert {str(identity) for identity in contacts} >= acknowledged, "an acknowledged record was lost"
            assert set(questions.values()) <= {3} and set(questions) == set(contacts), "a group was half applied"
            assert feed >= set(contacts) and clock == top, "the feed and the rows disagree"
            server.start()
        for group in phone.outbox:
            assert set(await phone.hand_in(group)) in ({"applied"}, {"duplicate"})
        contacts, questions, feed, clock, top = await stored(database_url)
        assert {str(identity) for identity in contacts} == {group[0]["entity_id"] for group in phone.outbox}
        assert set(questions.values()) == {3} and clock == top
    finally:
        await phone.client.aclose()
        server.stop()
