"""The jobs of the night, on both databases: once a night, by one of several, and again after a failure."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar

from tests.helpers import contact_mutations, push, sign_in
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.database import Database
from wegwijs.foundation.jobs import Job, Scheduler
from wegwijs.foundation.settings import Settings
from wegwijs.operation.nightly import jobs

# In the machine's own time, whatever that is here.
NIGHT = datetime(2026, 11, 25, 2, 30).astimezone()
EVENING = datetime(2026, 11, 24, 23, 0).astimezone()


class Counted:
    """A job that counts its runs, and fails or waits when told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.fails = False
        self.started, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> None:
        self.runs += 1
        self.started.set()
        await self.may_end.wait()
        if self.fails:
            raise OSError("disk full")

    def scheduler(self, db: Database) -> Scheduler:
        return Scheduler(db, [Job("counted", 2, self)])


async def test_a_job_runs_once_a_night_from_its_hour_on(db: Database) -> None:
    work = Counted()
    scheduler = work.scheduler(db)
    for moment in (NIGHT.replace(hour=1), NIGHT, NIGHT + timedelta(minutes=1), NIGHT + timedelta(hours=20)):
        await scheduler.run_due(moment)
    assert work.runs == 1
    await scheduler.run_due(NIGHT + timedelta(days=1))
    assert work.runs == 2


async def test_a_server_that_was_down_at_night_does_it_in_the_morning(db: Database) -> None:
    work = Counted()
    assert await work.scheduler(db).run_due(NIGHT.replace(hour=9)) == ["counted"]


async def test_of_several_processes_one_runs_it(db: Database) -> None:
    work = Counted()
    work.may_end.clear()
    one, other = work.scheduler(db), work.scheduler(db)
    running = asyncio.create_task(one.run_due(NIGHT))
    await work.started.wait()
    assert await other.run_due(NIGHT) == []
    work.may_end.set()
    assert await running == ["counted"]
    assert await other.run_due(NIGHT) == [] and work.runs == 1


async def test_a_process_that_died_with_it_loses_the_lease(db: Database) -> None:
    work = Counted()
    work.may_end.clear()
    running = asyncio.create_task(work.scheduler(db).run_due(NIGHT))
    await work.started.wait()
    running.cancel()
    await asyncio.wait([running])
    work.may_end.set()
    assert await work.scheduler(db).run_due(NIGHT + timedelta(minutes=9)) == []
    assert await work.scheduler(db).run_due(NIGHT + timedelta(minutes=61)) == ["counted"]


async def test_a_job_that_failed_says_so_and_is_tried_an_hour_later(db: Database) -> None:
    work = Counted()
    scheduler, work.fails = work.scheduler(db), True
    assert await scheduler.run_due(NIGHT) == ["counted"]
    async with db.read() as tx:
        assert await tx.fetch("SELECT problem FROM job_run") == [{"problem": "OSError"}]
    assert await scheduler.run_due(NIGHT + timedelta(minutes=59)) == []
    work.fails = False
    assert await scheduler.run_due(NIGHT + timedelta(minutes=61)) == ["counted"]
    async with db.read() as tx:
        assert await tx.fetch("SELECT problem FROM job_run") == [{"problem": None}]


async def test_the_night_of_a_server_makes_a_verified_backup(
    app: Litestar, db: Database, settings: Settings, tmp_path: Path
) -> None:
    worker = await sign_in(app, "worker")
    await push(worker, contact_mutations())
    with_folder = msgspec.structs.replace(settings, backup_dir=tmp_path / "backups", backup_keep=1)
    scheduler = Scheduler(db, jobs(db, with_folder, REGISTRY))
    tomorrow = datetime.now(UTC).astimezone().replace(hour=23) + timedelta(days=1)
    assert await scheduler.run_due(tomorrow) == ["tidy", "backup"]
    assert await scheduler.run_due(tomorrow + timedelta(days=1)) == ["tidy", "backup"]
    status = (await worker.client.get("/api/sync/v1/status")).json()
    assert status["durable_seq"] > 0
    assert len(list((tmp_path / "backups").iterdir())) == 1
    assert [job.name for job in jobs(db, settings, REGISTRY)] == ["tidy"]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_evening_before_is_not_the_night(db: Database) -> None:
    work = Counted()
    scheduler = work.scheduler(db)
    await scheduler.run_due(EVENING)
    assert await scheduler.run_due(NIGHT) == ["counted"]
