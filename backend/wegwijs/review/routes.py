"""The addresses of the review."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, QueryParameter

from wegwijs.foundation.database import Database
from wegwijs.people.access import Actor
from wegwijs.reports.period import DAY, read_period
from wegwijs.review.attention import attention
from wegwijs.review.page import read_place
from wegwijs.review.schemas import Attention, ContactDetail, ContactPage, ReviewMembers
from wegwijs.review.service import Filters, list_contacts, list_members, read_contact


class ReviewController(Controller):
    """`/api/review`: the own team's contacts."""

    path = "/api/review"
    tags = ("review",)

    @get("/contacts")
    async def contacts(  # noqa: PLR0913, PLR0917 (one parameter a filter)
        self,
        actor: Given[Actor],
        db: Given[Database],
        first: Annotated[str | None, QueryParameter(name="from", schema_extra={"pattern": DAY})] = None,
        last: Annotated[str | None, QueryParameter(name="to", schema_extra={"pattern": DAY})] = None,
        member: UUID | None = None,
        setting: Annotated[str | None, QueryParameter(pattern=r"^[a-z0-9_]{1,40}$")] = None,
        before: Annotated[str | None, QueryParameter(max_length=200)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ContactPage:
        """What came in, the latest arrivals first. `before` is the `next` of the page before."""
        filters = Filters(period=read_period(first, last, DAY), member=member, setting=setting)
        place = None if before is None else read_place(before)
        async with db.read() as tx:
            return await list_contacts(tx, actor, filters, place, limit)

    @get("/contacts/{contact_id:uuid}")
    async def contact(self, actor: Given[Actor], db: Given[Database], contact_id: FromPath[UUID]) -> ContactDetail:
        """One contact with all its fields, help requests and notes."""
        async with db.read() as tx:
            return await read_contact(tx, actor, contact_id)

    @get("/attention")
    async def attention(self, actor: Given[Actor], db: Given[Database]) -> Attention:
        """What waits for a decision: conflicts, and what workers handed over."""
        async with db.read() as tx:
            return await attention(tx, actor)

    @get("/members")
    async def members(self, actor: Given[Actor], db: Given[Database]) -> ReviewMembers:
        """Whose contacts can be asked for."""
        async with db.read() as tx:
            return await list_members(tx, actor)
