"""What reports answer. A null code is *empty*: nobody answered; `not_recorded` is an answer and counted as one."""

from typing import Literal

import msgspec

Remark = Literal["some_without_month", "undated_left_out", "some_empty"]
DemoNote = Literal["demo_published", "demo_actions_if_sorted", "demo_spread"]


class MonthCount(msgspec.Struct):
    """Help requests of one month (2016-06). A month in between that has none is told with 0."""

    month: str
    count: int


class CodeCount(msgspec.Struct):
    """Help requests with one code."""

    code: str | None
    count: int


class RankedCount(msgspec.Struct):
    """Help requests with one subtheme; equal counts share a rank, and the rank after them is left out (6, 6, 8)."""

    code: str
    count: int
    rank: int


class TableFacts(msgspec.Struct):
    """`n`: help requests that the rows with a name add up to. `note`: why that is not the total, or what was left out.

    `some_without_month`: some help requests have no month. `undated_left_out`: they are in no period, so not in the
    total either. `some_empty`: nobody answered for some.
    """

    n: int
    note: Remark | None


class Tables(msgspec.Struct):
    """The facts that stand under each table."""

    months: TableFacts
    settings: TableFacts
    actions: TableFacts
    subthemes: TableFacts


class Counts(msgspec.Struct, kw_only=True):
    """Help requests of an organisation, counted. With a period, only those whose month lies in it.

    `without_month` is the number without a month in the whole register. `notes` are codes that the app puts into words.
    """

    first: str | None = msgspec.field(name="from")
    last: str | None = msgspec.field(name="to")
    total: int
    months: list[MonthCount]
    without_month: int
    settings: list[CodeCount]
    actions: list[CodeCount]
    subthemes: list[RankedCount]
    tables: Tables
    note: Literal["demo"] | None
    notes: list[DemoNote]


class AskedStep(msgspec.Struct, kw_only=True):
    """A published step, with the help requests about its subthemes."""

    guide: str
    step: str
    asked: int


class Written(msgspec.Struct, kw_only=True):
    """How many of a guide's texts there are in a language, and of how many."""

    texts: int
    of: int
    reviewed: int
    outdated: int


class SpokenLanguage(msgspec.Struct, kw_only=True):
    """A language of contacts, and what each guide has in it. `contacts` null: fewer than are told."""

    language: str
    contacts: int | None
    guides: dict[str, Written]


class GuideDemand(msgspec.Struct, kw_only=True):
    """What people ask and speak against what the guides say. `unanswered`: subthemes that no step answers."""

    first: str | None
    last: str | None
    steps: list[AskedStep]
    unanswered: list[CodeCount]
    languages: list[SpokenLanguage]
