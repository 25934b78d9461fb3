"""The addresses of keeping the server: how the backups stand, the window of devices, and moving members."""

from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody

from wegwijs.foundation.database import Database
from wegwijs.foundation.settings import Settings
from wegwijs.operation import service
from wegwijs.operation.schemas import Backups, MovedMember, NewTeam, Window
from wegwijs.people.access import Actor
from wegwijs.sync.entity import Registry


class OperationController(Controller):
    """What an administrator must know of the server."""

    path = "/api/operation"
    tags = ("operation",)

    @get("/backups")
    async def backups(self, actor: Given[Actor], db: Given[Database], settings: Given[Settings]) -> Backups:
        """Whether there is a backup that was opened and checked, and how old it is."""
        async with db.read() as tx:
            return await service.backups(tx, settings)

    @get("/window")
    async def window(self, actor: Given[Actor], db: Given[Database]) -> Window:
        """After how many days a record that asks for nothing leaves the devices."""
        async with db.read() as tx:
            return await service.window(tx, actor)

    @put("/window")
    async def set_window(self, data: JSONBody[Window], actor: Given[Actor], db: Given[Database]) -> Window:
        """Change it, from the next night on."""
        async with db.write() as tx:
            return await service.set_window(tx, actor, data)


class TeamOfMemberController(Controller):
    """Moving a member: here, because the records may go along, of which the people's part knows nothing."""

    path = "/api/people"
    tags = ("people",)

    @post("/{membership_id:uuid}/team", status_code=200)
    async def move_member(
        self,
        membership_id: FromPath[UUID],
        data: JSONBody[NewTeam],
        actor: Given[Actor],
        db: Given[Database],
        registry: Given[Registry],
    ) -> MovedMember:
        """Put a member into another team of the organisation."""
        return await db.run_write(lambda tx: service.move_member(tx, registry, actor, membership_id, data))


ROUTES = (OperationController, TeamOfMemberController)
