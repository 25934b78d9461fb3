"""The addresses of the synchronisation: push, pull, status."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency as Given
from litestar.params import JSONBody, Parameter

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import ROW_REFUSED, Database
from wegwijs.foundation.journal import Journal
from wegwijs.people.access import Actor
from wegwijs.sync import problems  # noqa: F401  (registers them)
from wegwijs.sync.entity import Registry
from wegwijs.sync.feed import PAGE, Unannounced, pull, read_clock
from wegwijs.sync.push import push
from wegwijs.sync.restored import announce
from wegwijs.sync.schemas import PullAnswer, PushAnswer, PushRequest, StatusAnswer


class SyncController(Controller):
    """`/api/sync/v1`. Answers of a push are 200 with a verdict for each mutation, whatever the data."""

    path = "/api/sync/v1"
    tags = ("sync",)

    @post("/push", status_code=200)
    async def push(
        self, data: JSONBody[PushRequest], actor: Given[Actor], db: Given[Database], registry: Given[Registry]
    ) -> PushAnswer:
        """Hand mutations in: up to 100, or 1 MiB."""
        try:
            return await db.run_write(lambda tx: push(tx, registry, actor, data))
        except ROW_REFUSED:
            return await db.run_write(lambda tx: push(tx, registry, actor, data, careful=True))

    @get("/pull")
    async def pull(  # noqa: PLR0913, PLR0917 (what is given stands among what is asked)
        self,
        actor: Given[Actor],
        db: Given[Database],
        registry: Given[Registry],
        journal: Given[Journal],
        cursor_secret: Given[bytes],
        cursor: Annotated[str | None, Parameter(max_length=2000)] = None,
        limit: Annotated[int, Parameter(ge=1, le=PAGE)] = PAGE,
        anew: Annotated[str, Parameter(max_length=500)] = "",
    ) -> PullAnswer:
        """What changed since the cursor, a page at a time. `anew` names scopes, with commas, to tell from the start."""
        try:
            async with db.read() as tx:
                return await pull(
                    tx, registry, actor, cursor, limit, cursor_secret, frozenset(filter(None, anew.split(",")))
                )
        except Unannounced as seen:
            # Nobody else may go on in the old epoch either: their cursors may fit by chance and miss rows.
            known = {actor.organisation: (seen.epoch, seen.reached)}
            await db.run_write(lambda tx: announce(tx, registry, journal, known))
            raise

    @get("/status")
    async def status(self, actor: Given[Actor], db: Given[Database]) -> StatusAnswer:
        """Where the organisation's counter stands."""
        async with db.read() as tx:
            clock = await read_clock(tx, actor.organisation)
        return StatusAnswer(True, clock["epoch"], clock["seq"], clock["durable_seq"], now())
