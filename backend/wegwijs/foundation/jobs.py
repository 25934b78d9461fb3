"""Jobs of the night: one small scheduler inside `wegwijs serve`, and a lease in the database.

Of several processes, on one machine or more, the one that takes the lease runs the job. A process that dies with it
loses it after ten minutes; a live one renews it. A job that failed is tried again an hour later, and says so.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database, Row, Transaction
from wegwijs.foundation.logs import fields
from wegwijs.foundation.problems import Problem

_LEASE = timedelta(minutes=10)
_RENEW_SECONDS = 120
_RETRY = timedelta(hours=1)
_LOOK_SECONDS = 30

_RUN = "SELECT * FROM job_run WHERE name = ?"

_log = logging.getLogger("wegwijs.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """Runs once a day, from `hour` on in the machine's local time; later that day when the server was down."""

    name: str
    hour: int
    work: Callable[[], Awaitable[None]]


def is_due(row: Row | None, hour: int, moment: datetime) -> bool:
    """Whether a job is to be started: not yet today, after its hour, and not in the hour after a failure."""
    local = moment.astimezone()
    if row is None or row["started_at"] is None:
        return local.hour >= hour
    if row["lease_until"] is not None and row["lease_until"] > moment:
        return False
    # It failed, or whoever held it died and never said how it ended.
    if row["problem"] is not None or row["holder"] is not None:
        return bool(row["started_at"] + _RETRY <= moment)
    return bool(row["started_at"].astimezone().date() < local.date() and local.hour >= hour)


class Scheduler:
    """Looks every half minute whether a job is due. `each_look` runs at each look, in every process."""

    def __init__(self, db: Database, jobs: list[Job], each_look: Callable[[], Awaitable[None]] | None = None) -> None:
        self._db = db
        self._jobs = jobs
        self._each_look = each_look
        self._me = uuid4()

    async def forever(self) -> None:
        """Run what is due until cancelled. A job that fails takes neither the others nor the server down."""
        while True:
            # First a while of serving: a server that has just started has devices waiting for it.
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                if self._each_look is not None:
                    await self._each_look()
                await self.run_due()
            except Exception:
                _log.exception("jobs could not be looked at")

    async def run_due(self, moment: datetime | None = None) -> list[str]:
        """Run the jobs that are due now (or at `moment`) and that nobody else runs. Returns their names."""
        ran = []
        for job in self._jobs:
            if await self._take(job, moment or now()):
                await self._run(job)
                ran.append(job.name)
        return ran

    async def _take(self, job: Job, moment: datetime) -> bool:
        async def work(tx: Transaction) -> bool:
            await tx.execute(
                "INSERT INTO job_run (id, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", uuid4(), job.name
            )
            row = await tx.fetch_one(f"{_RUN} {tx.for_update}", job.name)
            if not is_due(row, job.hour, moment):
                return False
            await tx.execute(
                "UPDATE job_run SET holder = ?, lease_until = ?, started_at = ?, problem = NULL WHERE name = ?",
                self._me,
                moment + _LEASE,
                moment,
                job.name,
            )
            return True

        # Most looks find nothing to do; they take no write lock.
        async with self._db.read() as tx:
            row = await tx.fetch_one(_RUN, job.name)
        return is_due(row, job.hour, moment) and await self._db.run_write(work)

    async def _run(self, job: Job) -> None:
        renewing = asyncio.create_task(self._renew(job.name))
        problem, begun = None, time.monotonic()
        try:
            await job.work()
            _log.info("job done", extra=fields(kind=job.name, seconds=round(time.monotonic() - begun, 1)))
        except Exception as error:
            problem = error.type.code if isinstance(error, Problem) else type(error).__name__[:40]
            _log.error("job failed", extra=fields(kind=job.name, problem=problem))
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
        await self._end(job.name, problem, self._me)

    async def _end(self, name: str, problem: str | None, holder: UUID) -> None:
        async with self._db.write() as tx:
            await tx.execute(
                "UPDATE job_run SET holder = NULL, lease_until = NULL, finished_at = ?, problem = ? "
                "WHERE name = ? AND holder = ?",
                now(),
                problem,
                name,
                holder,
            )

    async def _renew(self, name: str) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            async with self._db.write() as tx:
                await tx.execute(
                    "UPDATE job_run SET lease_until = ? WHERE name = ? AND holder = ?", now() + _LEASE, name, self._me
                )
