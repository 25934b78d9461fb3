"""The addresses of reports."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency as Given
from litestar.params import QueryParameter

from wegwijs.foundation.database import Database
from wegwijs.people.access import Actor
from wegwijs.reports.guides import guide_demand
from wegwijs.reports.period import MONTH, read_period
from wegwijs.reports.schemas import Counts, GuideDemand
from wegwijs.reports.service import counts


class ReportsController(Controller):
    """`/api/reports`."""

    path = "/api/reports"
    tags = ("reports",)

    @get("/counts")
    async def counts(
        self,
        actor: Given[Actor],
        db: Given[Database],
        first: Annotated[str | None, QueryParameter(name="from", schema_extra={"pattern": MONTH})] = None,
        last: Annotated[str | None, QueryParameter(name="to", schema_extra={"pattern": MONTH})] = None,
    ) -> Counts:
        """Help requests of the organisation by month, setting, primary action and subtheme."""
        period = read_period(first, last, MONTH)
        async with db.read() as tx:
            return await counts(tx, actor, period)

    @get("/guides")
    async def guides(
        self,
        actor: Given[Actor],
        db: Given[Database],
        first: Annotated[str | None, QueryParameter(name="from", schema_extra={"pattern": MONTH})] = None,
        last: Annotated[str | None, QueryParameter(name="to", schema_extra={"pattern": MONTH})] = None,
    ) -> GuideDemand:
        """Which steps are asked about, what no step answers, and the languages of those who come; by default a year."""
        period = read_period(first, last, MONTH)
        async with db.read() as tx:
            return await guide_demand(tx, actor, period)
