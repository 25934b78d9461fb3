"""Some hundreds of schedules under every fault there is, on both engines; `docs/proof.md` tells how to replay one."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.conftest import LONG, Postgres
from tests.sync.house import House
from tests.sync.rooms import postgres_house, sqlite_house
from tests.sync.schedules import generate, parse
from tests.sync.shrink import shortest
from tests.sync.simulation import Simulation

FIXED = {"sqlite": 250, "postgresql": 25}
MANY = {"sqlite": 10_000, "postgresql": 2_000}


@asynccontextmanager
async def house_on(engine: str, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A house on this engine. PostgreSQL is started only where it is needed."""
    if engine == "sqlite":
        async with sqlite_house() as house:
            yield house
    else:
        server: Postgres = request.getfixturevalue("postgres")
        async with postgres_house(server.url("postgres")) as house:
            yield house


async def test_nothing_is_lost_doubled_or_leaked_in_any_schedule(engine: str, request: pytest.FixtureRequest) -> None:
    fresh = random.Random(time.time()).randrange(1_000_000, 9_000_000)
    seeds = [*range((MANY if LONG else FIXED)[engine]), *range(fresh, fresh + (1000 if LONG else 10))]
    print(f"fresh seeds from {fresh}; replay one with: scripts/bench faults --engine {engine} --schedules 1 --seed N")
    async with house_on(engine, request) as house:
        for seed in seeds:
            await Simulation(house, seed).run(generate(seed))


@pytest.mark.parametrize(
    "schedule",
    [
        "backup a1; save a1; send a1; restore a1 archive",
        "save a1; purge a1; edit a1 text; sync a1",
        "bad a1 contact; sync a1; purge a1",
        "save a1; sync a1; save a2; purge a1; add a1; box a1; sync a2",
        "skew a1 -5256000; save a1; sync a1; skew a1 0; edit a1 duration; sync a1",
    ],
)
async def test_what_lost_or_kept_too_much_once_does_so_no_more(schedule: str) -> None:
    async with sqlite_house() as house:
        await Simulation(house).run(parse(schedule))


async def test_a_seed_replays_exactly() -> None:
    async with sqlite_house() as house:
        seen = []
        for _ in range(2):
            simulation = Simulation(house, 7)
            await simulation.run(generate(7))
            seen.append((simulation.trace, [one.disk.stores for one in simulation.all_devices]))
    assert seen[0] == seen[1]


def test_a_schedule_is_the_text_that_it_prints() -> None:
    for seed in range(50):
        schedule = generate(seed)
        assert parse("; ".join(map(str, schedule))) == schedule


async def test_a_failing_schedule_is_made_as_short_as_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.sync.device.PULL_LIMIT", 500)
    monkeypatch.setattr("wegwijs.sync.feed.digests", no_digests)
    async with sqlite_house() as house:
        long = parse("save b1; save a1; sync a1; edit a1 duration; wait 5; sync b1; sync a1")
        assert "; ".join(map(str, await shortest(house, long))) == "sync a1"


async def no_digests(*_: object, **__: object) -> dict[str, object]:
    """A server that says of every scope that it is empty and has the wrong mark."""
    return {"team:0": {"count": 1, "xor64": "0" * 16}}
