"""The addresses of the guides: everybody reads, supervisors edit and publish."""

from litestar import Controller, get
from litestar.di import NamedDependency as Given

from wegwijs.foundation.database import Database
from wegwijs.guides.schemas import Guides
from wegwijs.guides.service import list_guides
from wegwijs.people.access import Actor


class GuidesController(Controller):
    """`/api/guides`: the list."""

    path = "/api/guides"
    tags = ("guides",)

    @get()
    async def guides(self, actor: Given[Actor], db: Given[Database]) -> Guides:
        """Every guide of the organisation, with its state in each language and what is due."""
        async with db.read() as tx:
            return await list_guides(tx, actor.organisation, actor.time_zone)
