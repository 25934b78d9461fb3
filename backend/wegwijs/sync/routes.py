"""The addresses of the synchronisation: push, pull, status."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import Parameter

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import ROW_REFUSED, Database
from wegwijs.people.access import Actor
from wegwijs.sync import problems  # noqa: F401  (registers them)
from wegwijs.sync.entity import Registry
from wegwijs.sync.feed import PAGE, pull, read_clock
from wegwijs.sync.push import push
from wegwijs.sync.schemas import PullAnswer, PushAnswer, PushRequest, StatusAnswer


class SyncController(Controller):
    """`/api/sync/v1`. Answers of a push are 200 with a verdict for each mutation, whatever the data."""

    path = "/api/sync/v1"
    tags = ("sync",)

    @post("/push", status_code=200)
    async def push(self, data: PushRequest, actor: Actor, db: Database, registry: Registry) -> PushAnswer:
        """Hand mutations in: up to 100, or 1 MiB."""
        try:
            return await db.run_write(lambda tx: push(tx, registry, actor, data))
        except ROW_REFUSED:
            return await db.run_write(lambda tx: push(tx, registry, actor, data, careful=True))

    @get("/pull")
    async def pull(
        self,
        actor: Actor,
        db: Database,
        registry: Registry,
        cursor_secret: bytes,
        cursor: Annotated[str | None, Parameter(max_length=2000)] = None,
        limit: Annotated[int, Parameter(ge=1, le=PAGE)] = PAGE,
    ) -> PullAnswer:
        """What changed since the cursor, a page at a time."""
        async with db.read() as tx:
            return await pull(tx, registry, actor, cursor, limit, cursor_secret)

    @get("/status")
    async def status(self, actor: Actor, db: Database) -> StatusAnswer:
        """Where the organisation's counter stands."""
        async with db.read() as tx:
            clock = await read_clock(tx, actor.organisation)
        return StatusAnswer(True, clock["epoch"], clock["seq"], clock["durable_seq"], now())
