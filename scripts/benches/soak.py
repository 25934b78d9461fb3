"""A server that works on and on: `scripts/bench soak --minutes N [--engine sqlite|postgresql] [--devices 20]`.

Devices log, correct, delete, hand the same in again, pull, ask for the catalogue and the status, sign in anew and send
rubbish, without pause. Memory is that of the server's process, read every two seconds.

mb_second_quarter, mb_last_quarter, growth  medians of the resident memory, and their ratio: flat is 1.0
requests, per_s                              what was asked
growing                                      tables that grew in the second half although nothing in them is a record or
                                             goes by itself after its time; none is right
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from scripts.benches.devices import populate
from scripts.benches.sync import databases
from tests.helpers import BROWSER_HEADERS, contact_mutations, mutation, push_body
from tests.server import Server
from wegwijs.foundation.database import Database

RECORDS = {"contact", "help_request", "note", "sync_change", "sync_ledger", "sync_mark", "revision", "mutation_outcome"}
GO_BY_THEMSELVES = {"session", "sign_in_challenge", "throttle", "job_run", "week_count"}
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    "postgresql": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
}


class Worker:
    """One device that never rests."""

    def __init__(self, device: Any, client: httpx.AsyncClient, dice: random.Random) -> None:
        self.device = device
        self.client = client
        self.dice = dice
        self.cursor = ""
        self.requests = 0
        self.last: list[dict[str, Any]] = []

    async def work(self, until: float) -> None:
        acts = (self.log, self.log, self.correct, self.again, self.delete, self.pull, self.look, self.rubbish)
        while time.monotonic() < until:
            await self.dice.choice(acts)()

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.requests += 1
        answer = await self.client.request(method, path, headers={"Cookie": self.device.cookie}, **more)
        if answer.status_code >= 500 and answer.status_code != 503:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer

    async def _push(self, mutations: list[dict[str, Any]]) -> None:
        await self._ask("POST", "/api/sync/v1/push", json=push_body(self.device, mutations))

    async def log(self) -> None:
        self.last = contact_mutations([{}, {}], note="Komt maandag terug.")
        await self._push(self.last)

    async def correct(self) -> None:
        if self.last:
            about = self.last[1]
            await self._push(
                [mutation("help_request", about["entity_id"], "update", {"outcome": "solved"}, base={"outcome": None})]
            )

    async def again(self) -> None:
        if self.last:
            await self._push(self.last)

    async def delete(self) -> None:
        if self.last:
            await self._push([mutation("contact", self.last[0]["entity_id"], "delete")])

    async def pull(self) -> None:
        where = {"cursor": self.cursor} if self.cursor else {}
        page = (await self._ask("GET", "/api/sync/v1/pull", params=where)).json()
        self.cursor = page.get("cursor", "")

    async def look(self) -> None:
        await self._ask("GET", "/api/sync/v1/status")
        await self._ask("GET", "/api/catalogue")

    async def rubbish(self) -> None:
        await self._ask("POST", "/api/sync/v1/push", content=b"{[[[")
        await self._push([{"id": "no", "set": {"x": "y" * 2000}}])


def resident(process: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def counts(url: str) -> dict[str, int]:
    """Rows by table."""
    db = Database.from_url(url)
    await db.open()
    try:
        async with db.read() as tx:
            names = [row["name"] for row in await tx.fetch(TABLES[tx.kind])]
            found = {}
            for name in names:
                row = await tx.fetch_one(f"SELECT COUNT(*) AS rows FROM {name}")
                found[name] = row["rows"] if row else 0
            return found
    finally:
        await db.close()


async def bench(given: argparse.Namespace, folder: Path) -> None:
    """Measure and report."""
    with databases(given.engine, folder) as (url, _):
        server = Server(folder, database_url=url).start()
        headers = {**BROWSER_HEADERS, "Origin": server.base_url}
        try:
            devices = await populate(server, url, given)
            async with httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=60) as client:
                workers = [Worker(device, client, random.Random(number)) for number, device in enumerate(devices)]
                began, seconds = time.monotonic(), given.minutes * 60
                working = [asyncio.create_task(worker.work(began + seconds)) for worker in workers]
                memory, halfway = await _watch(server, url, began, seconds)
                await asyncio.gather(*working)
            at_end = await counts(url)
        finally:
            server.stop()
    quarter = len(memory) // 4
    second, last = statistics.median(memory[quarter : 2 * quarter]), statistics.median(memory[3 * quarter :])
    kept = set(at_end) - RECORDS - GO_BY_THEMSELVES
    growing = sorted(name for name in kept if at_end[name] > halfway.get(name, 0))
    requests = sum(worker.requests for worker in workers)
    figures = {
        "minutes": given.minutes,
        "requests": requests,
        "per_s": round(requests / seconds),
        "mb_second_quarter": round(second, 1),
        "mb_last_quarter": round(last, 1),
        "growth": round(last / second, 3),
        "growing": growing,
    }
    print(json.dumps(figures))


async def _watch(server: Server, url: str, began: float, seconds: float) -> tuple[list[float], dict[str, int]]:
    """The server's memory every two seconds, and the rows of each table at half-time."""
    memory: list[float] = []
    halfway: dict[str, int] = {}
    assert server.process is not None
    while (passed := time.monotonic() - began) < seconds:
        memory.append(resident(server.process.pid))
        if passed > seconds / 2 and not halfway:
            halfway = await counts(url)
        await asyncio.sleep(2)
    return memory, halfway


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--devices", type=int, default=20)
    given = parser.parse_args()
    given.organisations, given.contacts = 2, 0
    with tempfile.TemporaryDirectory(prefix="wegwijs-bench-") as folder:
        asyncio.run(bench(given, Path(folder)))


if __name__ == "__main__":
    main()
