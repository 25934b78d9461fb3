"""Is it alive, is it ready: for a service manager or a load balancer. No session, no detail."""

from typing import Literal

from litestar import get
from litestar.di import NamedDependency as Given
from msgspec import Struct

from wegwijs.foundation.database import Database
from wegwijs.foundation.migrate import SchemaAhead, SchemaBehind, check_schema
from wegwijs.foundation.problems import Problem


class Alive(Struct):
    """The process answers."""

    ok: Literal[True] = True


class Ready(Struct):
    """The database answers and has the schema of this code."""

    database: Literal["sqlite", "postgresql"]
    ok: Literal[True] = True


@get("/healthz", sync_to_thread=False)
def healthz() -> Alive:
    """Whether the process answers."""
    return Alive()


@get("/readyz")
async def readyz(db: Given[Database]) -> Ready:
    """Whether the database answers and fits this code; else 503 `database_unavailable`."""
    try:
        await check_schema(db)
    except (SchemaBehind, SchemaAhead) as error:
        raise Problem("database_unavailable", "The database does not fit this release.", retry_after=30) from error
    return Ready(database=db.kind)
