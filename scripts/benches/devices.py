"""Everybody comes back from the street at once: `scripts/bench devices --devices 1000 --contacts 50`.

    [--engine sqlite|postgresql] [--processes N] [--organisations N] [--resend 5]

Each device hands in its contacts (one or two help requests each) in batches as the app does, tries again with growing
random pauses, and then pulls for the first time. `--resend` per cent of the answers are thrown away and the batch is
sent again, as on a bad network. Devices and server share the machine, so the figures are lower bounds.

seconds            from the first request to the last answer
lost, doubled      help requests that a device saw confirmed and the database, or its own pull, lacks or has too often
p50_ms, p95_ms     one batch, from the first try to its confirmation
first_pull_p95_ms  a device's whole first pull
slowest_to_fastest the last device of the slowest organisation against that of the fastest
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scripts.benches.frame import report
from scripts.benches.sync import databases
from tests.helpers import BROWSER_HEADERS, Json, contact_mutations, new_device, push_body
from tests.server import Server
from wegwijs.app import create_app
from wegwijs.foundation.database import Database
from wegwijs.foundation.settings import load_settings
from wegwijs.people import service
from wegwijs.people.access import Role
from wegwijs.people.cookie import cookie_name
from wegwijs.people.schemas import Enrol, NewDevice
from wegwijs.people.sessions import Opened

BATCH = 100
CLIENTS = 25
"""Devices that share one HTTP client (not one connection): a pool of a thousand is slower than the server."""
LONGEST_PAUSE = 20.0
TRY_AGAIN = {408, 425, 429, 502, 503, 504}


@dataclass
class Device:
    """One enrolled phone with its outbox."""

    organisation: str
    device_id: str
    cookie: str
    batches: list[list[Json]]
    confirmed: set[str] = field(default_factory=set)
    pulled: Counter[str] = field(default_factory=Counter)
    batch_ms: list[float] = field(default_factory=list)
    pull_ms: float = 0
    done_at: float = 0


def outbox(contacts: int) -> list[list[Json]]:
    """The batches of a device: whole groups, at most a hundred mutations each."""
    batches: list[list[Json]] = [[]]
    for number in range(contacts):
        group = contact_mutations([{}] * (1 + number % 2))
        if len(batches[-1]) + len(group) > BATCH:
            batches.append([])
        batches[-1] += group
    return batches


async def populate(server: Server, url: str, given: argparse.Namespace) -> list[Device]:
    """Organisations with their devices, enrolled by the same code as over HTTP, without its throttle."""
    settings = load_settings(server.environment)
    create_app(settings)  # lets every part do its share when an organisation is made
    db = Database.from_url(url)
    await db.open()
    devices = []
    try:
        for number in range(given.organisations):
            wanted = service.NewOrganisation(
                name=f"Bench {number}", country="BE", time_zone="Europe/Brussels", team="Team", administrator="Beheer"
            )
            share = len(range(number, given.devices, given.organisations))
            async with db.write() as tx:
                made = await service.make_organisation(tx, settings, wanted)
                for seat in range(share):
                    member = await service.add_membership(tx, made.organisation, made.team, Role.WORKER, f"W {seat}")
                    code = (await service.invite(tx, settings, made.organisation, member)).code
                    phone = NewDevice(**new_device(Ed25519PrivateKey.generate()))
                    opened = await service.enrol(tx, settings, Enrol(code=code, device=phone))
                    assert isinstance(opened, Opened), opened
                    cookie = f"{cookie_name(settings)}={opened.token}"
                    devices.append(Device(made.slug, str(opened.actor.device), cookie, outbox(given.contacts)))
    finally:
        await db.close()
    return devices


class Network:
    """The way to the server: loses some answers, and tries again as the app does."""

    def __init__(self, client: httpx.AsyncClient, dice: random.Random, resend: int) -> None:
        self._client = client
        self._dice = dice
        self._resend = resend

    async def sync(self, device: Device, began: float) -> None:
        """Hand everything in, then pull everything."""
        for batch in device.batches:
            body = push_body(device, batch)
            start = time.perf_counter()
            answer = await self._ask("POST", "/api/sync/v1/push", device, json=body)
            if self._dice.randrange(100) < self._resend:
                answer = await self._ask("POST", "/api/sync/v1/push", device, json=body)
            device.batch_ms.append((time.perf_counter() - start) * 1000)
            for mutation, result in zip(batch, answer["results"], strict=True):
                if result["status"] in {"applied", "duplicate"} and mutation["entity"] == "help_request":
                    device.confirmed.add(mutation["entity_id"])
        start, cursor, last = time.perf_counter(), "", False
        while not last:
            where = {"limit": "500"} | ({"cursor": cursor} if cursor else {})
            page = await self._ask("GET", "/api/sync/v1/pull", device, params=where)
            device.pulled.update(change["id"] for change in page["changes"] if change["entity"] == "help_request")
            cursor, last = page["cursor"], page["last"]
        device.pull_ms = (time.perf_counter() - start) * 1000
        device.done_at = time.perf_counter() - began

    async def _ask(self, method: str, path: str, device: Device, **more: Any) -> Json:
        tries = 0
        while True:
            try:
                answer = await self._client.request(method, path, headers={"Cookie": device.cookie}, **more)
                if answer.status_code == 200:
                    found: Json = answer.json()
                    return found
                if answer.status_code not in TRY_AGAIN:
                    raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
            except httpx.TransportError:
                pass
            tries += 1
            await asyncio.sleep(self._dice.uniform(0, min(LONGEST_PAUSE, 2.0**tries)))


async def stored(url: str) -> Counter[str]:
    """How often each help request stands in the database."""
    db = Database.from_url(url)
    await db.open()
    try:
        async with db.read() as tx:
            return Counter(str(row["id"]) for row in await tx.fetch("SELECT id FROM help_request"))
    finally:
        await db.close()


def percentile(values: list[float], share: int) -> float:
    """The value below which `share` per cent lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]


async def bench(given: argparse.Namespace, folder: Path) -> None:
    """Measure and report."""
    with databases(given.engine, folder) as (url, _):
        server = Server(folder, database_url=url, arguments=("--processes", str(given.processes))).start()
        clients = [
            httpx.AsyncClient(
                base_url=server.base_url,
                headers={**BROWSER_HEADERS, "Origin": server.base_url},
                timeout=300,
                limits=httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS),
            )
            for _ in range(0, given.devices, CLIENTS)
        ]
        try:
            devices = await populate(server, url, given)
            dice = random.Random(given.seed)
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for number, device in enumerate(devices):
                    network = Network(clients[number // CLIENTS], dice, given.resend)
                    group.create_task(network.sync(device, began))
            seconds = time.perf_counter() - began
            found = await stored(url)
        finally:
            for client in clients:
                await client.aclose()
            server.stop()
    sent = {one["entity_id"] for d in devices for b in d.batches for one in b if one["entity"] == "help_request"}
    finished = {d.organisation: max(o.done_at for o in devices if o.organisation == d.organisation) for d in devices}
    report(
        {
            "devices": given.devices,
            "help_requests": len(sent),
            "seconds": seconds,
            "lost": sum(one not in found or not d.pulled[one] for d in devices for one in d.confirmed)
            + len(sent - {one for d in devices for one in d.confirmed}),
            "doubled": len(set(found) - sent) + sum(count - 1 for d in devices for count in d.pulled.values()),
            "p50_ms": percentile([ms for d in devices for ms in d.batch_ms], 50),
            "p95_ms": percentile([ms for d in devices for ms in d.batch_ms], 95),
            "first_pull_p95_ms": percentile([d.pull_ms for d in devices], 95),
            "mutations_per_s": sum(len(b) for d in devices for b in d.batches) / seconds,
            "slowest_to_fastest": max(finished.values()) / min(finished.values()),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--contacts", type=int, default=50)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--processes", type=int, default=1, help="more than one needs PostgreSQL")
    parser.add_argument("--organisations", type=int, default=1)
    parser.add_argument("--resend", type=int, default=5, help="per cent of the answers that are lost")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wegwijs-bench-") as folder:
        asyncio.run(bench(given, Path(folder)))


if __name__ == "__main__":
    main()
