"""Counting help requests. The database counts; deleted records and other organisations' are never in it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wegwijs.foundation.database import Transaction
from wegwijs.people.access import Actor
from wegwijs.reports.period import Period, is_long, months_between
from wegwijs.reports.schemas import (
    CodeCount,
    Counts,
    DemoNote,
    MonthCount,
    RankedCount,
    Remark,
    TableFacts,
    Tables,
)

_FROM = (
    "FROM help_request h JOIN contact c ON c.id = h.contact_id AND c.organisation = h.organisation "
    "WHERE h.organisation = ? AND h.deleted_at IS NULL AND c.deleted_at IS NULL"
)
_DEMO_NOTES: tuple[DemoNote, ...] = ("demo_published", "demo_actions_if_sorted", "demo_spread")


async def counts(tx: Transaction, actor: Actor, period: Period) -> Counts:
    """Help requests of the actor's organisation by month, setting, primary action and subtheme.

    `tx` must be one snapshot: the tables of one answer then count the same records.
    """
    where, values = _where(actor.organisation, period)
    by_month = await _count(tx, "c.month", where, values)
    by_setting = await _count(tx, "c.setting", where, values)
    by_action = await _count(tx, "h.primary_action", where, values)
    by_subtheme = await tx.fetch(
        "SELECT h.subtheme AS code, count(*) AS count, rank() OVER (ORDER BY count(*) DESC) AS rank "
        f"{where} GROUP BY h.subtheme ORDER BY rank, code",
        *values,
    )
    total = sum(row["count"] for row in by_month)
    demo = await _is_demo(tx, actor.organisation)
    without_month = await _without_month(tx, actor.organisation)
    return Counts(
        first=period.first,
        last=period.last,
        total=total,
        months=_months(by_month, period),
        without_month=without_month,
        settings=_codes(by_setting),
        actions=_codes(by_action),
        subthemes=[RankedCount(**row) for row in by_subtheme],
        tables=Tables(
            months=_months_facts(by_month, without_month, period),
            settings=_facts(by_setting),
            actions=_facts(by_action),
            subthemes=_facts(by_subtheme),
        ),
        note="demo" if demo else None,
        notes=list(_DEMO_NOTES) if demo else [],
    )


def _where(organisation: UUID, period: Period) -> tuple[str, list[object]]:
    """The clause of what is counted, with its values."""
    sql = _FROM
    values: list[object] = [organisation]
    for sign, month in ((">=", period.first), ("<=", period.last)):
        if month is not None:
            sql += f" AND c.month {sign} ?"
            values.append(month)
    return sql, values


async def _count(tx: Transaction, column: str, where: str, values: Iterable[object]) -> list[dict[str, Any]]:
    """Rows of `{"code", "count"}`, one for each value of a column, empty included."""
    return await tx.fetch(f"SELECT {column} AS code, count(*) AS count {where} GROUP BY {column}", *values)


async def _without_month(tx: Transaction, organisation: UUID) -> int:
    row = await tx.fetch_one(f"SELECT count(*) AS count {_FROM} AND c.month IS NULL", organisation)
    return int(row["count"]) if row else 0


async def _is_demo(tx: Transaction, organisation: UUID) -> bool:
    row = await tx.fetch_one("SELECT is_demo FROM organisation WHERE id = ?", organisation)
    return bool(row and row["is_demo"])


def _months(rows: list[dict[str, Any]], period: Period) -> list[MonthCount]:
    """Months in order; those in between that have none are told with 0, unless the span is absurdly long."""
    found = {row["code"]: row["count"] for row in rows if row["code"] is not None}
    known = sorted({*found, *(month for month in (period.first, period.last) if month is not None)})
    if known and not is_long(known[0], known[-1]):
        known = list(months_between(known[0], known[-1]))
    return [MonthCount(month, found.get(month, 0)) for month in known]


def _codes(rows: list[dict[str, Any]]) -> list[CodeCount]:
    """The most frequent first, empty last."""
    ordered = sorted(rows, key=lambda row: (row["code"] is None, -row["count"], row["code"] or ""))
    return [CodeCount(**row) for row in ordered]


def _named(rows: list[dict[str, Any]]) -> int:
    return sum(row["count"] for row in rows if row["code"] is not None)


def _facts(rows: list[dict[str, Any]]) -> TableFacts:
    empty = any(row["code"] is None for row in rows)
    return TableFacts(_named(rows), "some_empty" if empty else None)


def _months_facts(rows: list[dict[str, Any]], without_month: int, period: Period) -> TableFacts:
    note: Remark | None = None
    if without_month:
        note = "some_without_month" if period.whole else "undated_left_out"
    return TableFacts(_named(rows), note)
